import Domain
import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// How often one may come, who is named in the log, and who keeps the seat when two claim it.
@Suite(.serialized, .timeLimit(.minutes(2)), .ownThreads) struct TransportGateTests {
    private static let start = Instant(seconds: 1_800_000_000)

    /// A storm of ten thousand good stations behind one address passes at once; guesses do not for long.
    @Test func aStormOfGoodStationsPasses() {
        let limits = ConnectionLimits()
        func addresses() -> BucketTable {
            BucketTable(
                milliPerSecond: limits.connectionsPerAddressPerSecond * 1_000, burst: limits.connectionsPerAddress)
        }
        let storm = addresses()
        for index in 0..<10_000 {
            #expect(storm.take("192.0.2.1", at: Self.start + .microseconds(index)), "station \(index)")
        }
        let attack = addresses()
        var passed = 0
        for index in 0..<10_000 {
            let now = Self.start + .milliseconds(index)
            guard attack.take("192.0.2.1", at: now) else { continue }
            passed += 1
            attack.fine("192.0.2.1", OCPPServerConfiguration().refusalFine, at: now)
        }
        #expect(passed < 1_100, "\(passed) of 10,000 guesses in 10 s were looked at")
        #expect(attack.take("192.0.2.2", at: Self.start), "another address does not suffer")
        #expect(attack.take("192.0.2.1", at: Self.start + .seconds(20)), "nobody is shut out for ever")
    }

    @Test func aBucketForSlowRates() {
        var bucket = RateLimit(milliPerSecond: 100, burst: 2, at: Self.start)
        func take(_ milliseconds: Int) -> Bool { bucket.take(at: Self.start + .milliseconds(milliseconds)) }
        #expect(take(0) && take(0) && !take(0))
        #expect(!take(9_900) && take(10_000) && !take(10_000))
        #expect(!bucket.isFull(at: Self.start + .seconds(29)) && bucket.isFull(at: Self.start + .seconds(30)))
        #expect(!take(0), "a clock that goes back gives nothing")
        let later = 1_000_000_000_000
        #expect(take(later) && take(later) && !take(later))
    }

    /// A site with IPv6 has 2^64 addresses and one bucket.
    @Test func whatSharesABucket() throws {
        func key(_ address: String) throws -> String { try SocketAddress(ipAddress: address, port: 1).bucketKey }
        #expect(try key("192.0.2.1") == "192.0.2.1" && key("::ffff:192.0.2.1") == "192.0.2.1")
        #expect(try key("2001:db8:1:2::1") == key("2001:db8:1:2:ffff:ffff:ffff:ffff"))
        #expect(try key("2001:db8:1:2::1") != key("2001:db8:1:3::1"))
        #expect(try key("192.0.2.1") != key("192.0.2.2"))
    }

    /// However many addresses there are, so many are remembered; those who come then share what is left.
    @Test func tablesAreBounded() {
        let table = BucketTable(milliPerSecond: 1_000, burst: 2, most: 100)
        for index in 0..<100 { #expect(table.take("a\(index)", at: Self.start)) }
        #expect(
            table.take("b0", at: Self.start) && table.take("b1", at: Self.start) && !table.take("b2", at: Self.start))
        #expect(table.count == 100)
        #expect(table.take("c", at: Self.start + .seconds(2)) && table.count == 1, "full buckets are forgotten")
    }

    @Test func complaintsAreSaidOnce() {
        let complaints = Complaints()
        var said = 0
        for index in 0..<10_000 where complaints.say("wrong", of: "CP1", at: Self.start + .seconds(index / 3)) != nil {
            said += 1
        }
        #expect(said == 1)
        #expect(
            complaints.say("other", of: "CP1", at: Self.start) == 0
                && complaints.say("wrong", of: "CP2", at: Self.start) == 0)
        #expect(complaints.say("wrong", of: "CP1", at: Self.start + .hours(1)) == 9_999)
        let flooded = Complaints()
        let count = (0..<20_000).filter { flooded.say("x", of: "\($0)", at: Self.start) != nil }.count
        #expect(count == Complaints.most)
        #expect(flooded.say("x", of: "new", at: Self.start + .hours(2)) == 0)
    }

    @Test func aFloorThatCannotBeReadIsNamed() throws {
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "profiles.csv")
        for bad in ["CP1", "CP1,4", "CP1,x"] {
            try Data("A,2\n\(bad)\n".utf8).write(to: file)
            #expect { _ = try ProfileFloor(file: file.path) } throws: { "\($0)".contains("profiles.csv:2") }
        }
        try Data("A,2\nA,3\nB,with,comma,2\n".utf8).write(to: file)
        let floor = try ProfileFloor(file: file.path)
        #expect(
            floor.refuses("A", on: .tlsBasic) == .mutualTLS && floor.refuses("B,with,comma", on: .basic) == .tlsBasic)
        #expect(floor.refuses("C", on: .basic) == nil && floor.refuses("C", on: .mutualTLS) == nil)
        #expect(floor.save() == nil && floor.save() == nil)
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text == "A,2\nA,3\nB,with,comma,2\nC,3\n", "added once, nothing rewritten")
        let nowhere = try ProfileFloor(file: folder.path + "/none/profiles.csv")
        _ = nowhere.refuses("A", on: .tlsBasic)
        #expect(nowhere.save()?.contains("make it writable") == true)
    }

    /// Wrong passwords by the hundred: each is refused, one line names the station; unknown names are the address's.
    @Test func theLogNamesABadStationOnce() async throws {
        try await TransportServer.run({ $0.refusalFine = 0 }) { _, ports, ears in
            for index in 0..<150 {
                let client = try await ServerClient.connect(port: ports[0])
                let isKnown = index % 2 == 0
                let head = try await client.upgrade(
                    isKnown ? "/ocpp/CP1" : "/ocpp/X\(index)", login: "CP1:wrong\(index)")
                #expect(head.hasPrefix(isKnown ? "HTTP/1.1 401" : "HTTP/1.1 404"))
                client.close()
            }
            let lines = ears.lines(with: "a connection was refused")
            #expect(lines.count == 2, "\(lines)")
            #expect(
                lines.first?.metadata["station.id"] == "CP1" || lines.first?.metadata.values.contains("CP1") == true)
            #expect(!lines.contains { $0.metadata.values.contains { $0.contains("wrong1") } }, "no secrets")
        }
    }

    /// A station that breaks the rules again and again is named once too.
    @Test func aStationThatBreaksRulesIsNamedOnce() async throws {
        try await TransportServer.run({ $0.closeTimeout = .milliseconds(20) }) { _, ports, ears in
            for _ in 0..<10 {
                let client = try await ServerClient.connect(port: ports[0])
                _ = try await client.upgrade("/ocpp/CP1", login: "CP1:s3cret")
                client.send(ServerClient.frame([1], first: 0x82))
                _ = try await client.wait { client.isClosed ? true : nil }
            }
            #expect(ears.lines(with: "breaks the rules").count == 1)
        }
    }

    @Test func tooManyConnections() async throws {
        try await TransportServer.run({
            $0.limits = ConnectionLimits(
                connectionsPerAddress: 100, connectionsPerAddressPerSecond: 0, connectionsPerStation: 3,
                connectionsPerStationPerMinute: 0)
            $0.refusalFine = 20
        }) { server, ports, ears in
            for index in 0..<5 {
                let client = try await ServerClient.connect(port: ports[0])
                let head = try await client.upgrade("/ocpp/CP1", login: "CP1:s3cret")
                #expect(head.hasPrefix(index < 3 ? "HTTP/1.1 101" : "HTTP/1.1 429"), "\(index)")
                if index >= 3 { #expect(head.lowercased().contains("retry-after: 60")) }
                client.close()
                for _ in 0..<400 where server.connectionCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
            }
            #expect(ears.lines(with: "too often").count == 1)
            // 5 connections and 2 fines are 45 of 100 tokens: two more guesses empty the bucket of the address.
            for _ in 0..<3 {
                let client = try await ServerClient.connect(port: ports[0])
                _ = try await client.upgrade("/ocpp/CP2", login: "CP2:guess")
            }
            let client = try await ServerClient.connect(port: ports[0])
            let head = try await client.upgrade("/ocpp/CP2", login: "CP2:other")
            #expect(head == "nothing", "closed before anything is read")
            #expect(ears.lines(with: "too many connections").count == 1)
        }
    }

    @Test func socketsAreBounded() async throws {
        try await TransportServer.run({ $0.mostConnections = 1 }) { _, ports, _ in
            var clients: [ServerClient] = []
            // One station, a tenth of it and a hundred who shake hands: 101, and one too many.
            for _ in 0..<102 { clients.append(try await ServerClient.connect(port: ports[0])) }
            let one = try await clients[0].wait { clients.contains { $0.isClosed } ? true : nil }
            #expect(one == true && clients.count { $0.isClosed } == 1)
            clients.removeAll { $0.isClosed }
            clients.removeFirst().close()
            for _ in 0..<200 {
                let next = try await ServerClient.connect(port: ports[0])
                try await Task.sleep(for: .milliseconds(20))
                if !next.isClosed {
                    let head = try await next.upgrade("/ocpp/CP1", login: "CP1:s3cret")
                    #expect(head.hasPrefix("HTTP/1.1 101"))
                    break
                }
            }
            for client in clients { client.close() }
        }
    }
}

