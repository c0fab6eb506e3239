import Domain
import Ledger
import Testing

/// A quarter of an hour of one site, whose building takes 30 kW: two chargers at 10 kW, that give 10 kW each when called.
@Suite struct SiteReconciliationTests {
    private let began = 1_000_000
    private let length = 900

    private var award: Award {
        Award(
            id: "a", bid: "b", resource: "R", product: "P",
            block: MarketInterval(start: Instant(seconds: self.began), end: Instant(seconds: self.began + self.length)),
            direction: .up, quantity: Power(watts: 40_000),
            pricePerMegawattHour: Money(microUnits: 0, currency: .eur),
            energyPricePerMegawattHour: Money(microUnits: 0, currency: .eur))
    }

    /// A reading every ten seconds from an hour before the block until its end; −10 kW in the block.
    private func readings(_ name: String, until end: Int? = nil, in block: Int = -10_000) -> [MeterReading] {
        stride(from: self.began - 3_700, through: end ?? self.began + self.length + 60, by: 10).map { second in
            MeterReading(
                worker: "w", sequence: UInt64(second), station: StationID(name), evse: 1, token: nil,
                at: Instant(seconds: second), receivedAt: Instant(seconds: second + 1),
                power: Power(watts: second < self.began ? 10_000 : block), importRegister: .zero,
                exportRegister: .zero, stateOfCharge: nil)
        }
    }

    /// Minutes of the boundary: 50 kW before the block, then what is given.
    private func meter(_ watts: Int, from: Int = -60, minutes: Int = 15) -> SiteMeterTable {
        SiteMeterTable(rows: [
            "s": (from..<minutes).map {
                .init(at: Instant(seconds: self.began + $0 * 60), watts: $0 < 0 ? 50_000 : watts)
            }
        ])
    }

    private func outcome(
        _ meter: SiteMeterTable, each block: Int = -10_000, until end: Int? = nil
    ) -> SiteReconciliation.Outcome {
        var site = SiteReconciliation(award: self.award, site: "s")
        site.take(self.readings("st-1", in: block))
        site.take(self.readings("st-2", until: end, in: block))
        // 40 kW less load for a quarter of an hour.
        return site.outcome(meter, delivered: Energy(wattHours: 10_000))
    }

    @Test func bothMetersAgree() {
        let outcome = self.outcome(self.meter(10_000))
        #expect(outcome.findings == [], "\(outcome)")
        // The ten seconds on the way from one reading to the next are before the block.
        #expect(outcome.chargers == Energy(wattHours: -5_000) && outcome.boundary == Energy(wattHours: 2_500))
        #expect(outcome.rest == Energy(wattHours: 7_500) && outcome.seconds == 900 && outcome.missingSeconds == 0)
        let expected = outcome.expectedRest?.wattHours ?? 0
        #expect((7_500...7_515).contains(expected), "\(expected)")
        #expect((10_000...10_015).contains(outcome.deliveredAtSite?.wattHours ?? 0))
        #expect(outcome.line.hasPrefix("block a, site s: boundary 2.500 kWh, chargers -5.000 kWh, building"))
    }

    /// Its building takes 20 kW more while the cars give: the grid saw half of what the chargers say.
    @Test func aBuildingThatTakesItBackIsNamed() {
        let outcome = self.outcome(self.meter(30_000))
        #expect(outcome.findings.count == 1 && outcome.findings[0].hasPrefix("site s: building and losses took"))
        #expect(outcome.findings[0].contains("10.000 kWh were delivered by its chargers"), "\(outcome.findings)")
        #expect((4_985...5_015).contains(outcome.deliveredAtSite?.wattHours ?? 0), "\(outcome)")
        #expect(self.outcome(self.meter(11_800)).findings == [], "450 Wh are less than five in a hundred")
        #expect(self.outcome(self.meter(12_200)).findings.count == 1, "550 Wh are more")
    }

