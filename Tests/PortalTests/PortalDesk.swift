import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Ledger
import Logging
import NIOCore
import Storage
import Synchronization

@testable import Portal

/// A portal on a database of its own, with a clock that stands and an engine that only listens.
final class PortalDesk: Sendable {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    /// 2026-11-26 12:00:00 UTC.
    static let noon = Instant(seconds: 1_795_694_400)
    static let password = "correct horse battery"

    let folder: URL
    let store: Store
    let routes: PortalRoutes
    let posted = Mutex<[Event]>([])
    let isFull = Mutex(false)
    let now = Mutex(PortalDesk.noon)
    /// How often the portal has asked for the time: a stream does so before each event that is due.
    let looks = Mutex(0)
    let snapshot = Mutex(PortalDesk.snapshot())

    private final class Wiring: Sendable {
        let desk = Mutex<PortalDesk?>(nil)
    }

    init(_ configuration: PortalConfiguration = PortalConfiguration()) async throws {
        self.folder = FileManager.default.temporaryDirectory.appending(path: "portal-\(UUID())")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        self.store = Store(
            database: try await DatabaseURL.sqlite(path: self.folder.path + "/test.db").open())
        let wiring = Wiring()
        @Sendable func desk<Value>(_ read: (PortalDesk) -> Value, _ none: Value) -> Value {
            wiring.desk.withLock { $0 }.map(read) ?? none
        }
        self.routes = PortalRoutes(
            PortalDependencies(
                snapshot: { desk({ $0.snapshot.withLock { $0 } }, PortalDesk.snapshot()) },
                store: self.store, tenant: "t", zone: "z",
                post: { events in
                    desk(
                        { desk in
                            guard !desk.isFull.withLock({ $0 }) else { return false }
                            desk.posted.withLock { $0 += events }
                            return true
                        }, false)
                }, logger: Self.quiet,
                now: {
                    desk(
                        { desk in
                            desk.looks.withLock { $0 += 1 }
                            return desk.now.withLock { $0 }
                        }, Self.noon)
                }),
            configuration: configuration)
        wiring.desk.withLock { $0 = self }
        try await self.store.enrol(Self.enrolment("t", ["o1", "o2"]), zone: "z", at: Self.noon)
        try await self.store.enrol(Self.enrolment("u", ["o1"]), zone: "z", at: Self.noon)
        try await self.store.apply(
            [.block(Self.block())], zone: "z", epoch: nil, source: "test", upTo: 1)
    }

    /// Each owner has one car, named after tenant and owner.
    static func enrolment(_ tenant: TenantID, _ owners: [OwnerID]) -> [EnrolmentChange] {
        owners.flatMap { owner -> [EnrolmentChange] in
            let contract = Self.contract(tenant, owner)
            return [
                .owner(OwnerTerms(id: owner, tenant: tenant, name: "Name <of> \(owner)")),
                .contract(contract),
                .vehicle(
                    VehicleTerms(
                        id: VehicleID("\(tenant)-\(owner)-car"), owner: owner,
                        contract: contract.id, tenant: tenant, tokens: [],
                        capacity: Energy(wattHours: 60_000), maxCharge: Power(watts: 22_000),
                        maxDischarge: Power(watts: 22_000),
                        reserve: StateOfCharge(basisPoints: 2_000), efficiency: 9_500,
                        dischargeConsentAt: nil)),
            ]
        }
    }

    static func contract(_ tenant: TenantID, _ owner: OwnerID) -> ContractTerms {
        ContractTerms(
            id: ContractID("\(tenant)-\(owner)-contract"), owner: owner, tenant: tenant,
            currency: .eur, ownerShare: 8_000, wearPerKilowattHour: 40_000)
    }

    /// A block of tenant `t` this morning; both owners' cars took part.
    static func block() -> BlockResult {
        let start = Self.noon - .hours(2)
        let award = Award(
            id: "a1", bid: "b1", resource: "R", product: "DEMO-FR",
            block: MarketInterval(start: start, end: start + .minutes(5)), direction: .up,
            quantity: Power(watts: 1_000_000),
            pricePerMegawattHour: Money(microUnits: 45_000_000, currency: .eur),
            energyPricePerMegawattHour: Money(microUnits: 120_000_000, currency: .eur))
        return Settlement(
            award: award, tenant: "t", region: "demo", settledAt: start + .minutes(6),
            requested: Energy(wattHours: 20_408), delivered: Energy(wattHours: 20_000),
            overDelivered: .zero, performance: 9_800,
            vehicles: (["o1", "o2"] as [OwnerID]).enumerated().map { index, owner in
                VehicleDelivery(
                    vehicle: VehicleID("t-\(owner)-car"), contract: Self.contract("t", owner),
                    headroomHeld: Energy(wattHours: 60_000 - index * 40_000),
                    delivered: Energy(wattHours: 10_000), discharged: Energy(wattHours: 10_000))
            }
        ).result()
    }