/// Two connections of one identity.
@Suite(.serialized, .timeLimit(.minutes(2)), .ownThreads) struct TransportArbitrationTests {
    private func open(_ port: Int) async throws -> ServerClient {
        let client = try await ServerClient.connect(port: port)
        let head = try await client.upgrade("/ocpp/CP1", login: "CP1:s3cret")
        #expect(head.hasPrefix("HTTP/1.1 101"))
        return client
    }

    /// Answers pings until told to stop by the connection's end.
    private static func live(_ client: ServerClient, until done: () -> Bool) async throws {
        while !done() {
            guard let frame = try await client.poll() else {
                if client.isClosed { return }
                continue
            }
            if frame.opcode == 9 { client.send(ServerClient.frame(frame.payload, first: 0x8A)) }
        }
    }

    /// A hundred at once: one gets the seat, and no other.
    @Test func aHundredOfOneIdentity() async throws {
        try await TransportServer.run({
            $0.limits.connectionsPerStation = 200
            $0.closeTimeout = .milliseconds(50)
        }) { server, ports, ears in
            let refusals = Tally()
            let clients = try await withThrowingTaskGroup(of: ServerClient.self) { tasks in
                for _ in 0..<100 {
                    tasks.addTask {
                        let client = try await ServerClient.connect(port: ports[0])
                        _ = try await client.upgrade("/ocpp/CP1", login: "CP1:s3cret")
                        // The one that sits answers pings until all others are refused.
                        try await Self.live(client) { client.hasSeen(8) || refusals.count.withLock { $0 == 99 } }
                        if client.hasSeen(8) { refusals.count.withLock { $0 += 1 } }
                        return client
                    }
                }
                var clients: [ServerClient] = []
                for try await client in tasks { clients.append(client) }
                return clients
            }
            let refused = clients.filter { $0.hasSeen(8) }
            #expect(refused.count == 99 && server.connectionCount == 1, "\(refused.count)")
            #expect(ears.facts(of: "CP1") == [.connected(version: "2.1")], "nobody else ever was the station")
            for client in clients { client.close() }
        }
    }

    /// The second of two newcomers is not judged by the first one's clock.
    @Test func eachProbeHasItsOwnTime() async throws {
        try await TransportServer.run({ $0.duplicateTimeout = .seconds(3) }) { server, ports, ears in
            let old = try await self.open(ports[0])
            async let first = self.open(ports[0])
            try await Self.live(old) { old.hasSeen(9) }
            _ = try await first
            // 2.2 s into the first probe's time comes the second; the old one answers it after 1.5 s.
            try await Task.sleep(for: .milliseconds(2_200))
            old.forget(9)
            async let second = self.open(ports[0])
            _ = try await old.wait { old.hasQueued(9) ? true : nil }
            try await Task.sleep(for: .milliseconds(1_500))
            try await Self.live(old) { old.hasSeen(9) }
            let code = try await second.closeCode()
            #expect(code == 1008 && !old.isClosed && server.connectionCount == 1)
            #expect(ears.facts(of: "CP1") == [.connected(version: "2.1")])
        }
    }

    /// Words that were on their way when the ping was sent do not prove life: only its own answer does.
    @Test func onlyItsPongProvesLife() async throws {
        try await TransportServer.run({ $0.duplicateTimeout = .milliseconds(300) }) { server, ports, ears in
            let old = try await self.open(ports[0])
            async let second = self.open(ports[0])
            _ = try await old.wait { old.hasQueued(9) ? true : nil }
            old.send(ServerClient.frame(Array("probe 77".utf8), first: 0x8A))
            old.say(#"[2,"x","Heartbeat",{}]"#)
            let next = try await second
            next.say(#"[2,"y","Heartbeat",{}]"#)
            let answer = try await next.text(with: "[3,\"y\"")
            #expect(answer != nil && server.connectionCount == 1)
            #expect(!ears.facts(of: "CP1").contains(.disconnected), "the station never was away")
        }
    }

    /// What was asked over the old connection is answered as lost, whatever the old one still says; its late end
    /// takes nothing from the new one.
    @Test func answersBelongToTheirConnection() async throws {
        let start =
            #"[2,"t","TransactionEvent",{"eventType":"Started","timestamp":"2026-11-23T20:00:00Z","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":"T1"},"evse":{"id":1}}]"#
        try await TransportServer.run({ $0.duplicateTimeout = .milliseconds(200) }) { server, ports, ears in
            let old = try await self.open(ports[0])
            old.say(start)
            let beneath = try await old.text(with: "SetChargingProfile")
            server.command([
                StationOrder(
                    station: "CP1", evse: 1, command: .setpoint(Power(watts: 5_000), validFor: .seconds(60)),
                    trace: .none)
            ])
            let new = try await self.open(ports[0])
            let id = try #require(beneath).split(separator: "\"")[1]
            old.say("[3,\"\(id)\",{\"status\":\"Accepted\"}]")
            let lost = try await new.wait { ears.answers.first }
            #expect(lost?.outcome == .notConnected)
            old.close()
            let isGone = try await old.wait { old.isClosed ? true : nil }
            #expect(isGone == true)
            server.command([
                StationOrder(
                    station: "CP1", evse: 1, command: .setpoint(Power(watts: 6_000), validFor: .seconds(60)),
                    trace: .none)
            ])
            for _ in 0..<10 where ears.answers.count < 2 {
                guard let frame = try await new.next(), frame.opcode == 1, frame.text.hasPrefix("[2,") else { continue }
                new.say("[3,\"\(frame.text.split(separator: "\"")[1])\",{\"status\":\"Accepted\"}]")
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(ears.answers.last?.outcome == .accepted && ears.answers.count == 2)
            #expect(server.connectionCount == 1 && !ears.facts(of: "CP1").contains(.disconnected))
        }
    }

    /// Somebody with the wrong secret does not even get a ping sent.
    @Test func authenticationComesFirst() async throws {
        try await TransportServer.run({ $0.duplicateTimeout = .milliseconds(100) }) { server, ports, _ in
            let old = try await self.open(ports[0])
            let thief = try await ServerClient.connect(port: ports[0])
            let head = try await thief.upgrade("/ocpp/CP1", login: "CP1:guess")
            #expect(head.hasPrefix("HTTP/1.1 401"))
            try await Task.sleep(for: .milliseconds(200))
            #expect(!old.hasQueued(9) && !old.isClosed && server.connectionCount == 1)
        }
    }
}

private final class Tally: Sendable {
    let count = Mutex(0)
}