    /// Rows that are kept say how long each holds: one that is missing is not made up from its neighbours, not even
    /// where no two are left side by side. What was learned of late is counted.
    @Test func aMissingIntervalIsNotMadeUp() {
        let file = self.meter(10_000)
        #expect(file.kept["s"]?.allSatisfy { $0.seconds == 60 } == true)
        let rows = (file.kept["s"] ?? []).map { row in
            SiteMeterTable.Row(
                at: row.at, watts: row.watts, seconds: row.seconds,
                receivedAt: Instant(seconds: self.began + (row.at.seconds < self.began + 300 ? 1_000 : 605_000)))
        }
        func outcome(_ rows: [SiteMeterTable.Row]) -> SiteReconciliation.Outcome {
            var site = SiteReconciliation(award: self.award, site: "s", settledAt: Instant(seconds: self.began + 2_000))
            site.take(self.readings("st-1"))
            site.take(self.readings("st-2"))
            return site.outcome(SiteMeterTable(rows: ["s": rows]), delivered: Energy(wattHours: 10_000))
        }
        let whole = outcome(rows)
        #expect(whole.findings == [] && whole.seconds == 900 && whole.lateRows == 10)
        #expect(whole.line.hasSuffix("10 rows of its meter came late"))
        let before = outcome(rows.filter { $0.at.seconds < self.began + 300 })
        #expect(before.seconds == 300 && before.lateRows == 0 && before.findings.count == 1)
        let thinned = outcome(rows.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element))
        #expect(thinned.seconds == 480 && thinned.missingSeconds == 420, "\(thinned)")
        #expect(thinned.findings.first?.contains("known in 480 s of 900") == true)
        let doubled = outcome(rows + [rows[62]])
        #expect(doubled.boundary == whole.boundary, "a row that is there twice holds once")
    }

    @Test func metersThatCannotBothBeRightAreNamed() {
        let outcome = self.outcome(self.meter(-30_000))
        #expect(outcome.findings.first?.contains("more than passed its boundary") == true, "\(outcome.findings)")
        let late = self.outcome(self.meter(10_000, minutes: 5))
        #expect(late.findings.first?.contains("known in 300 s of 900") == true, "\(late.findings)")
        let fresh = self.outcome(self.meter(10_000, from: -5))
        #expect(fresh.findings.first?.contains("nobody knows what its building took") == true, "\(fresh.findings)")
        #expect(fresh.deliveredAtSite == nil && fresh.rest == Energy(wattHours: 7_500), "its rest is stated")
    }

    /// A charger that falls silent takes nothing after ten seconds; where it comes back much later nothing is assumed.
    @Test func silenceIsNotPower() {
        let outcome = self.outcome(self.meter(15_000), until: self.began + 440)
        #expect(outcome.chargers == Energy(wattSeconds: -10_000 * (900 + 450)), "\(outcome)")
        var site = SiteReconciliation(award: self.award, site: "s")
        let silent = self.began - 800..<self.began + 461
        site.take(self.readings("st-1").filter { !silent.contains($0.at.seconds - 1) })
        #expect(site.outcome(self.meter(10_000), delivered: .zero).missingSeconds > 450)
    }

    /// The same reading twice counts once, in any order.
    @Test func doubledReadingsCountOnce() {
        var site = SiteReconciliation(award: self.award, site: "s")
        site.take((self.readings("st-1") + self.readings("st-1")).reversed())
        #expect(site.outcome(self.meter(20_000), delivered: .zero).chargers == Energy(wattHours: -2_500))
    }

    @Test func aTableIsReadOrRefused() throws {
        let time: (String) -> Instant? = { Int($0).map { Instant(seconds: $0) } }
        let table = try SiteMeterTable(csv: "time,site,kw\n# comment\n0,s,1.5\n900,s,-2\n0,z,7\n", time: time)
        #expect(table.powers(of: "s", in: 899..<1_801) == [1_500] + Array(repeating: -2_000, count: 900) + [nil])
        #expect(table.powers(of: "z", in: 0..<1) == [7_000] && table.powers(of: "x", in: 0..<1) == [nil])
        for (text, reason) in [
            ("time,kw\n", "the header must be time,site,kw"), ("", "there is no row"),
            ("time,site,kw\nnoon,s,1", "line 2: write a row as"), ("time,site,kw\n0,s,inf", "line 2: write a row as"),
            ("time,site,kw\n0,s,1\n0,s,1", "line 3: its time must be later"),
        ] {
            do {
                _ = try SiteMeterTable(csv: text, time: time)
                Issue.record("\(reason): it was read")
            } catch { #expect(error.message.contains(reason), "\(error.message)") }
        }
    }
}
