import Domain
import Foundation
import GridCodes
import TestSupport
import Testing

@testable import Twin

@Suite struct TwinRunTests {
    static func input(
        product: ProductID, award: Int, sessions: [Session], signal: SignalSeries?,
        config: TwinConfig = TwinFixtures.config(), step: TimeSpan = .seconds(4),
        prices: PriceSeries = .none, loads: SiteLoads = .none
    ) throws -> TwinInput {
        try TwinInput(
            config: config, region: try TwinFixtures.region(), product: product,
            award: Power(watts: award), sessions: sessions, signal: signal, prices: prices,
            loads: loads, step: step)
    }

    static func regulation(minutes: Int, seed: UInt64, most: Int = 1_000) -> SignalSeries {
        var generator = SeededGenerator(seed: seed)
        var level = 0
        var values: [Int] = []
        for _ in 0..<(minutes * 15) {
            level = min(max(level + Int.random(in: -120...120, using: &generator), -most), most)
            values.append(level)
        }
        return SignalSeries(
            kind: .regulation, times: values.indices.map { TwinFixtures.start + .seconds($0 * 4) },
            milli: values)
    }

    /// In × η − out ÷ η = change of content, car by car, within what rounding takes.
    @Test func energyIsConserved() throws {
        let signal = Self.regulation(minutes: 120, seed: 1)
        var run = TwinRun(
            try Self.input(
                product: "TEST-AGC", award: 100_000,
                sessions: TwinFixtures.parked(40, minutes: 120),
                signal: signal))
        while run.advance(steps: 1_000) {}
        for stay in run.world.stays {
            let bank = run.world.bank
            let expected = bank.charged[stay.row] * 95 / 100 - bank.discharged[stay.row] * 100 / 95
            let change = bank.milliJoules[stay.row] - stay.arrived
            #expect(abs(change - expected) <= 2 * 1_800 + 2)
        }
        let kpis = run.finish().kpis
        #expect(kpis.charged.wattHours > 0 && kpis.discharged.wattHours > 0)
    }

    @Test func regulationIsFollowedAndPromisesAreKept() throws {
        let sessions = TwinFixtures.parked(60, minutes: 180)
        let signal = Self.regulation(minutes: 165, seed: 2)
        let (report, steps) = TwinFixtures.run(
            try Self.input(product: "TEST-AGC", award: 150_000, sessions: sessions, signal: signal))
        #expect(report.kpis.readinessMissed.isEmpty && report.kpis.readinessMet == 60)
        #expect(report.kpis.availabilityMicro > 950_000)
        #expect(report.kpis.trackingMicro < 60_000, "\(report.kpis.trackingMicro)")
        let score = try #require(report.kpis.score)
        #expect(score.total > 0.9, "\(score)")
        #expect(steps.count == 2_700)
        #expect(report.kpis.siteLimitViolations == 0)
    }

    /// Stations that all say the same of themselves and lag 0 to 7 s: once their meters have proven it, the fast ones
    /// follow, and the slow ones are behind them in the stack.
    @Test func whoAnswersFastFollows() throws {
        var config = TwinFixtures.config(latency: 0, sites: 1)
        config.stations.latencyUpToMilliseconds = 7_000
        let signal = Self.plateaus(minutes: 80, seed: 6)
        var run = TwinRun(
            try Self.input(
                product: "TEST-AGC", award: 500_000, sessions: TwinFixtures.parked(40, minutes: 85, sites: 1),
                signal: signal, config: config, step: .seconds(1)))
        _ = run.advance(steps: 2_400)
        let half = run.world.bank.discharged
        while run.advance(steps: 1_000) {}
        var (flowed, lagged) = (0, 0)
        for (number, stay) in run.world.stays.enumerated() {
            let own = (run.world.bank.discharged[stay.row] - half[stay.row]) / 1_000_000
            flowed += own
            lagged += own * config.latency(ofStation: number).milliseconds
        }
        // 1,766 ms; where all beyond two seconds are alike, 1,946.
        let mean = lagged / max(1, flowed)
        #expect(flowed > 0 && mean < 1_850, "what was discharged lagged \(mean) ms in the mean")
        #expect(run.finish().kpis.readinessMissed.isEmpty)
    }

    /// A request that stands for half a minute, then moves.
    static func plateaus(minutes: Int, seed: UInt64) -> SignalSeries {
        var generator = SeededGenerator(seed: seed)
        let values = (0..<minutes * 2).map { _ in Int.random(in: -10...10, using: &generator) * 100 }
        return SignalSeries(
            kind: .regulation, times: values.indices.map { TwinFixtures.start + .seconds($0 * 30) }, milli: values)
    }

