import Domain
import Logging
import NIOCore
import NIOEmbedded
import OCPP
import Runtime
import Testing

@testable import Worker

/// Who is looked at when, where a loop has many stations.
@Suite struct TransportTickTests {
    private final class Deaf: StationObserver {
        func station(_ station: StationID, said facts: [StationFact], at: Instant, acknowledge: Acknowledge?) {}
        func answered(_ answer: OrderAnswer) {}
    }

    /// So many stations that have said nothing for long enough to be pinged.
    private static func silent(_ count: Int) throws -> [(channel: EmbeddedChannel, handler: StationHandler)] {
        let shared = try ServerShared(
            configuration: OCPPServerConfiguration(), secrets: .open,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }), observer: Deaf(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try (0..<count).map { number in
            let arrival = StationPipeline.Arrival(station: StationID("CP\(number)"), version: .v21)
            let (channel, handler) = (EmbeddedChannel(), StationHandler(arrival, shared: shared))
            try channel.pipeline.syncOperations.addHandler(handler)
            return (channel, handler)
        }
    }

    private static func isPinged(_ channel: EmbeddedChannel) throws -> Bool {
        var isPinged = false
        while let frame = try channel.readOutbound(as: ByteBuffer.self) {
            if frame.getInteger(at: 0, as: UInt8.self) == 0x89 { isPinged = true }
        }
        return isPinged
    }

    /// A tick looks at five hundred of them; three reach all twelve hundred, each once.
    @Test func eachHasItsTurn() throws {
        let stations = try Self.silent(1_200)
        let registry = LoopRegistries.Registry()
        for (_, handler) in stations { registry.add(handler) }
        let later = WallClock.now() + .seconds(40)
        var pinged = Set<Int>()
        for expected in [500, 1_000, 1_200] {
            registry.tick(at: later)
            for (index, station) in stations.enumerated() where try Self.isPinged(station.channel) {
                #expect(pinged.insert(index).inserted, "\(index) is pinged once")
            }
            #expect(pinged.count == expected)
        }
        for (channel, _) in stations { _ = try? channel.finish(acceptAlreadyClosed: true) }
    }

    /// Who leaves takes nobody's turn away.
    @Test func whoLeavesIsForgotten() throws {
        let stations = try Self.silent(5)
        let registry = LoopRegistries.Registry()
        registry.tick(at: WallClock.now())
        for (_, handler) in stations { registry.add(handler) }
        for index in [1, 4, 1] { registry.remove(stations[index].handler) }
        registry.tick(at: WallClock.now() + .seconds(40))
        #expect(try stations.map { try Self.isPinged($0.channel) } == [true, false, true, true, false])
        for (channel, _) in stations { _ = try? channel.finish(acceptAlreadyClosed: true) }
    }

    /// Every length of payload around the words in which it is unmasked, with a key whose bytes differ.
    @Test func payloadsAreUnmasked() throws {
        for count in 0...41 {
            let text = (0..<count).map { UInt8(97 + $0 % 26) }
            let key: [UInt8] = [0x01, 0x7F, 0xA0, 0xFE]
            var reader = FrameReader(allowsCompression: false)
            let masked = text.enumerated().map { $1 ^ key[$0 % 4] }
            // A frame before it, so that payloads begin at any alignment.
            var bytes = ByteBuffer(bytes: [0x8A, 0x81] + key + [UInt8(ascii: "p") ^ key[0]])
            bytes.writeBytes([0x81, 0x80 | UInt8(count)] + key + masked)
            reader.append(bytes)
            guard case .piece = reader.next(), case .piece(let piece) = reader.next() else {
                Issue.record("\(count) bytes are a frame")
                continue
            }
            #expect(piece.bytes == text)
            #expect(reader.heldBytes == 0)
        }
    }
}
