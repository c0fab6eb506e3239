import Domain
import Testing

@testable import Twin

@Suite struct FilesTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600),
        ("2026-11-26T09:00:00+01:00", 1_795_680_000), ("2026-11-26T03:00:00-05:00", 1_795_680_000),
        ("2019-08-09T15:51:00Z", 1_565_365_860), ("2026-11-26 08:00Z", 1_795_680_000),
    ])
    func readsTimes(text: String, seconds: Int) {
        #expect(Timestamp.parse(text)?.seconds == seconds)
    }

    @Test(arguments: [
        "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-26T24:00:00Z",
        "2026-11-26T08:00:00",
        "2026-11-26", "", "2026-11-26T08:00:00Zx",
    ])
    func refusesTimes(text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    @Test func timesSurviveTheirText() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<500 {
            let millis = Int.random(in: 0...4_000_000_000_000, using: &generator)
            let instant = Instant(microseconds: millis * 1_000)
            #expect(Timestamp.parse(Timestamp.format(instant)) == instant)
        }
    }

    static let header =
        "vehicle_id,site_id,arrival,departure,arrival_soc,target_soc,min_soc,battery_kwh,"
        + "max_charge_kw,max_discharge_kw,efficiency"

    @Test func readsSessions() throws {
        let text =
            Self.header
            + "\r\n\"a,1\",s1,2026-11-26T08:00:00Z,2026-11-26T18:00:00Z,0.5,0.8,0.3,60,22,11,0.95\r\n"
        let session = try #require(try Session.read(text).first)
        #expect(session.vehicle == "a,1")
        #expect(session.capacity.wattHours == 60_000)
        #expect(session.maxDischarge.watts == 11_000)
        #expect(session.efficiency == 9_500)
        #expect(session.targetCharge.basisPoints == 8_000)
    }

    @Test(arguments: [
        ("a,s,2026-11-26T08:00:00Z,2026-11-26T07:00:00Z,0.5,0.8,0.3,60,22,11,0.95", "departure"),
        ("a,s,2026-11-26T08:00:00Z,2026-11-26T17:00:00Z,50,0.8,0.3,60,22,11,0.95", "arrival_soc"),
        ("a,s,soon,2026-11-26T17:00:00Z,0.5,0.8,0.3,60,22,11,0.95", "arrival"),
        ("a,s,2026-11-26T08:00:00Z", "3 fields"),
    ])
    func namesWhatIsWrongWithASession(row: String, mention: String) {
        let error = #expect(throws: TwinError.self) {
            try Session.read(Self.header + "\n" + row + "\n")
        }
        #expect(error?.message.contains("sessions.csv:2") == true)
        #expect(error?.message.contains(mention) == true)
    }

    /// The column of a car's own dead time may be missing; what stands in it has to make sense.
    @Test func aCarMayLag() throws {
        func read(_ field: String) throws -> [Session] {
            try Session.read(
                Self.header + ",latency_ms\n"
                    + "a,s1,2026-11-26T08:00:00Z,2026-11-26T18:00:00Z,0.5,0.8,0.3,60,22,11,0.95,\(field)\n",
                name: "day.csv")
        }
        #expect(try read("2500").first?.latency == .milliseconds(2_500))
        #expect(try read("0").first?.latency == .zero)
        for field in ["", "-1", "60001", "soon"] {
            let error = #expect(throws: TwinError.self) { try read(field) }
            #expect(error?.message.hasPrefix("day.csv:2: latency_ms must be") == true, "\(error?.message ?? "")")
        }
    }

    @Test func aSpreadOfDeadTimesIsChecked() {
        var config = TwinFixtures.config(latency: 300)
        for most in [299, 60_001] {
            config.stations.latencyUpToMilliseconds = most
            #expect(config.findings == ["stations.latencyUpToMilliseconds: latencyMilliseconds to 60000"])
        }
        config.stations.latencyUpToMilliseconds = 7_000
        #expect(config.findings.isEmpty)
        let drawn = (0..<400).map { config.latency(ofStation: $0).milliseconds }
        #expect(drawn == (0..<400).map { config.latency(ofStation: $0).milliseconds })
        #expect(drawn.allSatisfy { (300...7_000).contains($0) })
        #expect(abs(drawn.reduce(0, +) / 400 - 3_650) < 400)
        config.seed += 1
        #expect(drawn != (0..<400).map { config.latency(ofStation: $0).milliseconds })
    }

    @Test func frequencyIsInterpolatedAndRegulationHeld() throws {
        let text = "time,value\n2026-11-26T08:00:00Z,0.5\n2026-11-26T08:00:10Z,1\n"
        let held = try SignalSeries.read(text, kind: .regulation)
        let start = Instant(seconds: 1_795_680_000)
        #expect(held.value(at: start + .seconds(9)) == 500)
        #expect(held.value(at: start + .seconds(10)) == 1_000)
        let hertz =
            "# note\nutc_time,frequency_hz\r\n2026-11-26T08:00:00Z,50\r\n2026-11-26T08:00:10Z,49\r\n"
        let line = try SignalSeries.read(hertz, kind: .frequency)
        #expect(line.value(at: start + .milliseconds(2_550)) == 49_745)
        #expect(line.value(at: start - .seconds(5)) == 50_000)
        #expect(line.value(at: start + .seconds(50)) == 49_000)
        #expect(throws: TwinError.self) { try SignalSeries.read(text, kind: .frequency) }
    }

    @Test func drawnSessionsSurviveTheirFile() throws {
        var sessions = DrawnSessions.day(
            count: 50, sites: 3, from: Instant(seconds: 1_795_680_000), seed: 1)
        sessions[0].vehicle = "say \"hi\", twice"
        #expect(try Session.read(DrawnSessions.csv(sessions)).contains(sessions[0]))
        #expect(try Set(Session.read(DrawnSessions.csv(sessions))) == Set(sessions))
    }

    /// The milestones of the published report: nadir 48.79 Hz, 49.1 Hz after the first losses.
    @Test func theSyntheticEventHasItsMilestones() throws {
        let start = Instant(seconds: 1_795_680_000)
        let series = GridEvent.series(from: start, lead: 60, tail: 60, seed: 3)
        let lowest = try #require(series.milli.min())
        #expect(abs(lowest - 48_790) <= 60)
        #expect(abs(series.value(at: start + .seconds(60 + 11)) - 49_100) <= 60)
        #expect(abs(series.value(at: start + .seconds(30)) - 50_000) <= 60)
        #expect(try SignalSeries.read(series.csv, kind: .frequency) == series)
    }

    @Test func pricesAreHeld() throws {
        let text =
            "time,energy_per_mwh,up_per_mw_h,down_per_mw_h\n2026-11-26T08:00:00Z,-3.5,12,0.25\n"
        let prices = try PriceSeries.read(text)
        let start = Instant(seconds: 1_795_680_000)
        #expect(prices.row(at: start - .seconds(1)) == nil)
        let row = try #require(prices.row(at: start + .hours(5)))
        #expect((row.energy, row.up, row.down) == (-3_500_000, 12_000_000, 250_000))
    }
}
