import Domain
import TestSupport
import Testing

@testable import Storage

/// Blocks and postings of a large fleet, readings by the thousand: as many rows as there are, each once.
extension Conformance {
    static let largeSpan = MarketInterval(start: Instant(seconds: 8_000), end: Instant(seconds: 8_900))

    /// A block of so many cars of two owners.
    static func large(_ id: AwardID, cars: Int) -> BlockResult {
        let zero = Money.zero(Currency(rawValue: "SEK"))
        let shares = (0..<cars).map { car in
            BlockResult.Share(
                vehicle: VehicleID("big-\(car)"), owner: car.isMultiple(of: 3) ? "p1" : "p2", contract: "c",
                headroomHeld: Energy(wattSeconds: car), delivered: .zero, discharged: .zero, availability: zero,
                energy: zero, wear: zero, fee: zero, earned: Money(microUnits: car, currency: zero.currency),
                ownerShare: 10_000,
                wearPerKilowattHour: 0)
        }
        return BlockResult(
            award: Award(
                id: id, bid: "b", resource: "large", product: "P", block: self.largeSpan, direction: .up,
                quantity: .zero, pricePerMegawattHour: zero, energyPricePerMegawattHour: zero),
            tenant: acme, region: "demo", settledAt: Instant(seconds: 9_000), requested: .zero, delivered: .zero,
            overDelivered: .zero, performance: 10_000, availabilityPayment: zero, energyPayment: zero, shares: shares)
    }

    static func readings(_ sequences: ClosedRange<UInt64>, worker: WorkerID = "big\t\\worker") -> Record {
        .readings(
            sequences.map { sequence in
                MeterReading(
                    worker: worker, sequence: sequence, station: StationID("s\n\(sequence)"), evse: 2,
                    token: sequence.isMultiple(of: 2) ? nil : "Ä-1", at: Instant(microseconds: -5 + Int(sequence)),
                    receivedAt: Instant(seconds: 2), power: Power(watts: -7_001),
                    importRegister: Energy(wattSeconds: Int(sequence)), exportRegister: Energy(wattSeconds: .max),
                    stateOfCharge: sequence.isMultiple(of: 2) ? nil : StateOfCharge(basisPoints: 5_555))
            },
            of: MeteredVehicles(
                indices: sequences.map { $0.isMultiple(of: 2) ? MeteredVehicles.none : 1 }, names: ["v", "größer"]),
            tenant: acme, region: "demo")
    }

    static func large(_ store: Store) async throws {
        let block = self.large("large", cars: 700)
        var money = self.transaction("large")
        money.entries = (0..<700).map {
            LedgerEntry(account: "owner:\($0)", unit: .energy, amount: $0 == 699 ? -699 * 349 : $0, vehicle: "v")
        }
        let parts = Record.block(block).parts(of: 300) + Record.transaction(money).parts(of: 300)
        let before = try await store.readingCount(tenant: acme)
        for _ in 0..<2 {
            try await store.apply(
                parts + [self.readings(1...300), self.readings(301...329), self.readings(300...330)], zone: "z",
                epoch: nil, source: "large", upTo: 1)
        }
        #expect(try await store.readingCount(tenant: acme) == before + 330)
        #expect(try await store.settledBlock(tenant: acme, award: "large") == block)
        #expect(try await store.transaction(tenant: acme, id: "large") == money)
        let own = try await store.blocks(tenant: acme, owner: "p1", in: self.largeSpan)
        #expect(own.first?.shares == block.shares.filter { $0.owner == "p1" } && own.count == 1)
        #expect(try await store.blocks(tenant: acme, owner: "p3", in: self.largeSpan).isEmpty)
        #expect(try await store.blocks(tenant: acme, owner: nil, in: self.largeSpan) == [block])
        let bare = try await store.blocks(tenant: acme, owner: nil, in: self.largeSpan, shares: false)
        #expect(bare.first?.shares.isEmpty == true && bare.first?.totalHeld == block.totalHeld)
        #expect(try await store.settledAwards(tenant: acme, after: "larg").map(\.id) == ["large", "late"])
        #expect(try await store.settledAwards(tenant: acme, after: "large").first?.start == Instant(seconds: 2_000))
        #expect(try await store.transactionIDs(tenant: acme, after: "large").allSatisfy { $0 > "large" })
        #expect(try await store.transactionIDs(tenant: acme, after: "larg", limit: 1) == ["large"])
        #expect(try await store.blocks(tenant: other, owner: nil, in: self.largeSpan).isEmpty)
        try await self.readBack(store)
        try await self.again(store)
        try await self.bytes(store)
        try await self.fromBefore(store, block)
    }

