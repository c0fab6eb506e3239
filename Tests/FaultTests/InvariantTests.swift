import Testing

/// Canaries: evidence of a plant on which everything holds, damaged in one way each, and found out by the invariant that
/// is for it. A checker that cannot fail proves nothing.
@Suite struct InvariantTests {
    /// Two sites that export 100 kW of a baseline of 0 for a hundred seconds, and fell to nothing once for a fault that
    /// allows it.
    static let sound: Evidence = {
        var evidence = Evidence()
        evidence.steady = 50...148
        evidence.siteWatts = 100_000
        evidence.ramp = 24_000
        evidence.plugged = 24
        for step in 0...(200 * 40) {
            let at = Double(step) / 40
            var watts = at < 50 ? 0 : -50_000
            // Down the ramp from 80 s on, back at once with the heal at 100 s.
            if (80..<100).contains(at) { watts = min(0, -50_000 + Int((at - 80) * 10_000)) }
            if at > 148 { watts = 0 }
            evidence.samples.append(.init(at: at, watts: [watts, watts]))
        }
        for second in stride(from: 0, through: 200, by: 1) {
            evidence.looks.append(
                .init(
                    at: Double(second), requested: (50...148).contains(second) ? 100_000 : 0, delivered: 100_000,
                    awarded: 110_000, baseline: 0, plugged: 24))
        }
        evidence.faults = [
            .init(name: "cut", at: 80, healed: 100, fallback: ([0, 1], 10), resume: 3, resumed: 0.4)
        ]
        evidence.books.findings = "12 transactions, 0 findings\n"
        evidence.books.settled = "2 blocks, 0 differences\n"
        evidence.books.blocks = 2
        evidence.books.conserved = true
        evidence.books.balanced = true
        evidence.books.readings = ["worker-1": (100, 100), "worker-2": (99, 99)]
        evidence.books.sampled = 50...148
        let exported = evidence.samples.filter { $0.at >= 50 && $0.at < 148 }.reduce(0) { $0 + $1.sum } / 40
        evidence.books.delivered = -exported
        evidence.books.baseline = [50: 0]
        for site in 0...1 {
            evidence.books.registers += (0..<12).map { _ in
                .init(site: site, from: 40, until: 190, net: exported / 2 / 12 / 3_600)
            }
        }
        return evidence
    }()

    static let damages: [(invariant: Invariant, damage: @Sendable (inout Evidence) -> Void)] = [
        // Both sites stop exporting within a second.
        (.ramp, { for index in 2_800..<2_900 { $0.samples[index].watts = [0, 0] } }),
        (.siteLimit, { $0.samples[2_500].watts[1] = -100_001 }),
        (.siteLimit, { $0.samples[100].watts[0] = 100_001 }),
        (.promises, { $0.books.promisesBroken = 1 }),
        (.promises, { $0.books.outcomesMissed = 1 }),
        (.readings, { $0.books.readings["worker-2"] = (98, 99) }),
        (.readings, { $0.books.readings["worker-2"] = nil }),
        (.readings, { $0.books.unacknowledged = 1 }),
        (
            .energy,
            { evidence in
                for index in evidence.books.registers.indices { evidence.books.registers[index].net += 120 }
            }
        ),
        (.energy, { $0.books.delivered += $0.books.delivered / 10 }),
        // Simulated cars drew a tenth of it, and nobody settled that.
        (
            .energy,
            { evidence in
                let drawn = Double(evidence.books.delivered) / 10
                evidence.crowds = [[.init(at: 40, wattSeconds: 0), .init(at: 190, wattSeconds: drawn * 150 / 98)]]
            }
        ),
        (.books, { $0.books.findings = "12 transactions, 1 findings\n" }),
        (.books, { $0.books.settled = "2 blocks, 1 differences\n" }),
        (.books, { $0.books.settled = "0 blocks, 0 metered seconds, 0 differences\n" }),
        (.books, { $0.books.findings = "0 transactions, 0 findings\n" }),
        (.books, { $0.books.blocks = 1 }),
        (.books, { $0.books.balanced = false }),
        (.books, { $0.books.conserved = false }),
        (.fallback, { $0.faults[0].fallback = ([0, 1], 4) }),
        (.resume, { $0.faults[0].resumed = nil }),
        (.resume, { $0.faults[0].resumed = 3.5 }),
        (.resume, { $0.looks[$0.looks.count - 1].plugged = 23 }),
        (.overshoot, { for index in 4_400..<4_500 { $0.samples[index].watts = [-60_000, -60_000] } }),
    ]

    @Test func nothingIsFoundWhereEverythingHolds() {
        let findings = Invariant.findings(Self.sound)
        #expect(findings.isEmpty, "\(findings)")
        #expect(Set(Self.damages.map(\.invariant)) == Set(Invariant.allCases), "each has its canary")
    }

    @Test(arguments: Self.damages.indices) func eachDamageIsFound(_ index: Int) {
        let (invariant, damage) = Self.damages[index]
        var evidence = Self.sound
        damage(&evidence)
        let found = Invariant.findings(evidence)
        #expect(found.contains { $0.invariant == invariant }, "\(invariant) overlooks damage \(index): \(found)")
    }
}
