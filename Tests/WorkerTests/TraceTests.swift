import Domain
import Engine
import Foundation
import GridCodes
import Logging
import Runtime
import ServiceLifecycle
import Stations
import Synchronization
import TestSupport
import Testing
import Twin
import Worker
import ZeroMQ

@testable import Aggregator

/// Log lines as they were written.
private final class Lines: Sendable {
    struct Line: Sendable {
        var level: Logger.Level
        var message: String
        var facts: [String: String]
    }
    let all = Mutex([Line]())

    func logger(_ label: String) -> Logger {
        var logger = Logger(label: label) { _ in Handler(lines: self) }
        logger.logLevel = .info
        return logger
    }

    func find(_ message: String, _ trace: TraceID) -> [Line] {
        self.all.withLock { $0.filter { $0.message == message && $0.facts["trace.id"] == trace.hex } }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).mapValues { "\($0)" }
            self.lines.all.withLock { $0.append(Line(level: event.level, message: "\(event.message)", facts: facts)) }
        }
    }
}

/// Aggregator, worker and stations in one process, over their real sockets; a utility sends by hand.
private final class TracePlant: Sendable {
    static let cars = 8
    let folder: URL
    let lines = Lines()
    let uplink: FastSignalUplink
    let engine: EngineService
    let services: [any Service]
    private let sequence = Mutex<UInt64>(0)

    init() throws {
        let folder = try Program.temporaryFolder()
        self.folder = folder
        func path(_ name: String) -> String { folder.appending(path: name).path }
        func write(_ text: String, _ name: String) throws {
            try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        }
        let ports = Ports.free(5)
        let endpoints = ports.map { "tcp://127.0.0.1:\($0)" }
        let server = try KeyPair.generate()
        try server.write(to: path("aggregator.key"))
        var allowed = ""
        for name in ["w1", "utility"] {
            let pair = try KeyPair.generate()
            try pair.write(to: path("\(name).key"))
            allowed += "\(name) \(pair.publicKey)\n"
        }
        try write(allowed, "allowed")
        try write(Self.region, "region.yaml")
        try write("station_id,secret\n" + (1...Self.cars).map { "S\($0),secret-\($0)\n" }.joined(), "secrets.csv")

        let hub = Mutex<FleetHub?>(nil)
        let bought = Mutex<EngineService?>(nil)
        self.engine = EngineService(
            configuration: EngineConfiguration(
                tenant: "t", zone: "z", region: try StrictYAML.load(RegionPack.self, from: path("region.yaml")),
                epoch: Epoch(1),
                resources: [.init(id: "R", products: ["AGC", "FR"]), .init(id: "R2", products: ["AGC"])]),
            logger: self.lines.logger("aggregator"),
            sinks: .init(
                perform: { effects in
                    hub.withLock { $0 }?.perform(effects)
                    for case .bid(let bid, _) in effects.map(\.action) {
                        _ = bought.withLock { $0 }?.post([Self.award(bid)])
                    }
                }, journalled: { worker, sequence in hub.withLock { $0 }?.journalled(worker, sequence) })
        ) { _ in }
        bought.withLock { [engine] in $0 = engine }
        let made = try FleetHub(
            HubConfiguration(
                telemetry: endpoints[0], control: endpoints[1], signal: endpoints[2], fastSignal: endpoints[3],
                keyFile: path("aggregator.key"), allowFile: path("allowed")), epoch: Epoch(1),
            logger: self.lines.logger("hub")
        ) { [engine] in engine.post($0) }
        hub.withLock { $0 = made }
        var ocpp = WorkerConfiguration.OCPP(
            host: "127.0.0.1", port: ports[4], secretsFile: path("secrets.csv"), dialects: [], meterSeconds: 1)
        ocpp.commissioning = .off
        let worker = try WorkerService(
            WorkerConfiguration(
                worker: "w1", ocpp: ocpp,
                fleetLink: UplinkConfiguration(
                    telemetry: endpoints[0], control: endpoints[1], signal: endpoints[2], keyFile: path("w1.key"),
                    aggregatorKey: server.publicKey),
                regionFile: path("region.yaml"), data: path("worker"), frequencyFile: nil),
            logger: self.lines.logger("worker"))
        let stations = StationsService(
            options: try StationsOptions(
                endpoints: [try StationsEndpoint("ws://127.0.0.1:\(ports[4])/ocpp")],
                stations: (1...Self.cars).map(Self.station),
                secrets: try Secrets.read(try String(contentsOfFile: path("secrets.csv"), encoding: .utf8))),
            logger: self.lines.logger("stations"))
        self.services = [self.engine, made, worker, stations]
        self.uplink = try FastSignalUplink(
            endpoint: endpoints[3], name: "utility", keyFile: path("utility.key"), serverKey: server.publicKey)
        self.engine.post(Self.enrolment)
    }

