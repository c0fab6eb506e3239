import Domain
import Testing

@testable import Storage

extension Conformance {
    /// Versions of contracts, batteries, cars that are handed over, blocks computed again, statements, bulk postings.
    static func purse(_ store: Store) async throws {
        try await self.versions(store)
        try await self.statements(store)
        try await self.revisions(store)
        let many = (0..<40).map { self.transaction("bulk-\($0)\t\\\n", tenant: other) }
        for _ in 0..<2 { try await store.postInBulk(many, zone: "z") }
        let kept = try await store.transactions(tenant: other).filter { $0.id.hasPrefix("bulk-") }
        #expect(Set(kept) == Set(many), "each once, whatever its letters")
    }

    private static func versions(_ store: Store) async throws {
        var terms = ContractTerms(
            id: "c1", owner: "o1", tenant: acme, currency: .eur, ownerShare: 7_000, wearPerKilowattHour: 50_000)
        let battery = BatteryTerms(
            vehicle: "v1", chemistry: "lfp", pricePerKilowattHour: 120_000_000, throughput: Energy(wattHours: 5_000))
        terms.ownerShare = 6_000
        terms.conditions = ContractConditions(
            usesOwnWear: true, energyPrice: 250_000,
            thirdParties: [.init(kind: .tax, name: "state", perKilowattHour: 0, ofPayment: 500)])
        for second in [100, 101] {
            try await store.enrol([.contract(terms), .battery(battery)], zone: "z", at: Instant(seconds: second))
        }
        var later = terms
        later.validFrom = Instant(seconds: 5_000)
        later.ownerShare = 5_000
        try await store.enrol([.contract(later)], zone: "z", at: Instant(seconds: 102))
        let told = try await store.enrolment(zone: "z").compactMap { change -> [Int]? in
            if case .contract(let terms) = change { [terms.ownerShare, terms.validFrom?.seconds ?? -1] } else { nil }
        }
        #expect(told == [[7_000, 0], [6_000, 100], [5_000, 5_000]])
        #expect(try await store.enrolment(zone: "z").contains(.battery(battery)))
        try await store.enrol(
            [
                .owner(OwnerTerms(id: "o2", tenant: acme, name: "Next")),
                .contract(
                    ContractTerms(
                        id: "c2", owner: "o2", tenant: acme, currency: .eur, ownerShare: 1, wearPerKilowattHour: 0)),
            ], zone: "z", at: Instant(seconds: 103))
        var sold = Self.vehicle
        (sold.owner, sold.contract) = ("o2", "c2")
        for second in [200, 300] { try await store.enrol([.vehicle(sold)], zone: "z", at: Instant(seconds: second)) }
        let handed = try await store.contractHistory(tenant: acme).handovers
        #expect(handed.map(\.until.seconds) == [1, 200] && handed.map(\.contract) == ["", "c1"])
    }

    private static func statements(_ store: Store) async throws {
        func issue(_ amount: String, _ owner: OwnerID = "o1") async throws -> IssuedStatement {
            try await store.issue(
                tenant: acme, owner: owner, period: "2026-11", currency: .eur, at: Instant(seconds: 9)
            ) { number, replaces in ["csv": "\(number ?? 0),\(replaces ?? 0),\(amount)"] }
        }
        let first = try await issue("7.00")
        #expect(first.number == 1 && first.replaces == nil && first.documents["csv"] == "1,0,7.00")
        #expect(try await issue("7.00") == first, "the same stands")
        #expect(try await issue("1.00", "o2").number == 2)
        let again = try await issue("8.00")
        #expect(again.number == 3 && again.replaces == 1)
        #expect(try await store.statement(tenant: acme, number: 1) == first, "as it was issued")
        #expect(try await store.statements(tenant: acme, owner: "o1").map(\.number) == [3, 1])
        #expect(try await store.statement(tenant: other, number: 1) == nil)
        let refused = await #expect(throws: StorageError.self) {
            try await store.database.transaction(as: .service) {
                try $0.execute("UPDATE statements SET owner = 'x'", [])
            }
        }
        #expect(refused?.message.contains("append-only") == true)
    }

    private static func late(_ span: MarketInterval, earned: Int, _ revision: Int?) -> BlockResult {
        let money = Money(microUnits: earned, currency: .gbp)
        var block = BlockResult(
            award: Award(
                id: "late", bid: "b", resource: "r", product: "P", block: span, direction: .up, quantity: .zero,
                pricePerMegawattHour: money, energyPricePerMegawattHour: money),
            tenant: acme, region: "demo", settledAt: Instant(seconds: 2_320), requested: .zero, delivered: .zero,
            overDelivered: .zero, performance: 10_000, availabilityPayment: money, energyPayment: .zero(.gbp),
            shares: [
                .init(
                    vehicle: "v1", owner: "o1", contract: "c1", headroomHeld: .zero, delivered: .zero,
                    discharged: .zero, availability: money, energy: .zero(.gbp), wear: .zero(.gbp),
                    fee: .zero(.gbp), earned: money, ownerShare: 10_000, wearPerKilowattHour: 0)
            ])
        block.revision = revision
        return block
    }

    private static func revisions(_ store: Store) async throws {
        let span = MarketInterval(start: Instant(seconds: 2_000), end: Instant(seconds: 2_300))
        let later = MeterReading(
            worker: "w-late", sequence: 1, station: "s9", evse: 2, token: nil, at: Instant(seconds: 2_100),
            receivedAt: Instant(seconds: 600_000), power: Power(watts: -7_000), importRegister: .zero,
            exportRegister: .zero, stateOfCharge: nil)
        try await store.apply(
            [.block(self.late(span, earned: 5, nil)), .reading(later, tenant: acme, region: "demo", vehicle: "v1")],
            zone: "z", epoch: nil, source: "purse", upTo: 1)
        let points = try await store.latePoints(tenant: acme, in: span, after: Instant(seconds: 2_320))
        #expect(points.map(\.station) == ["s9"] && points.map(\.evse) == [2])
        #expect(try await store.latePoints(tenant: acme, in: span, after: Instant(seconds: 700_000)).isEmpty)
        let readings = try await store.readings(tenant: acme, station: "s9", evse: 2, in: span)
        #expect(readings.map(\.reading) == [later] && readings.map(\.vehicle) == ["v1"])
        func earned() async throws -> Int? {
            try await store.earned(tenant: acme, owner: "o1", in: span).first { $0.currency == .gbp }?.microUnits
        }
        #expect(try await earned() == 5)
        for _ in 0..<2 {
            try await store.post([self.transaction("block:late:r1")], again: self.late(span, earned: 9, 1), zone: "z")
        }
        #expect(try await earned() == 9, "the last computation counts")
        #expect(try await store.blocks(tenant: acme, owner: "o1", in: span).map(\.revision) == [1])
        #expect(try await store.revisions(tenant: acme).count == 1)
        #expect(try await store.latestPosting(tenant: acme, id: "block:late") == nil)
        try await store.post([self.transaction("month:x"), self.transaction("month:x:r1")], zone: "z")
        #expect(try await store.latestPosting(tenant: acme, id: "month:x")?.id == "month:x:r1")
    }
}
