import Domain
import Logging
import OpenADR
import Synchronization

@testable import Aggregator

/// Carries the VEN's requests to a VTN in the same process, and loses what it is told to lose.
final class BenchTransport: VENTransport {
    enum Fault {
        case none
        /// Nothing arrives.
        case lostRequest
        /// The VTN has done it, but its answer gets lost.
        case lostAnswer
        case status(Int)
    }
    let vtn: VTN
    let faults = Mutex<[(method: String, fault: Fault)]>([])
    let log = Mutex<[String]>([])

    init(_ vtn: VTN) { self.vtn = vtn }

    struct Lost: Error {}

    func fail(_ method: String, _ fault: Fault) {
        self.faults.withLock { $0.append((method, fault)) }
    }

    func send(_ exchange: VENExchange) async throws -> (status: Int, body: [UInt8]) {
        let base = "http://vtn.test/openadr3/3.1.0"
        let parts = exchange.url.dropFirst(base.count).split(separator: "?", maxSplits: 1).map(
            String.init)
        self.log.withLock { $0.append("\(exchange.method) \(parts[0])") }
        let fault: Fault = self.faults.withLock { faults in
            guard !exchange.url.contains("/auth/"),
                let index = faults.firstIndex(where: { $0.method == exchange.method })
            else { return .none }
            return faults.remove(at: index).fault
        }
        if case .lostRequest = fault { throw Lost() }
        if case .status(let status) = fault { return (status, Array("{}".utf8)) }
        let response = await self.vtn.respond(
            to: VTNRequest(
                method: exchange.method, path: parts[0], query: parts.count > 1 ? parts[1] : nil,
                authorization: exchange.headers["authorization"],
                contentType: exchange.headers["content-type"], accept: exchange.headers["accept"],
                origin: "http://vtn.test", body: exchange.body))
        if case .lostAnswer = fault { throw Lost() }
        return (response.status, response.body)
    }

    func shutdown() async throws {}
}

/// A utility's VTN and our VEN beside it, without a socket.
final class VENBench: Sendable {
    let vtn: VTNBench
    let transport: BenchTransport
    let ven: VENService
    let ears: Ears

    final class Ears: Sendable {
        let events = Mutex<[Domain.Event]>([])
        let isDeaf = Mutex(false)

        /// Takes events as the engine's inbox does: all, or none where it has no room.
        func hear(_ events: [Domain.Event]) -> Bool {
            if self.isDeaf.withLock({ $0 }) { return false }
            self.events.withLock { $0 += events }
            return true
        }
    }

    init(_ change: (inout VENConfiguration) -> Void = { _ in }) throws {
        self.vtn = try VTNBench()
        self.transport = BenchTransport(self.vtn.vtn)
        var configuration = VENConfiguration(
            vtnURL: "http://vtn.test/openadr3/3.1.0", clientID: "ven_client", clientSecret: "999",
            venName: "headroom",
            programs: [.init(program: "DEMO-FR", product: "DEMO-FR", resource: "demo-fleet")])
        change(&configuration)
        let ears = Ears()
        self.ears = ears
        self.ven = VENService(
            configuration, transport: self.transport,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            storage: { OpenADRSample.storage },
            sink: { ears.hear($0) })
    }

    /// What the sink heard since the last time.
    func taken() -> [Domain.Event] {
        self.ears.events.withLock { events in
            defer { events.removeAll() }
            return events
        }
    }

    func turn(_ seconds: Int = 0, telemetry: Bool = false) async -> [Domain.Event] {
        await self.ven.turn(now: OpenADRSample.origin + .seconds(seconds), telemetry: telemetry)
        return self.taken()
    }

    func program() async throws -> ObjectID {
        try await self.vtn.vtn.create(
            CapacityProgram(name: "DEMO-FR", product: "DEMO-FR", gateClosure: .seconds(30))
                .request(targets: [])
        ).id
    }

    func call(_ program: ObjectID) async throws -> ObjectID {
        try await self.vtn.vtn.create(
            CallMessage.request(
                program: program, product: "DEMO-FR", block: OpenADRSample.block, directions: [.up],
                currency: .eur, targets: [])
        ).id
    }

    func bid(_ call: ObjectID, state: BidState = .submitted) -> Bid {
        var bid = OpenADRSample.bid
        bid.call.reference = "\(call).0"
        bid.state = state
        return bid
    }

    private let counter = Mutex<UInt64>(0)

    func perform(_ action: Effect.Action) {
        let count = self.counter.withLock { counter in
            counter += 1
            return counter
        }
        self.ven.perform(Effect(id: .init(epoch: Epoch(1), counter: count), action: action))
    }

    /// The bid that the VTN holds first.
    var offer: BidMessage? {
        self.reports.first.flatMap { BidMessage($0, interval: 0, currency: .eur) }
    }

    var reports: [ReportRequest] {
        self.vtn.vtn.objects(.report).compactMap { try? $0.request(ReportRequest.self) }
    }
}