    /// Sum of set-points = request: with instant stations the meter shows the request to the watt per car.
    @Test func sumEqualsRequest() throws {
        let signal = Self.regulation(minutes: 60, seed: 3)
        let (_, steps) = TwinFixtures.run(
            try Self.input(
                product: "TEST-AGC", award: 150_000, sessions: TwinFixtures.parked(60, minutes: 60),
                signal: signal, config: TwinFixtures.config(latency: 0)))
        let settled = steps.dropFirst(60).filter {
            $0.headroomUp >= 150_000 && $0.headroomDown >= 150_000
        }
        #expect(settled.count > 600)
        let worst = settled.map { abs($0.delivered - $0.requested) }.max() ?? .max
        #expect(worst <= 1_500, "\(worst) W of 150,000")
    }

    @Test func anEventIsAnsweredInsideTheEnvelope() throws {
        for kind in [TwinConfig.Station.Kind.setpoint, .curve] {
            let signal = GridEvent.series(from: TwinFixtures.start, lead: 300, tail: 300, seed: 4)
            let (report, steps) = TwinFixtures.run(
                try Self.input(
                    product: "TEST-FR", award: 400_000,
                    sessions: TwinFixtures.parked(60, minutes: 240), signal: signal,
                    config: TwinFixtures.config(kind: kind), step: .milliseconds(200)),
                for: .minutes(14))
            let asked = steps.filter { $0.requested > 0 }
            let requested = asked.reduce(0) { $0 + $1.requested }
            let came = asked.reduce(0) { $0 + max(0, min($1.requested, $1.delivered)) }
            #expect(
                requested > 0 && came * 100 >= requested * 95, "\(kind): \(came) of \(requested)")
            #expect(asked.map(\.requested).max() == 400_000, "the event saturates the curve")
            #expect(report.kpis.discharged.wattHours > 0)
        }
    }

    /// The recording of 9 August 2019 at 20 Hz: never less than what the slowest permitted response gives.
    @Test func theRecordedEventIsAnsweredInsideTheEnvelope() throws {
        let path = "frequency-gb-2019-08-09/neso-frequency-2019-08-09-event-window.csv"
        guard let file = Workspace.sharedData(path) else {
            print("skipped: ../shared/data/\(path) is absent")
            return
        }
        let recorded = try SignalSeries.read(
            try String(contentsOf: file, encoding: .utf8), kind: .frequency)
        let shift = TwinFixtures.start + .seconds(120) - recorded.times[0]
        let signal = SignalSeries(
            kind: .frequency, times: recorded.times.map { $0 + shift }, milli: recorded.milli)
        let sessions = TwinFixtures.parked(40, minutes: 240)
        let (_, steps) = TwinFixtures.run(
            try Self.input(
                product: "TEST-FR", award: 200_000, sessions: sessions, signal: signal,
                config: TwinFixtures.config(kind: .curve), step: .milliseconds(50)),
            for: .minutes(11) + .seconds(10))
        let window = steps.filter {
            signal.times[0] <= $0.at && $0.at <= signal.times[signal.times.count - 1]
        }
        #expect(window.count > 10_000)
        var breaches = 0
        for (index, step) in window.enumerated() where index >= 20 {
            let recent = window[(index - 20)...index].map(\.requested)
            let low = (recent.min() ?? 0) - 10_000
            let high = (recent.max() ?? 0) + 10_000
            if step.delivered < low || step.delivered > high { breaches += 1 }
        }
        #expect(breaches * 1_000 <= window.count, "\(breaches) of \(window.count) steps outside")
    }

    @Test func nobodyIsDischargedBelowTheReserveNorWithoutPower() throws {
        var sessions = TwinFixtures.parked(30, minutes: 120)
        for index in sessions.indices {
            sessions[index].minimumCharge = StateOfCharge(basisPoints: 5_900)
            if index % 3 == 0 { sessions[index].maxDischarge = .zero }
        }
        var run = TwinRun(
            try Self.input(
                product: "TEST-AGC", award: 100_000, sessions: sessions,
                signal: SignalSeries(kind: .regulation, times: [TwinFixtures.start], milli: [1_000])
            ))
        var lowest = 10_000
        while run.advance(steps: 10) {
            for stay in run.world.stays {
                lowest = min(lowest, run.world.bank.charge(stay.row).basisPoints)
            }
        }
        #expect(lowest >= 5_889, "reserve, within 0.1 % of capacity")
        let unable = run.world.stays.filter { $0.session.maxDischarge == .zero }
        #expect(unable.count == 10)
        for stay in unable {
            #expect(run.world.bank.discharged[stay.row] == 0)
        }
    }

    @Test func everyMissHasItsReason() throws {
        var sessions = TwinFixtures.parked(10, minutes: 60)
        sessions[3].targetCharge = StateOfCharge(basisPoints: 10_000)
        let (report, _) = TwinFixtures.run(
            try Self.input(product: "TEST-AGC", award: 0, sessions: sessions, signal: nil))
        #expect(
            report.kpis.readinessMissed
                == [.init(vehicle: "ev-3", reason: TwinReadiness.infeasible)])
        #expect(report.vehiclesCSV.contains("ev-3,") && report.kpis.readinessMet == 9)
    }

    @Test func siteLimitsHold() throws {
        let sessions = TwinFixtures.parked(20, minutes: 120)
        let config = TwinFixtures.config(importKilowatts: 60, exportKilowatts: 40)
        let loads = try SiteLoads.read(
            "time,site_id,kw\n2026-11-26T08:00:00Z,site-1,10\n2026-11-26T08:30:00Z,site-1,30\n")
        let (report, _) = TwinFixtures.run(
            try Self.input(
                product: "TEST-AGC", award: 50_000, sessions: sessions,
                signal: Self.regulation(minutes: 120, seed: 6), config: config, loads: loads))
        #expect(report.kpis.siteLimitViolations == 0)
        #expect(report.kpis.requested.wattSeconds > 0)
    }

    @Test func sameInputSameBytes() throws {
        func once(_ seed: UInt64) throws -> TwinReport {
            TwinFixtures.run(
                try Self.input(
                    product: "TEST-AGC", award: 60_000,
                    sessions: DrawnSessions.day(
                        count: 40, sites: 2, from: TwinFixtures.start, seed: seed),
                    signal: Self.regulation(minutes: 300, seed: seed), step: .seconds(20))
            ).report
        }
        #expect(try once(1) == once(1))
        #expect(try once(1) != once(2))
    }

    @Test func moneyAddsUp() throws {
        let prices = PriceSeries(rows: [
            .init(at: TwinFixtures.start, energy: 100_000_000, up: 10_000_000, down: 4_000_000)
        ])
        let (report, steps) = TwinFixtures.run(
            try Self.input(
                product: "TEST-AGC", award: 100_000, sessions: TwinFixtures.parked(40, minutes: 60),
                signal: Self.regulation(minutes: 60, seed: 8), prices: prices))
        let available = Double(report.kpis.availabilityMicro) / 1e6
        let hours = Double(steps.count(where: \.isAwarded) * 4) / 3_600
        let expected = available * hours * 0.1 * 14_000_000
        #expect(abs(Double(report.kpis.capacityRevenue.microUnits) - expected) < 100)
        let metered = steps.reduce(0) { $0 + $1.metered } * 4
        let cost = Double(metered) / 3.6e9 * 100_000_000
        #expect(abs(Double(report.kpis.energyCost.microUnits) - cost) < 10)
        let revenues = report.vehiclesCSV.split(separator: "\n").dropFirst().compactMap {
            $0.split(separator: ",", omittingEmptySubsequences: false).last.flatMap { Double($0) }
        }
        #expect(
            abs(revenues.reduce(0, +) * 1e6 - Double(report.kpis.capacityRevenue.microUnits)) < 1)
    }

    @Test func badInputIsNamed() throws {
        let sessions = TwinFixtures.parked(1, minutes: 60)
        func code(_ make: () throws -> TwinInput) -> TwinError.Code? {
            do {
                _ = try make()
                return nil
            } catch let error as TwinError {
                return error.code
            } catch { return nil }
        }
        #expect(
            code { try Self.input(product: "NOPE", award: 1, sessions: sessions, signal: nil) }
                == .unknownProduct)
        #expect(
            code { try Self.input(product: "TEST-AGC", award: -1, sessions: sessions, signal: nil) }
                == .invalidOption)
        #expect(
            code { try Self.input(product: "TEST-AGC", award: 1, sessions: [], signal: nil) }
                == .invalidOption)
        let hertz = SignalSeries(kind: .frequency, times: [TwinFixtures.start], milli: [50_000])
        #expect(
            code {
                try Self.input(product: "TEST-AGC", award: 1, sessions: sessions, signal: hertz)
            } == .invalidOption)
        #expect(
            code {
                try Self.input(
                    product: "TEST-AGC", award: 1, sessions: sessions, signal: nil,
                    step: .milliseconds(1))
            } == .invalidOption)
        var elsewhere = sessions
        elsewhere[0].site = "site-9"
        #expect(
            code { try Self.input(product: "TEST-AGC", award: 1, sessions: elsewhere, signal: nil) }
                == .invalidOption)
    }
}
