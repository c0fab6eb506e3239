import Domain
import Foundation
import GridCodes
import TestSupport
import Testing

@testable import Twin

@Suite struct ReportTests {
    @Test func decimals() {
        #expect(DecimalText.thousandths(-12_340) == "-12.34")
        #expect(DecimalText.thousandths(5) == "0.005" && DecimalText.thousandths(0) == "0")
        #expect(DecimalText.fraction(8_050, of: 10_000) == "0.805")
    }

    /// 4 s steps of odd watts at an odd price sum to what one division of the whole gives.
    @Test func moneyLosesNothing() {
        var meter = MoneyMeter()
        var energy = 0
        for index in 0..<10_000 {
            let watts = index % 7 == 0 ? -12_345 : 6_789
            meter.add(watts: watts, milliseconds: 4_000, price: 81_234_567)
            energy += watts * 4_000
        }
        let exact = Double(energy) * 81_234_567 / 3.6e12
        #expect(abs(Double(meter.microUnits) - exact) <= 1)
    }

    @Test func kpisHaveEveryKeyOfTheContract() throws {
        var kpis = TwinKPIs()
        kpis.readinessMissed = [.init(vehicle: "a\"b", reason: "request infeasible")]
        let text = kpis.json(.init(wallMilliseconds: 1_500, cpuMilliseconds: 20))
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let keys: Set<String> = [
            "sessions", "readiness_met", "readiness_missed", "requested_kwh", "delivered_kwh",
            "tracking_mae_pu", "score", "availability", "charged_kwh", "discharged_kwh",
            "equivalent_full_cycles", "currency", "wear_cost", "energy_cost", "capacity_revenue",
            "site_limit_violations", "setpoint_messages", "steps", "wall_seconds", "cpu_seconds",
            "seed", "version",
        ]
        #expect(Set(object.keys) == keys)
        #expect(object["score"] is NSNull && object["wear_cost"] is String)
        let missed = object["readiness_missed"] as? [[String: String]]
        #expect(missed == [["vehicle_id": "a\"b", "reason": "request infeasible"]])
    }

    @Test func twoRunsAreCompared() throws {
        var a = TwinKPIs()
        var b = TwinKPIs()
        a.setpointMessages = 100
        b.setpointMessages = 40
        b.wearCost = Money(microUnits: -1_500_000, currency: .eur)
        let effort = TwinKPIs.Effort(wallMilliseconds: 1, cpuMilliseconds: 1)
        let comparison = try TwinComparison(
            a: a.json(effort), b: b.json(effort), names: ("a", "b"))
        #expect(comparison.rows.count == 22)
        #expect(comparison.rows.first { $0.key == "setpoint_messages" }?.change == "-60")
        #expect(comparison.rows.first { $0.key == "wear_cost" }?.change == "-1.5")
        #expect(try JSONSerialization.jsonObject(with: Data(comparison.json.utf8)) is [String: Any])
        #expect(throws: TwinError.self) { try TwinComparison(a: "{}", b: "{}", names: ("a", "b")) }
    }

    @Test func perfectResponseScoresOneAndDelayLowersIt() throws {
        var generator = SeededGenerator(seed: 2)
        let signal = (0..<(ClassicScore.samples + 40)).map { _ in
            Double.random(in: -1...1, using: &generator)
        }
        let same = try #require(ClassicScore(signal: signal, response: signal, shift: 0))
        #expect(same.total > 0.999)
        let late = Array(repeating: 0, count: 12) + signal
        let delayed = try #require(ClassicScore(signal: signal, response: Array(late), shift: 0))
        #expect(delayed.delay < 0.7 && delayed.correlation > 0.99 && delayed.precision < 0.7)
        #expect(ClassicScore(signal: [1], response: [1]) == nil)
    }

    /// The published-form reference over a real hour of a regulation signal.
    @Test func classicScoreMatchesTheGoldenHour() throws {
        guard
            let csv = Workspace.sharedData(
                "regulation-signal-caiso-4s/FrequencyRegulationData-first90days.csv")
        else {
            print("skipped: ../shared/data/regulation-signal-caiso-4s is absent")
            return
        }
        let rows = try String(contentsOf: csv, encoding: .utf8).split(whereSeparator: \.isNewline)
        let column = try #require(
            rows[0].split(separator: ",", omittingEmptySubsequences: false)
                .firstIndex(of: "2016-04-12"))
        let values = rows.dropFirst().prefix(1_100).compactMap { row -> Double? in
            let fields = row.split(separator: ",", omittingEmptySubsequences: false)
            return Double(fields[column]).map { $0 / 100 }
        }
        func value(_ seconds: Double) -> Double {
            let position = max(seconds / 4, 0)
            let left = Int(position)
            return values[left] + (values[left + 1] - values[left]) * (position - Double(left))
        }
        let times = (0..<ClassicScore.samples).map { Double($0) * 10 }
        let score = try #require(
            ClassicScore(signal: times.map(value), response: times.map { value($0 - 6) }))
        #expect(abs(score.correlation - 0.855074) < 1e-5)
        #expect(abs(score.delay - 1) < 1e-9)
        #expect(abs(score.precision - 0.545867) < 1e-5)
    }

    @Test func plotsKeepTheirPeaks() {
        var points = (0..<100_000).map { (x: Double($0), y: 0.0) }
        points[54_321].y = -1.21
        let thinned = Plot.thinned(points)
        #expect(thinned.count <= Plot.mostPoints + 2)
        #expect(thinned.contains { $0.y == -1.21 })
        let svg = Plot(
            title: "t", unit: "Hz", lines: [.init(label: "l", colour: 1, points: points)]
        ).svg()
        #expect(svg.contains("<polyline") && svg.utf8.count < 60_000)
    }
}