    static func snapshot(stops: [StopOrder] = []) -> EngineSnapshot {
        func vehicle(_ id: VehicleID, _ owner: OwnerID, ready: Bool) -> EngineSnapshot.Vehicle {
            .init(
                id: id, owner: owner, station: StationID("at-\(id)"), plugged: true,
                stateOfCharge: StateOfCharge(basisPoints: 7_350), power: Power(watts: -11_000),
                departure: Self.noon + .hours(5), departureSource: .schedule, ready: ready,
                reason: ready ? "" : "departs too soon")
        }
        return EngineSnapshot(
            at: Self.noon, epoch: Epoch(1), zone: "z", frequencyMilliHertz: 49_871,
            resources: [
                .init(
                    id: "R", requested: Power(watts: 400_000), delivered: Power(watts: 395_000),
                    baseline: Power(watts: 50_000), metered: Power(watts: -345_000),
                    headroomUp: Power(watts: 900_000), headroomDown: Power(watts: 300_000),
                    heldUp: Power(watts: 800_000), heldDown: .zero,
                    awardedUp: Power(watts: 1_000_000), awardedDown: .zero, planVersion: 3)
            ],
            vehicles: [
                vehicle("t-o1-car", "o1", ready: true), vehicle("t-o2-car", "o2", ready: false),
                vehicle("u-o1-car", "o1", ready: true),
            ], workersConnected: 2, discharging: 3, bids: [], awards: [Self.block().award],
            results: [Self.block()],
            history: (0..<30).map {
                HistoryPoint(
                    second: Self.noon.seconds - 30 + $0, milliHertz: 49_900, requestedWatts: 1,
                    deliveredWatts: 1)
            },
            suspects: [
                .init(station: "lazy", trust: 4_000),
                .init(
                    station: "deaf<1>", trust: 0, since: Self.noon - .hours(3), lastFollowed: Self.noon - .hours(5),
                    retryAt: Self.noon + .minutes(20), reason: "accepts and ignores: nothing of it is sold"),
            ], stops: stops, promisesBroken: 0,
            energyConserved: true, ledgerBalanced: true, currency: .eur)
    }

    /// Opens a session without the log-in page; returns its cookie and csrf.
    func session(
        _ role: Role, tenant: String = "t", owner: String? = nil
    ) -> (cookie: HTTPFields, csrf: String) {
        let now = self.now.withLock { $0 }
        let token = self.routes.sessions.open(
            name: "some \(role.rawValue)", role: role, tenant: tenant, owner: owner, at: now)
        let csrf = self.routes.sessions.user(token: token, at: now)?.csrf ?? ""
        return ([.cookie: "\(SessionMiddleware.cookie)=\(token)"], csrf)
    }

    /// Runs `body` with requests that go straight to the router.
    func visit(
        secure: Bool = false, _ body: @Sendable (Visitor) async throws -> Void
    ) async throws {
        let router = Router(context: PortalContext.self)
        self.routes.add(to: router, secure: secure)
        try await Application(router: router, logger: Self.quiet).test(.router) {
            try await body(Visitor(client: $0))
        }
        await self.close()
    }

    func close() async {
        await self.store.database.close()
        try? FileManager.default.removeItem(at: self.folder)
    }
}

/// Sends requests and reads answers as text.
struct Visitor: Sendable {
    struct Answer: Sendable {
        var status: Int
        var text: String
        var headers: HTTPFields
        var location: String? { self.headers[.location] }
    }
    let client: any TestClientProtocol

    func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        try await self.send(path, .get, headers, nil)
    }

    func post(
        _ path: String, _ body: String, _ headers: HTTPFields = [:],
        type: String = "application/x-www-form-urlencoded"
    ) async throws -> Answer {
        var headers = headers
        headers[.contentType] = type
        return try await self.send(path, .post, headers, ByteBuffer(string: body))
    }

    private func send(
        _ path: String, _ method: HTTPRequest.Method, _ headers: HTTPFields, _ body: ByteBuffer?
    ) async throws -> Answer {
        try await self.client.execute(uri: path, method: method, headers: headers, body: body) {
            Answer(status: $0.status.code, text: String(buffer: $0.body), headers: $0.headers)
        }
    }
}