    private static func award(_ bid: Bid) -> Event {
        .awarded(
            Award(
                id: AwardID("a-\(bid.id)"), bid: bid.id, resource: bid.call.resource, product: bid.call.product,
                block: bid.call.block,
                direction: bid.direction, quantity: min(bid.quantity, Power(watts: 20_000)),
                pricePerMegawattHour: .zero(.eur),
                energyPricePerMegawattHour: .zero(.eur)))
    }

    private static func station(_ number: Int) -> StationSpec {
        StationSpec(
            station: StationID("S\(number)"), version: .v21, site: "s", token: TokenID("T\(number)"),
            vehicle: VehicleID("v\(number)"), capacity: Energy(wattHours: 60_000),
            charge: StateOfCharge(basisPoints: 6_000),
            target: StateOfCharge(basisPoints: 6_500), departure: .afterStart(.seconds(18_000)),
            maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000), minimum: Power(watts: 1_380),
            step: Power(watts: 100), latency: .milliseconds(100), rampPerSecond: Power(watts: 30_000), v2x: .yes,
            misbehaviour: .none)
    }

    private static var enrolment: [Event] {
        let site = SiteTerms(
            id: "s", tenant: "t", region: "test", zone: "z", resource: "R", importLimit: Power(watts: 500_000),
            exportLimit: Power(watts: 500_000), staleLoad: .zero, defaultStay: .hours(6),
            defaultTarget: StateOfCharge(basisPoints: 6_500))
        let contract = ContractTerms(
            id: "c", owner: "o", tenant: "t", currency: .eur, ownerShare: 8_000, wearPerKilowattHour: 0)
        let cars = (1...Self.cars).flatMap { number -> [EnrolmentChange] in
            [
                .station(StationTerms(id: StationID("S\(number)"), site: "s")),
                .vehicle(
                    VehicleTerms(
                        id: VehicleID("v\(number)"), owner: "o", contract: "c", tenant: "t",
                        tokens: [TokenID("T\(number)")], capacity: Energy(wattHours: 60_000),
                        maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000),
                        reserve: StateOfCharge(basisPoints: 2_000), efficiency: 9_500, dischargeConsentAt: .distantPast)
                ),
            ]
        }
        let terms: [EnrolmentChange] = [
            .owner(OwnerTerms(id: "o", tenant: "t", name: "O")), .contract(contract), .site(site),
        ]
        return (terms + cars).map(Event.enrolled)
    }

    /// Calls for bids on both products, one after the other, for a block that begins soon; 20 kW of each are bought.
    func sell() async {
        let start = Instant(seconds: WallClock.now().seconds + 6)
        let block = MarketInterval(start: start, end: start + .seconds(600))
        for product: ProductID in ["AGC", "FR"] {
            self.engine.post([
                .bidCalled(
                    BidCall(
                        resource: "R", product: product, block: block, gateClosure: start - .seconds(2),
                        reference: "e-\(product)"))
            ])
            #expect(
                await self.waitUntil { self.engine.snapshot.awards.contains { $0.product == product } },
                "\(product) is sold")
        }
    }

    func send(_ product: ProductID, _ value: SignalValue, _ trace: TraceID, to resource: ResourceID = "R") {
        let number = self.sequence.withLock { number in
            number += 1
            return number
        }
        let now = WallClock.now()
        self.uplink.send([
            GridSignal(
                resource: resource, product: product, sequence: number, sentAt: now, validFrom: now,
                expiry: now + .seconds(60),
                value: value, trace: trace)
        ])
    }

    /// Says the same each second, with the same trace, until `condition` holds; false after 30 s.
    func say(
        _ product: ProductID, _ value: SignalValue, _ trace: TraceID, until condition: () -> Bool
    ) async -> Bool {
        for _ in 0..<30 {
            self.send(product, value, trace)
            if await self.waitUntil(seconds: 1, condition) { return true }
        }
        return false
    }

    func waitUntil(seconds: Int = 30, _ condition: () -> Bool) async -> Bool {
        for _ in 0..<(seconds * 50) {
            if condition() { return true }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return condition()
    }

    private static var region: String {
        func product(_ id: String, _ head: String, _ curve: String) -> String {
            """
              - { id: \(id), name: \(id), \(head), curve: \(curve), fullDeliveryMilliseconds: 8000, needsResidentCurve: false,
                  enduranceSeconds: 900, minimumBidWatts: 1000, bidStepWatts: 1000, blockSeconds: 600,
                  blockAnchor: 0, gateClosureSeconds: 2, confidence: 5000, sparePerMille: 100,
                  gainPerMille: 1000, slewPerMille: 0, holdSeconds: 10, score: deliveredShare, availabilityPrice: 1000000,
                  energyPrice: 1000000 }

            """
        }
        return """
            region: test
            validFrom: "2026-11-01"
            currency: EUR
            nominalMilliHertz: 50000
            holdLoadBelowMilliHertz: 49800
            holdLoadAboveMilliHertz: 50200
            plausibleMilliHertz: [45000, 55000]
            frequencyStaleMilliseconds: 1500
            fallbackSpreadSeconds: 30
            rampWattsPerSecond: 1000
            products:

            """ + product("AGC", "activation: signal, symmetry: up", "[]")
                + product(
                    "FR", "activation: localCurve, symmetry: up",
                    "[{ milliHertz: 49500, perMille: 1000 }, { milliHertz: 49985, perMille: 0 }]")
                + "sources:\n  - { figure: all, source: made for a test, certainty: own choice }\n"
    }
}

