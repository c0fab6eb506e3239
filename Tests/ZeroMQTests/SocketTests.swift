import Foundation
import Synchronization
import Testing
import ZeroMQ

/// Collects what comes in; waits for a condition with a deadline.
final class Collector: SocketOwner, Sendable {
    private let messages = Mutex<[Incoming]>([])
    private let answer: Bool

    init(answer: Bool = false) { self.answer = answer }

    func received(_ messages: [Incoming], on group: SocketThread) {
        self.messages.withLock { $0 += messages }
        guard self.answer else { return }
        for message in messages where message.socket == 0 { group.send(message.frames, on: 0) }
    }

    func ticked(on group: SocketThread) {}

    var all: [Incoming] { self.messages.withLock { $0 } }

    func wait(for count: Int, seconds: Double = 5) -> [Incoming] {
        let deadline = Date().addingTimeInterval(seconds)
        while self.all.count < count, Date() < deadline { usleep(5_000) }
        return self.all
    }
}

@Suite(.serialized) struct SocketTests {
    private let server = try? KeyPair.generate()
    private let client = try? KeyPair.generate()

    /// A router that answers, and a dealer with the given keys; returns what each got.
    private func exchange(endpoint: String, allowed: Bool, rightServer: Bool = true) throws -> (
        router: [Incoming], dealer: [Incoming]
    ) {
        let server = try #require(self.server)
        let client = try #require(self.client)
        let allow = AllowList(names: allowed ? [client.publicKey: "worker-1"] : [:])
        let router = Collector(answer: true)
        let there = try SocketGroup(
            context: Context(allow: allow),
            sockets: [SocketSpec(kind: .router, side: .bind, endpoint: endpoint, security: .server(server))], tick: 20,
            owner: router)
        let dealer = Collector()
        let key = rightServer ? server.publicKey : try KeyPair.generate().publicKey
        let here = try SocketGroup(
            context: Context(),
            sockets: [
                SocketSpec(
                    kind: .dealer(identity: "worker-1"), side: .connect, endpoint: endpoint,
                    security: .client(client, server: key))
            ], tick: 20, owner: dealer)
        #expect(here.perform { $0.send([Array("hello".utf8)], on: 0) })
        let got = dealer.wait(for: 1, seconds: allowed && rightServer ? 5 : 0.7)
        here.stop()
        there.stop()
        return (router.all, got)
    }

    @Test func aKeyOnTheListGetsInAndItsNameComesWithEachMessage() throws {
        let (router, dealer) = try self.exchange(endpoint: "tcp://127.0.0.1:27551", allowed: true)
        #expect(router.count == 1 && router.first?.userID == "worker-1")
        #expect(router.first?.frames == [Array("worker-1".utf8), Array("hello".utf8)])
        #expect(dealer.first?.frames == [Array("hello".utf8)])
    }

    @Test func aStrangersKeyAndAWrongServerKeyGetNothing() throws {
        let stranger = try self.exchange(endpoint: "tcp://127.0.0.1:27552", allowed: false)
        #expect(stranger.router.isEmpty && stranger.dealer.isEmpty)
        let wrong = try self.exchange(endpoint: "tcp://127.0.0.1:27553", allowed: true, rightServer: false)
        #expect(wrong.router.isEmpty && wrong.dealer.isEmpty)
    }

    @Test func oversizedMessagesAreDroppedAndOthersGoOn() throws {
        let server = try #require(self.server)
        let client = try #require(self.client)
        let subscriber = Collector()
        let there = try SocketGroup(
            context: Context(allow: AllowList(names: [client.publicKey: "w"])),
            sockets: [
                SocketSpec(kind: .subscribe, side: .bind, endpoint: "tcp://127.0.0.1:27554", security: .server(server))
            ],
            tick: 20, owner: subscriber)
        let here = try SocketGroup(
            context: Context(),
            sockets: [
                SocketSpec(
                    kind: .publish, side: .connect, endpoint: "tcp://127.0.0.1:27554",
                    security: .client(client, server: server.publicKey))
            ], tick: 20, owner: Collector())
        for _ in 0..<200 where subscriber.all.isEmpty {
            here.perform { $0.send([[1]], on: 0) }
            usleep(20_000)
        }
        #expect(!subscriber.all.isEmpty)
        here.perform { $0.send([[UInt8](repeating: 2, count: 5 << 20)], on: 0) }
        let before = subscriber.all.count
        for _ in 0..<200 where subscriber.all.count < before + 5 {
            here.perform { $0.send([[3]], on: 0) }
            usleep(20_000)
        }
        #expect(!subscriber.all.contains { $0.frames[0].first == 2 })
        #expect(subscriber.all.contains { $0.frames[0] == [3] })
        here.stop()
        there.stop()
    }

    @Test func badConfigurationIsOneLineThatNamesWhatToDo() throws {
        let server = try #require(self.server)
        func message(_ spec: SocketSpec) throws -> String {
            do {
                try SocketGroup(context: Context(), sockets: [spec], tick: 20, owner: Collector()).stop()
                return ""
            } catch let error as ZeroMQError {
                return error.message
            }
        }
        let open = SocketSpec(kind: .router, side: .bind, endpoint: "tcp://127.0.0.1:27555", security: .none)
        #expect(try message(open).contains("give a key file"))
        let secure = SocketSpec(
            kind: .router, side: .bind, endpoint: "tcp://127.0.0.1:27556", security: .server(server))
        let first = try SocketGroup(context: Context(), sockets: [secure], tick: 20, owner: Collector())
        #expect(try message(secure).contains("the port is in use"))
        first.stop()
        #expect(
            try message(
                SocketSpec(kind: .router, side: .bind, endpoint: "ipc:///tmp/headroom-test.sock", security: .none))
                == "")
    }

    @Test func keysSurviveTheirFilesAndNeverPrint() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let pair = try #require(self.client)
        let path = folder.appending(path: "w.key").path
        try pair.write(to: path)
        #expect(try KeyPair.read(from: path) == pair)
        #expect(!"\(pair)".contains(pair.secretKey))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let list = folder.appending(path: "allowed").path
        try "# workers\nworker-1 \(pair.publicKey)\n".write(toFile: list, atomically: true, encoding: .utf8)
        #expect(try AllowList.read(from: list).names == [pair.publicKey: "worker-1"])
        #expect(throws: ZeroMQError.self) { try KeyPair.read(from: list) }
        #expect(throws: ZeroMQError.self) { try KeyPair.read(from: "/nowhere") }
    }
}
