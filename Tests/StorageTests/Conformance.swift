import Domain
import Foundation
import Logging
import TestSupport
import Testing

@testable import Storage

let period = MarketInterval(start: Instant(seconds: 0), end: Instant(seconds: 1_000_000))
let acme: TenantID = "acme"
let other: TenantID = "other"

/// What both databases must do, asserted on whichever is given.
enum Conformance {
    static func reading(_ sequence: UInt64, tenant: TenantID = acme) -> Record {
        .reading(
            MeterReading(
                worker: "w-\(tenant)".identifier(), sequence: sequence, station: "s", evse: 1, token: nil,
                at: Instant(seconds: Int(sequence)), receivedAt: Instant(seconds: Int(sequence)),
                power: Power(watts: -7_000), importRegister: .zero,
                exportRegister: Energy(wattHours: 5), stateOfCharge: StateOfCharge(basisPoints: 5_000)),
            tenant: tenant, region: "demo", vehicle: "v")
    }

    static func transaction(_ id: String, tenant: TenantID = acme) -> LedgerTransaction {
        LedgerTransaction(
            id: id, tenant: tenant, region: "demo", at: Instant(seconds: 1), memo: "it's \"paid\"; --",
            entries: [
                LedgerEntry(account: "market", unit: .money(.eur), amount: 7, vehicle: nil),
                LedgerEntry(account: "owner", unit: .money(.eur), amount: -7, vehicle: "v"),
            ], reverses: nil)
    }

    static func all(on database: any Database) async throws {
        try await Migrations.run(on: database)
        let store = Store(database: database)
        try await self.recordsCountOnce(store)
        try await self.epochsAndFences(store)
        try await self.appendOnly(store)
        try await self.tenants(store)
        try await self.enrolment(store)
        try await self.rollback(store)
        try await self.trust(store)
        try await self.overrides(store)
        try await self.purse(store)
        try await self.large(store)
        try await self.siteMeters(store)
    }

    private static func recordsCountOnce(_ store: Store) async throws {
        let money = transaction("t1")
        let records = (1...50).map { reading(UInt64($0)) } + [.transaction(money)]
        for _ in 0..<3 {
            try await store.apply(records, zone: "z", epoch: nil, source: "a", upTo: 51)
        }
        try await store.apply([], zone: "z", epoch: nil, source: "a", upTo: 3)
        #expect(try await store.readingCount(tenant: acme) == 50)
        #expect(try await store.transactions(tenant: acme) == [money])
        #expect(try await store.watermark(of: "a") == 51)
        // The rows behind one posting.
        #expect(try await store.transaction(tenant: acme, id: "t1") == money)
        #expect(try await store.transaction(tenant: other, id: "t1") == nil)
        let span = try await store.readingSpan(
            tenant: acme, vehicle: "v", in: MarketInterval(start: Instant(seconds: 10), end: Instant(seconds: 20)))
        #expect(span?.count == 10 && span?.first.at == Instant(seconds: 10) && span?.last.at == Instant(seconds: 19))
        #expect(span?.last.exported == Energy(wattHours: 5))
        #expect(try await store.readingSpan(tenant: other, vehicle: "v", in: period) == nil)
        #expect(try await store.signalSpan(tenant: acme, resource: "R", product: "P", in: period) == nil)
        #expect(try await store.settledBlock(tenant: acme, award: "a") == nil)
        #expect(try await store.award(tenant: acme, id: "a") == nil)
        #expect(try await store.bid(tenant: acme, id: "b") == nil)
        #expect(try await store.baseline(tenant: acme, resource: "R", block: period) == nil)
        #expect(try await store.watermark(of: "unknown") == 0)
    }