/// One trace from the utility's signal to the charger's answer (DESIGN section 4, logs).
@Suite(.serialized, .timeLimit(.minutes(2)), .ownThreads) struct TraceTests {
    private static let request = TraceID(high: 0xA, low: 0x1)
    private static let frequency = TraceID(high: 0xB, low: 0x2)

    @Test func aSignalsTraceIsFoundAtTheChargersAnswer() async throws {
        let plant = try TracePlant()
        defer { try? FileManager.default.removeItem(at: plant.folder) }
        let group = ServiceGroup(
            services: plant.services, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            await self.play(plant)
            plant.uplink.stop()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func play(_ plant: TracePlant) async {
        let lines = plant.lines
        #expect(
            await plant.waitUntil { plant.engine.snapshot.vehicles.count { $0.plugged } == TracePlant.cars },
            "the cars are plugged in")
        #expect(
            await plant.waitUntil {
                (plant.engine.snapshot.resources.first?.headroomUp ?? .zero) > Power(watts: 60_000)
            })
        await plant.sell()
        #expect(
            await plant.waitUntil {
                (plant.engine.snapshot.resources.first?.awardedUp ?? .zero) >= Power(watts: 40_000)
            },
            "both products are sold: \(plant.engine.snapshot.resources)")

        // The worker hears of two resources; each has a trace of its own.
        plant.send("AGC", .frequency(milliHertz: 50_000), TraceID(high: 0xD, low: 1), to: "R2")
        // A machine that is slow may hold no car fit to move when the first one comes: the operator says it again.
        let isAnswered = await plant.say("AGC", .request(watts: 15_000), Self.request) {
            !lines.find("a charger answered", Self.request).isEmpty
        }
        #expect(isAnswered, "\(lines.all.withLock { $0.suffix(40) })")
        self.expectChain(lines, Self.request)
        let answer = lines.find("a charger answered", Self.request).first
        let isSound =
            answer?.facts["station.id"]?.hasPrefix("S") == true && Int(answer?.facts["latency.us"] ?? "") ?? 0 > 0
        #expect(isSound, "\(answer?.facts ?? [:])")
        #expect(lines.find("a request was broadcast", Self.request).first?.facts["resource"] == "R")

        // The same request ten times a second, each time with a trace of its own: not a line more.
        for number in 1...20 {
            plant.send("AGC", .request(watts: 15_000), TraceID(high: 0xC, low: UInt64(number)))
            try? await Task.sleep(for: .milliseconds(100))
        }
        let repeated = lines.all.withLock { $0.count { $0.facts["trace.id"]?.hasPrefix("000000000000000c") == true } }
        #expect(repeated == 0)

        #expect(
            await plant.say("FR", .frequency(milliHertz: 49_850), Self.frequency) {
                !lines.find("a charger answered", Self.frequency).isEmpty
            })
        self.expectChain(lines, Self.frequency)
    }

    private func expectChain(_ lines: Lines, _ trace: TraceID) {
        for message in ["a signal was heard", "set-points are sent", "a charger answered"] {
            #expect(lines.find(message, trace).count == 1, "\(message): once, though many stations moved")
        }
    }
}
