import Domain
import Logging
import NIOCore
import NIOPosix
import OCPP
import Synchronization
import Worker

/// Our server as the worker runs it, for as long as a round takes: open to anyone on loopback, meters every 30 s.
final class StationServer {
    let ears = SignalEars()
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    private let server: OCPPServer
    private let task: Task<Void, any Error>
    private let ended = SharedFlag()

    init(_ certificate: BenchCertificate? = nil, port: Int = 0) throws {
        var options = OCPPServerConfiguration(host: "127.0.0.1", port: port)
        options.certificate = certificate?.chain
        options.privateKey = certificate?.key
        options.meterIntervalSeconds = 30
        options.messagesPerSecond = 100_000
        options.pingInterval = .minutes(10)
        let server = try OCPPServer(
            configuration: options, secrets: .open,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }),
            observer: self.ears, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }, group: self.group)
        self.server = server
        let ended = self.ended
        self.task = Task {
            defer { ended.set() }
            try await server.run()
        }
        try waitFor("the server") { server.port != nil }
    }

    var port: Int { self.server.port ?? 0 }
    var connectionCount: Int { self.server.connectionCount }

    /// A set-point to these stations; `written` runs on each loop when its frames are handed to the kernel.
    func signal(_ stations: [StationID], watts: Int, written: (@Sendable () -> Void)? = nil) {
        self.server.command(
            stations.map {
                StationOrder(
                    station: $0, evse: 1, command: .setpoint(Power(watts: watts), validFor: .seconds(60)), trace: .none)
            })
        guard let written else { return }
        for loop in self.group.makeIterator() { loop.execute(written) }
    }

    /// Says goodbye to all and ends.
    func stop() throws {
        self.task.cancel()
        try waitFor("the end of the server") { self.ended.isSet }
        try self.group.syncShutdownGracefully()
    }
}

private final class SharedFlag: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { self.flag.load(ordering: .acquiring) }
    func set() { self.flag.store(true, ordering: .releasing) }
}

/// Notes who is plugged in and takes set-points, and counts answers and reports.
final class SignalEars: StationObserver {
    struct Answers {
        var accepted = 0
        var others = 0
        var last = ContinuousClock.now
        var count: Int { self.accepted + self.others }
    }
    private struct State {
        /// Two bits a station: plugged in, can be given set-points.
        var stations: [StationID: UInt8] = [:]
        var ready = 0
        var answers = Answers()
        var reports = 0

        mutating func set(_ bit: UInt8, _ station: StationID) {
            let before = self.stations[station] ?? 0
            self.stations[station] = before | bit
            if before != 3, before | bit == 3 { self.ready += 1 }
        }
    }
    private let state = Mutex(State())

    func station(_ station: StationID, said facts: [StationFact], at: Instant, acknowledge: Acknowledge?) {
        acknowledge?()
        self.state.withLock { state in
            for fact in facts {
                switch fact {
                case .plugged: state.set(1, station)
                case .capability(_, let capability) where capability.capability == .setpoint: state.set(2, station)
                case .disconnected:
                    if state.stations[station] == 3 { state.ready -= 1 }
                    state.stations[station] = nil
                case .meter: state.reports += 1
                default: break
                }
            }
        }
    }

    func answered(_ answer: OrderAnswer) {
        self.state.withLock { state in
            if answer.outcome == .accepted { state.answers.accepted += 1 } else { state.answers.others += 1 }
            state.answers.last = .now
        }
    }

    var readyCount: Int { self.state.withLock { $0.ready } }
    var ready: [StationID] { self.state.withLock { $0.stations.filter { $0.value == 3 }.map(\.key) } }
    var answers: Answers { self.state.withLock { $0.answers } }
    var reports: Int { self.state.withLock { $0.reports } }
    func clear() { self.state.withLock { $0.answers = Answers() } }
}