    private static func epochsAndFences(_ store: Store) async throws {
        #expect(try await store.mintEpoch(of: "z", expecting: Epoch(0)) == Epoch(1))
        #expect(try await store.mintEpoch(of: "z", expecting: Epoch(0)) == nil)
        #expect(try await store.mintEpoch(of: "z", expecting: Epoch(1)) == Epoch(2))
        #expect(try await store.epoch(of: "z") == Epoch(2))
        let error = await #expect(throws: StorageError.self) {
            try await store.apply([reading(60)], zone: "z", epoch: Epoch(1), source: "a", upTo: 60)
        }
        #expect(error?.code == .fenced)
        #expect(try await store.readingCount(tenant: acme) == 50)
        #expect(try await store.watermark(of: "a") == 51)
    }

    private static func appendOnly(_ store: Store) async throws {
        for sql in [
            "UPDATE entries SET amount = 9", "DELETE FROM entries", "DELETE FROM transactions",
            "UPDATE readings SET power = 0",
        ] {
            let error = await #expect(throws: StorageError.self) {
                try await store.database.transaction(as: .service) { _ = try $0.execute(sql, []) }
            }
            #expect(error?.code == .constraint)
        }
        #expect(try await store.transactions(tenant: acme).first?.entries.first?.amount == 7)
    }

    private static func tenants(_ store: Store) async throws {
        try await store.apply(
            [reading(1, tenant: other), .transaction(transaction("t2", tenant: other))], zone: "z",
            epoch: nil, source: "b", upTo: 2)
        #expect(try await store.readingCount(tenant: other) == 1)
        #expect(try await store.transactions(tenant: other).map(\.id) == ["t2"])
        #expect(try await store.transactions(tenant: acme).map(\.id) == ["t1"])
        guard store.database.dialect == .postgreSQL else { return }
        // Also where a statement forgets its tenant.
        let seen = try await store.database.transaction(as: .tenant(other)) {
            try $0.query("SELECT tenant FROM readings", []).map { try $0.text("tenant") }
        }
        #expect(seen == ["other"])
        await #expect(throws: StorageError.self) {
            try await store.database.transaction(as: .tenant(other)) {
                _ = try $0.execute("INSERT INTO owners (tenant, id, name) VALUES ('acme', 'x', 'x')", [])
            }
        }
    }

    static let vehicle = VehicleTerms(
        id: "v1", owner: "o1", contract: "c1", tenant: acme, tokens: ["TAG1", "TAG2"],
        capacity: Energy(wattHours: 60_000), maxCharge: Power(watts: 11_000),
        maxDischarge: Power(watts: 10_000), reserve: StateOfCharge(basisPoints: 2_000),
        efficiency: 9_500, dischargeConsentAt: Instant(seconds: 5))

    private static func enrolment(_ store: Store) async throws {
        let changes: [EnrolmentChange] = [
            .owner(OwnerTerms(id: "o1", tenant: acme, name: "Acme's vans")),
            .contract(
                ContractTerms(
                    id: "c1", owner: "o1", tenant: acme, currency: .eur, ownerShare: 7_000,
                    wearPerKilowattHour: 50_000)),
            .site(
                SiteTerms(
                    id: "s1", tenant: acme, region: "demo", zone: "z", resource: "r",
                    importLimit: Power(watts: 100_000), exportLimit: Power(watts: 80_000),
                    staleLoad: Power(watts: 9_000), defaultStay: .hours(8),
                    defaultTarget: StateOfCharge(basisPoints: 8_000))),
            .station(StationTerms(id: "st1", site: "s1")),
            .station(StationTerms(id: "st2", site: "s1", feeder: .init(name: "F 2", limit: Power(watts: 30_000)))),
            .vehicle(vehicle),
            .departure(
                DepartureTerms(
                    vehicle: "v1", departure: Instant(seconds: 900),
                    target: StateOfCharge(basisPoints: 9_000))),
        ]
        for _ in 0..<2 { try await store.enrol(changes, zone: "z", at: Instant(seconds: 1)) }
        #expect(try await store.enrolment(zone: "z") == changes)
        #expect(try await store.vehicles(tenant: acme, owner: "o1") == [vehicle])
        #expect(try await store.vehicles(tenant: other, owner: "o1").isEmpty)
        try await store.enrol(
            [.consent("v1", dischargeConsentAt: nil)], zone: "z", at: Instant(seconds: 2))
        let withdrawn = try await store.vehicles(tenant: acme, owner: "o1").first
        #expect(withdrawn?.dischargeConsentAt == nil)
        try await self.consentsAndDepartures(store)
        let unknown = await #expect(throws: StorageError.self) {
            try await store.enrol(
                [
                    .owner(OwnerTerms(id: "o9", tenant: acme, name: "nobody")),
                    .consent("ghost", dischargeConsentAt: nil),
                ], zone: "z", at: Instant(seconds: 2))
        }
        #expect(unknown?.message == "unknown vehicle ghost: enrol it first")
        #expect(try await store.owners(tenant: acme).map(\.id) == ["o1"])
    }

    /// Consents are a history with its times; departures move and are cancelled; tokens know no case.
    private static func consentsAndDepartures(_ store: Store) async throws {
        let history = try await store.consents(tenant: acme, vehicle: "v1")
        #expect(history.map(\.agreedAt) == [Instant(seconds: 5), nil])
        #expect(history.map(\.notedAt) == [Instant(seconds: 1), Instant(seconds: 2)])
        #expect(try await store.consents(tenant: other, vehicle: "v1").isEmpty)
        let revision = try await store.enrolmentRevision(zone: "z")
        let later = DepartureTerms(
            vehicle: "v1", departure: Instant(seconds: 5_000), target: StateOfCharge(basisPoints: 8_000))
        try await store.enrol(
            [.departure(later), .cancelled("v1", departure: Instant(seconds: 900))], zone: "z", at: Instant(seconds: 3))
        #expect(try await store.enrolmentRevision(zone: "z") == revision + 1)
        #expect(try await store.enrolment(zone: "z").last == .departure(later))
        #expect(try await store.enrolment(zone: "z").count { if case .departure = $0 { true } else { false } } == 1)
        #expect(try await store.enrolment(zone: "z", since: Instant(seconds: 5_001)).count == 6)
        var twin = self.vehicle
        twin.id = "v2"
        twin.tokens = ["tag-1"]
        let taken = await #expect(throws: StorageError.self) {
            try await store.enrol([.vehicle(twin)], zone: "z", at: Instant(seconds: 3))
        }
        #expect(taken?.code == .constraint && taken?.message.contains("another car's") == true)
        #expect(try await store.vehicles(tenant: acme, owner: "o1").map(\.id) == ["v1"])
    }

    static func trustRecord(_ station: StationID, at second: Int, _ verdict: TrustRecord.Verdict) -> TrustRecord {
        TrustRecord(
            station: station, evse: 1, at: Instant(seconds: second), verdict: verdict, delay: nil,
            fullResponse: ResponseBounds(least: .seconds(9), most: .seconds(11)), rampPerSecond: nil,
            gainPerMille: 980, offset: Power(watts: -40), step: Power(watts: 230), seen: 4, missed: 1,
            ignoresSince: nil, retryAt: nil,
            proofs: [
                StationProof(
                    at: Instant(seconds: second), from: 0, to: 9_000, meteredFrom: 5, metered: 8_800, earliest: 1,
                    latest: 2, fullEarliest: 9_000, fullLatest: 11_000, ramp: 900)
            ])
    }

    /// A history by station; its last row is what holds. What comes twice is there once.
    private static func trust(_ store: Store) async throws {
        let all = [
            trustRecord("st1", at: 10, .proven), trustRecord("st2", at: 20, .derated),
            trustRecord("st1", at: 30, .ignoring),
        ]
        for _ in 0..<2 {
            try await store.apply(
                all.map { .trust($0, tenant: acme, region: "demo") }, zone: "z", epoch: nil, source: "c", upTo: 3)
        }
        try await store.apply(
            [.trust(trustRecord("st9", at: 40, .proven), tenant: other, region: "demo")], zone: "y", epoch: nil,
            source: "d", upTo: 1)
        #expect(try await store.trust(tenant: acme) == [all[2], all[1]])
        #expect(try await store.trustCounts(tenant: acme) == [.ignoring: 1, .derated: 1])
        #expect(try await store.trust(tenant: acme, limit: 1) == [all[2]])
        #expect(try await store.trust(zone: "z") == [all[2], all[1]])
        #expect(try await store.trustHistory(tenant: acme, station: "st1") == [all[0], all[2]])
        #expect(try await store.trustHistory(tenant: other, station: "st1").isEmpty)
        #expect(try await store.rowCounts(tenant: acme)["trust"] == 3)
    }

    static func overrideRecord(_ second: Int, owner: OwnerID?, isOver: Bool = false) -> OverrideRecord {
        OverrideRecord(
            kind: .priority, at: Instant(seconds: second), isOver: isOver, source: "driver",
            vehicle: owner.map { VehicleID("car-\($0)") }, owner: owner, station: "st1", evse: 1,
            before: "charge 22000 W, discharge 11000 W", after: "charge 22000 W, discharge 0 W")
    }

    /// Each once, newest first, an owner's own only; nothing of it is changed.
    private static func overrides(_ store: Store) async throws {
        let all = [
            overrideRecord(10, owner: "o1"), overrideRecord(20, owner: "o2"),
            overrideRecord(20, owner: "o2", isOver: true), overrideRecord(30, owner: nil),
        ]
        for _ in 0..<2 {
            try await store.apply(
                all.map { .override($0, tenant: acme, region: "demo") }, zone: "z", epoch: nil, source: "e", upTo: 4)
        }
        let read = try await store.overrides(tenant: acme, owner: nil, in: period)
        #expect(read.count == 4 && read.map(\.at.seconds) == [30, 20, 20, 10] && Set(read) == Set(all))
        #expect(try await store.overrides(tenant: acme, owner: "o1", in: period) == [all[0]])
        #expect(try await store.overrides(tenant: other, owner: nil, in: period).isEmpty)
        let late = MarketInterval(start: Instant(seconds: 21), end: Instant(seconds: 40))
        #expect(try await store.overrides(tenant: acme, owner: nil, in: late) == [all[3]])
        for sql in ["UPDATE overrides SET kind = 'x'", "DELETE FROM overrides"] {
            let error = await #expect(throws: StorageError.self) {
                try await store.database.transaction(as: .service) { _ = try $0.execute(sql, []) }
            }
            #expect(error?.code == .constraint)
        }
    }

    private static func rollback(_ store: Store) async throws {
        struct Stop: Error {}
        await #expect(throws: Stop.self) {
            try await store.database.transaction(as: .service) { session in
                try session.insert([reading(999)], zone: "z")
                throw Stop()
            }
        }
        #expect(try await store.readingCount(tenant: acme) == 50)
    }
}

