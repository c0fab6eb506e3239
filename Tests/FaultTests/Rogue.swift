import Domain
import FleetLink
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import ZeroMQ

/// Somebody at the aggregator's sockets who says what he likes, under a key that he has.
final class Rogue: Sendable {
    private let group: SocketGroup
    private let owner = Owner()

    @safe private final class Owner: SocketOwner, Sendable {
        let heard = Mutex<[ControlMessage]>([])

        func received(_ messages: [Incoming], on group: SocketThread) {
            let said = messages.compactMap { try? ControlMessage(decoding: $0.frames.first ?? []) }
            self.heard.withLock { $0.append(contentsOf: said.prefix(1_000)) }
        }

        func ticked(on group: SocketThread) {}
    }

    init(_ plant: SmallPlant, key: String) throws {
        let server = try KeyPair.read(from: plant.path("aggregator.key")).publicKey
        let keys = try KeyPair.read(from: plant.path(key))
        self.group = try SocketGroup(
            context: Context(),
            sockets: [(SocketSpec.Kind.publish, 2), (.dealer(identity: nil), 3)].map { kind, port in
                SocketSpec(
                    kind: kind, side: .connect, endpoint: "tcp://127.0.0.1:\(plant.ports[port])",
                    security: .client(keys, server: server))
            }, tick: 50, owner: self.owner)
    }

    /// What the aggregator answered.
    var heard: [ControlMessage] { self.owner.heard.withLock { $0 } }

    func publish(_ frames: [[UInt8]]) {
        self.group.perform { thread in for frame in frames { thread.send([frame], on: 0) } }
    }

    func say(_ messages: [[UInt8]]) {
        self.group.perform { thread in for message in messages { thread.send([message], on: 1) } }
    }

    /// Says hello under a name and waits for the answer.
    func hello(as worker: WorkerID, life: UInt64) async throws -> Bool {
        self.say([
            ControlMessage.hello(
                worker: worker, incarnation: Incarnation(life), versions: ControlMessage.versions, clock: Self.now
            ).encoded()
        ])
        return try await Program.wait(within: 3) {
            self.heard.contains { if case .welcome = $0 { true } else { false } } ? true : nil
        } ?? false
    }

    static var now: Instant { Instant(microseconds: Int(Date().timeIntervalSince1970 * 1e6)) }

    /// A telemetry frame of `count` points, each with a full car that draws 22 kW.
    static func frame(_ worker: WorkerID, life: UInt64, sequence: UInt64, count: Int = 64) -> [UInt8] {
        var records: [UInt8] = []
        for slot in 0..<UInt32(count) {
            for word in [slot, 0b1111, 22_000, 22_000, 22_000, 60_000, 0, 0] as [UInt32] {
                records += unsafe withUnsafeBytes(of: word.littleEndian) { unsafe Array($0) }
            }
            for half in [9_000, 0, 2_000, 0] as [UInt16] {
                records += unsafe withUnsafeBytes(of: half.littleEndian) { unsafe Array($0) }
            }
        }
        return TelemetryFrame(
            worker: worker, incarnation: Incarnation(life), sequence: sequence, epoch: Epoch(1), sentAt: Self.now,
            trace: .none, stride: 40, count: count, records: records
        ).encoded()
    }

    func leave() {
        self.say([ControlMessage.fin.encoded()])
        self.group.stop()
    }
}

/// Bare connections to a port: to hold, or to pour bytes into.
enum Strangers {
    static func connect(_ count: Int, port: Int) async throws -> [any Channel] {
        var channels: [any Channel] = []
        for _ in 0..<count {
            let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
            if let channel { channels.append(channel) }
        }
        return channels
    }

    /// ZMTP's greeting of the NULL mechanism, then a frame that says it has 2 GiB, and its first mebibytes.
    static func pour(_ channel: any Channel, mebibytes: Int) async throws {
        var greeting: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 0] + Array("NULL".utf8)
        greeting += Array(repeating: 0, count: 64 - greeting.count)
        let head: [UInt8] = [2, 0, 0, 0, 0, 0x80, 0, 0, 0]
        let bytes = greeting + head
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
        let block = ByteBuffer(repeating: 0x41, count: 1 << 20)
        for _ in 0..<mebibytes { try await channel.writeAndFlush(block).get() }
    }
}