    /// A large block that was computed again: in rows of a bounded size, and read back as it was.
    private static func again(_ store: Store) async throws {
        var block = self.large("large", cars: Record.mostInPart + 300)
        for revision in 1...2 {
            block.revision = revision
            block.shares[5].earned.microUnits += 1
            for _ in 0..<2 { try await store.post([], again: block, zone: "z") }
        }
        #expect(try await store.settledBlock(tenant: acme, award: "large", revision: 2) == block)
        let all = try await store.revisions(tenant: acme, in: self.largeSpan)
        #expect(all.map(\.revision) == [1, 2] && all.last == block)
        let numbers = try await store.revisionNumbers(tenant: acme)
        #expect(numbers.map(\.award) == ["large", "large", "late"] && numbers.map(\.revision) == [1, 2, 1])
        let own = try await store.blocks(tenant: acme, owner: "p1", in: self.largeSpan)
        #expect(own.first?.shares == block.shares.filter { $0.owner == "p1" } && own.count == 1)
        let earned = block.shares.reduce(0) { $0 + ($1.owner == "p2" ? $1.earned.microUnits : 0) }
        #expect(try await store.earned(tenant: acme, owner: "p2", in: self.largeSpan).map(\.microUnits) == [earned])
        let sizes = try await store.database.transaction(as: .service) { session in
            try session.query("SELECT LENGTH(body) AS n FROM revisions WHERE award = 'large'", [])
                .map { try $0.integer("n") }
        }
        #expect(sizes.count == 2 && sizes.allSatisfy { $0 < 10_000 })
        let refused = await #expect(throws: StorageError.self) {
            try await store.database.transaction(as: .service) { try $0.execute("DELETE FROM revision_shares", []) }
        }
        #expect(refused?.code == .constraint)
    }

    /// Columns of bytes go in by the hundred, too: every byte, none, and nothing but zeros.
    private static func bytes(_ store: Store) async throws {
        let ids = (0..<RowBatch.leastCopied).map { [UInt8($0), 0, 0x5c, 0x0a, UInt8(255 - $0)] } + [[], [0, 0]]
        try await store.database.transaction(as: .service) { session in
            var rows = RowBatch("sessions", ["id", "user_name", "started", "seen"])
            for id in ids {
                rows.add(
                    tenant: acme, zone: "bytes", region: "demo", [.blob(id), .text("\\x00"), .integer(1), .integer(2)])
            }
            for _ in 0..<2 { try session.insertOnce(rows) }
        }
        let read = try await store.database.transaction(as: .service) { session in
            try session.query("SELECT id, user_name FROM sessions WHERE zone = 'bytes'", [])
                .map { ($0, try $0.text("user_name")) }.map { try $0.0.blob("id") + ($0.1 == "\\x00" ? [] : [1]) }
        }
        #expect(read.count == ids.count && Set(read) == Set(ids))
    }

    /// Names with all that a COPY has a meaning of its own for, and the ends of the numbers.
    private static func readBack(_ store: Store) async throws {
        guard case .readings(let sent, let vehicles, _, _) = self.readings(327...330) else { return }
        for (place, reading) in sent.enumerated() {
            let rows = try await store.readings(
                tenant: acme, station: reading.station, evse: 2,
                in: MarketInterval(start: Instant(seconds: -1), end: Instant(seconds: 1)))
            #expect(rows.map(\.reading) == [reading] && rows.map(\.vehicle) == [vehicles[place]])
        }
    }

    /// Rows from before shares had rows of their own alone hold them, too.
    private static func fromBefore(_ store: Store, _ block: BlockResult) async throws {
        let body = try json(block)
        let changed = try await store.database.transaction(as: .service) { session in
            try session.execute("UPDATE blocks SET body = ? WHERE award = ?", [body, .text("large")])
        }
        #expect(changed == 1)
        #expect(try await store.settledBlock(tenant: acme, award: "large") == block)
        var third = block
        third.revision = 3
        let whole = try json(third)
        _ = try await store.database.transaction(as: .service) { session in
            try session.insertOnce(
                "revisions", tenant: acme, zone: "z", region: "demo",
                [
                    ("award", .text("large")), ("revision", .integer(3)),
                    ("starts", .integer(self.largeSpan.start.microseconds)), ("settled_at", .integer(0)),
                    ("body", whole),
                ])
        }
        #expect(try await store.settledBlock(tenant: acme, award: "large", revision: 3) == third)
        let own = try await store.blocks(tenant: acme, owner: "p1", in: self.largeSpan)
        #expect(own.first?.shares == block.shares.filter { $0.owner == "p1" })
    }
}