extension String {
    fileprivate func identifier<Kind>() -> Identifier<Kind> { Identifier(self) }
}

@Suite(.ownThreads) struct DatabaseTests {
    @Test func sqliteConforms() async throws {
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try await SQLiteDatabase(path: folder.path + "/h.sqlite")
        #expect(try await database.synchronousLevel() == 2)
        try await Conformance.all(on: database)
        await database.close()
    }

    @Test func postgreSQLConformsAndTheOutboxOutlivesItsOutage() async throws {
        guard PostgresCluster.isInstalled else {
            print("skipped: PostgreSQL 15 is not installed")
            return
        }
        let cluster = try PostgresCluster()
        defer { cluster.remove() }
        let database = try await DatabaseURL(cluster.url).open(deadline: .seconds(10))
        try await Conformance.all(on: database)
        let store = Store(database: database)
        let journal = try Journal(
            folder: cluster.folder.path + "-outbox", configuration: .lossless)
        defer { try? FileManager.default.removeItem(atPath: cluster.folder.path + "-outbox") }
        let outbox = Outbox(
            journal: journal, store: store, zone: "z", source: "outage", epoch: nil,
            logger: Logger(label: "test"))
        let before = try await store.readingCount(tenant: acme)
        for sequence in 1_001...1_100 {
            try outbox.put(Conformance.reading(UInt64(sequence)), at: Instant(seconds: 1))
        }
        try await outbox.durable(100)
        #expect(try await outbox.deliver() == 100)
        try cluster.stop()
        var last: UInt64 = 0
        for sequence in 1_101...1_300 {
            last = try outbox.put(Conformance.reading(UInt64(sequence)), at: Instant(seconds: 1))
        }
        // Safe on the local disk although the database is gone.
        try await outbox.durable(last)
        let away = await #expect(throws: StorageError.self) { _ = try await outbox.deliver() }
        #expect(away?.code == .unavailable)
        try cluster.start()
        while try await outbox.deliver() > 0 {}
        #expect(try await store.readingCount(tenant: acme) == before + 300)
        #expect(try await store.watermark(of: "outage") == 300)
        journal.close()
        await database.close()
    }

    @Test func aWrongURLAndAnUnreachableDatabaseSayWhatToDo() async throws {
        for text in ["", "sqlite:", "mysql://x", "postgres"] {
            let error = #expect(throws: StorageError.self) { _ = try DatabaseURL(text) }
            #expect(error?.code == .invalid)
        }
        let error = await #expect(throws: StorageError.self) {
            let url = try DatabaseURL("postgresql://x:secret@127.0.0.1:1/x")
            _ = try await url.open(deadline: .seconds(2))
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("HEADROOM_DATABASE") == true)
        #expect(error?.message.contains("secret") == false && error?.message.contains("\n") == false)
    }
}
