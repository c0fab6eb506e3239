import Domain
import Logging
import NIOCore
import NIOEmbedded
import OCPP
import Runtime
import Synchronization
import Testing

@testable import Worker

/// The moment between two connections of one station, which no socket can be made to hit: one loop has given the
/// seat away, the other has not heard of it.
@Suite struct TransportSeatTests {
    private final class Ears: StationObserver {
        let answers = Mutex<[OrderAnswer]>([])
        func station(_ station: StationID, said facts: [StationFact], at: Instant, acknowledge: Acknowledge?) {
            acknowledge?()
        }
        func answered(_ answer: OrderAnswer) { self.answers.withLock { $0.append(answer) } }
    }

    /// Every text that the server has written so far.
    private static func texts(_ channel: EmbeddedChannel) throws -> [String] {
        var texts: [String] = []
        while let frame = try channel.readOutbound(as: ByteBuffer.self) {
            let bytes = Array(frame.readableBytesView)
            let start = bytes[1] < 126 ? 2 : 4
            if bytes[0] & 0x0F == 1 { texts.append(String(decoding: bytes[start...], as: UTF8.self)) }
        }
        return texts
    }

    private static func say(_ text: String, to channel: EmbeddedChannel) throws {
        try channel.writeInbound(ByteBuffer(bytes: ServerClient.frame(Array(text.utf8))))
    }

    @Test(arguments: [false, true]) func anAnswerThatComesTooLateIsNone(isReplaced: Bool) throws {
        let ears = Ears()
        let shared = try ServerShared(
            configuration: OCPPServerConfiguration(), secrets: .open,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }), observer: ears,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let old = EmbeddedChannel()
        try old.pipeline.syncOperations.addHandler(
            StationHandler(StationPipeline.Arrival(station: "CP1", version: .v21), shared: shared))
        try Self.say(
            #"[2,"t","TransactionEvent",{"eventType":"Started","timestamp":"2026-11-23T20:00:00Z","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":"T1"},"evse":{"id":1}}]"#,
            to: old)
        let seat = try #require(shared.directory.seat(of: "CP1"))
        seat.handler.value.order(
            StationOrder(
                station: "CP1", evse: 1, command: .setpoint(Power(watts: 5_000), validFor: .seconds(60)), trace: .none),
            at: WallClock.now())
        seat.handler.value.flush()
        let new = EmbeddedChannel()
        // Embedded loops run when they are told to: the old one does not know yet that it is replaced.
        var arrival = StationPipeline.Arrival(station: "CP1", version: .v21)
        arrival.old = seat
        if isReplaced {
            try new.pipeline.syncOperations.addHandler(StationHandler(arrival, shared: shared))
            #expect(!seat.mark.isCurrent)
        }
        for _ in 0..<6 where ears.answers.withLock({ $0.isEmpty }) {
            for call in try Self.texts(old) where call.hasPrefix("[2,") {
                try Self.say("[3,\"\(call.split(separator: "\"")[1])\",{\"status\":\"Accepted\"}]", to: old)
            }
        }
        let answers = ears.answers.withLock { $0 }
        #expect(answers.map(\.outcome) == [isReplaced ? .notConnected : .accepted])
        old.embeddedEventLoop.run()
        #expect(shared.directory.count == 1)
        _ = try? old.finish(acceptAlreadyClosed: true)
        _ = try? new.finish(acceptAlreadyClosed: true)
        #expect(ears.answers.withLock { $0.count } == 1, "once per order")
    }

    /// A station that does not take what we say is not listened to until it does.
    @Test func backPressure() throws {
        let shared = try ServerShared(
            configuration: OCPPServerConfiguration(), secrets: .open,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }), observer: Ears(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(
            StationHandler(StationPipeline.Arrival(station: "CP1", version: .v21), shared: shared))
        for isWritable in [false, true] {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
            let last = channel.options.last { $0.option is ChannelOptions.Types.AutoReadOption }
            #expect(last?.value as? Bool == isWritable)
        }
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    /// Once the server goes nobody sits down.
    @Test func nobodySitsDownAtTheEnd() throws {
        let shared = try ServerShared(
            configuration: OCPPServerConfiguration(), secrets: .open,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }), observer: Ears(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(shared.directory.close().isEmpty)
        let late = EmbeddedChannel()
        try late.pipeline.syncOperations.addHandler(
            StationHandler(StationPipeline.Arrival(station: "CP1", version: .v21), shared: shared))
        #expect(shared.directory.count == 0)
        let frame = try late.readOutbound(as: ByteBuffer.self)
        #expect(frame?.getInteger(at: 0, as: UInt8.self) == 0x88)
        _ = try? late.finish(acceptAlreadyClosed: true)
    }
}
