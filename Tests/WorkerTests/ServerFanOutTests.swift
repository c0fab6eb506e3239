import Domain
import Logging
import NIOCore
import NIOPosix
import OCPP
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// A 2.1 station that says yes to everything, as bytes on a socket.
private final class YesStation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let name: String
    private var bytes: [UInt8] = []
    private var isUpgraded = false

    init(name: String) { self.name = name }

    func channelActive(context: ChannelHandlerContext) {
        let head =
            "GET /ocpp/\(self.name) HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Protocol: ocpp2.1\r\n\r\n"
        context.writeAndFlush(NIOAny(ByteBuffer(string: head)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.bytes += self.unwrapInboundIn(data).readableBytesView
        if !self.isUpgraded {
            guard let end = Self.end(of: self.bytes) else { return }
            self.bytes.removeFirst(end)
            self.isUpgraded = true
            self.say(
                #"[2,"b","BootNotification",{"reason":"PowerUp","chargingStation":{"vendorName":"V","model":"M"}}]"#,
                context)
            self.say(
                #"[2,"t","TransactionEvent",{"eventType":"Started","timestamp":"2026-11-23T20:00:00Z","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":"T1"},"evse":{"id":1},"idToken":{"idToken":"CAR","type":"eMAID"}}]"#,
                context)
        }
        while let text = self.takeText() { self.answer(text, context) }
        context.flush()
    }

    private static func end(of bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4) where bytes[index..<index + 4] == [13, 10, 13, 10] {
            return index + 4
        }
        return nil
    }

    private func takeText() -> String? {
        guard self.bytes.count >= 2 else { return nil }
        var length = Int(self.bytes[1] & 0x7F)
        var start = 2
        if length == 126 {
            guard self.bytes.count >= 4 else { return nil }
            length = Int(self.bytes[2]) << 8 | Int(self.bytes[3])
            start = 4
        }
        guard self.bytes.count >= start + length else { return nil }
        let text = String(decoding: self.bytes[start..<start + length], as: UTF8.self)
        self.bytes.removeFirst(start + length)
        return text
    }

    private func answer(_ text: String, _ context: ChannelHandlerContext) {
        let parts = text.split(separator: "\"", maxSplits: 4)
        guard text.hasPrefix("[2,"), parts.count > 3 else { return }
        if parts[3] == "GetVariables" {
            self.say(
                "[3,\"\(parts[1])\",{\"getVariableResult\":[{\"attributeStatus\":\"Accepted\",\"attributeValue\":\"ChargingOnly,CentralSetpoint\",\"component\":{\"name\":\"V2XChargingCtrlr\",\"evse\":{\"id\":1}},\"variable\":{\"name\":\"SupportedOperationModes\"}}]}]",
                context)
        } else {
            self.say("[3,\"\(parts[1])\",{\"status\":\"Accepted\"}]", context)
        }
    }

    private func say(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(
            NIOAny(ByteBuffer(bytes: ServerClient.frame(Array(text.utf8)))), promise: nil)
    }
}

private final class Counter: StationObserver {
    struct State {
        var ready = 0
        var accepted: [Int] = []
        var others: [OrderAnswer] = []
    }
    let state = Mutex(State())

    func station(
        _ station: StationID, said facts: [StationFact], at: Instant, acknowledge: Acknowledge?
    ) {
        let ready = facts.count { fact in
            if case .capability(_, let capability) = fact {
                capability.capability == .setpoint
            } else {
                false
            }
        }
        self.state.withLock { $0.ready += ready }
        acknowledge?()
    }

    func answered(_ answer: OrderAnswer) {
        self.state.withLock { state in
            if answer.outcome == .accepted {
                state.accepted.append(answer.latency.microseconds)
            } else {
                state.others.append(answer)
            }
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(2)), .ownThreads) struct ServerFanOutTests {
    private static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private static let count = 300

    /// Each order to each of many live stations is answered exactly once, over several rounds.
    @Test func everyStationAnswersEveryOrder() async throws {
        let counter = Counter()
        let server = try OCPPServer(
            configuration: OCPPServerConfiguration(port: 0), secrets: .open,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }),
            observer: counter, logger: Self.quiet)
        let group = ServiceGroup(services: [server], logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await self.until { server.port != nil }
            let port = try #require(server.port)
            for index in 0..<Self.count { try await self.dial("S\(index)", port: port) }
            try await self.until { counter.state.withLock { $0.ready } >= Self.count }
            for round in 1...5 {
                server.command(
                    (0..<Self.count).map { index in
                        StationOrder(
                            station: StationID("S\(index)"), evse: 1,
                            command: .setpoint(
                                Power(watts: -1_000 * round), validFor: .seconds(60)),
                            trace: .none)
                    })
                let wanted = round * Self.count
                try await self.until {
                    counter.state.withLock { $0.accepted.count + $0.others.count } >= wanted
                }
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        let (accepted, others) = counter.state.withLock { ($0.accepted, $0.others) }
        #expect(accepted.count == 5 * Self.count)
        #expect(others.isEmpty, "\(others.first.map { "\($0.outcome)" } ?? "")")
        #expect(server.connectionCount == 0, "goodbye is said to all")
        let last = accepted.suffix(Self.count).sorted()
        print("fan-out to \(Self.count): p99 \(last[Self.count * 99 / 100]) us in this build")
    }

    private func until(_ isTrue: () -> Bool) async throws {
        for _ in 0..<4_000 where !isTrue() { try await Task.sleep(for: .milliseconds(5)) }
    }

    private func dial(_ name: String, port: Int) async throws {
        _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(YesStation(name: name))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }
}
