import Domain
import Engine
import Foundation
import HTTPTypes
import NIOCore
import Synchronization
import Testing

@testable import Portal

/// The live tiles of a fleet owner, and that nobody else's figures are in them.
@Suite(.timeLimit(.minutes(1))) struct OwnerEventTests {
    private struct Payload: Decodable {
        var values: [String: String]
        var plot: String?
    }

    /// The events of a stream that ends with its session, and their text as it came.
    private func listen(
        _ desk: PortalDesk, _ visitor: Visitor, tenant: String = "t", owner: String,
        meanwhile: @Sendable @escaping () -> Void = {}
    ) async throws -> (events: [Payload], text: String) {
        let session = desk.session(.fleetOwner, tenant: tenant, owner: owner)
        async let stream = visitor.get("/events", session.cookie)
        async let end: Void = {
            while desk.routes.feed.listeners == 0 { try await Task.sleep(for: .milliseconds(5)) }
            try await self.heard(desk)
            meanwhile()
            try await self.heard(desk)
            desk.now.withLock { $0 = $0 + .hours(12) }
        }()
        let (answer, _) = try await (stream, end)
        #expect(answer.status == 200 && answer.headers[.contentType] == "text/event-stream")
        let lines = answer.text.split(separator: "\n").filter { $0.hasPrefix("data: ") }
        return (try lines.map { try JSONDecoder().decode(Payload.self, from: Data($0.dropFirst(6).utf8)) }, answer.text)
    }

    /// Waits until the stream has asked for the time twice more: what was due at the first has been sent then.
    private func heard(_ desk: PortalDesk) async throws {
        let before = desk.looks.withLock { $0 }
        while desk.looks.withLock({ $0 }) < before + 2 { try await Task.sleep(for: .milliseconds(5)) }
    }

    private func values(_ event: ByteBuffer) throws -> [String: String] {
        let text = String(buffer: event)
        let data = try #require(text.split(separator: "\n").first { $0.hasPrefix("data: ") })
        return try JSONDecoder().decode(Payload.self, from: Data(data.dropFirst(6).utf8)).values
    }

    @Test func anOwnerHearsOfItsOwnCarsAndMoneyOnly() async throws {
        let desk = try await PortalDesk()
        try await desk.visit { visitor in
            let page = try await visitor.get("/owner", desk.session(.fleetOwner, owner: "o1").cookie).text
            let (events, text) = try await self.listen(desk, visitor, owner: "o1")
            let values = try #require(events.first?.values)
            #expect(events.first?.plot == nil)
            #expect(values["owner-plugged"] == "1 of 1" && values["owner-ready"] == "1 of 1")
            #expect(values["owner-discharging"] == "1 of 1" && values["owner-power"] == "−11.0 kW")
            let mine = PortalDesk.block().shares.filter { $0.owner == "o1" }
            #expect(mine.count == 1 && values["owner-earned"] == mine.first.map { Format.money($0.earned) })
            #expect(values.keys.allSatisfy { $0.hasPrefix("owner-") }, "nothing of the plant: \(values.keys)")
            #expect(!text.contains("o2") && !text.contains("49.871"))
            #expect(page.contains("/live.js"))
            for (id, value) in values {
                #expect(page.contains("id=\"\(id)\">\(value)<"), "\(id) is on the page as it is heard")
            }
        }
    }

    @Test func anotherOwnerHearsItsOwn() async throws {
        let desk = try await PortalDesk()
        try await desk.visit { visitor in
            let (events, _) = try await self.listen(desk, visitor, owner: "o2")
            let values = try #require(events.first?.values)
            #expect(values["owner-ready"] == "0 of 1")
            let mine = PortalDesk.block().shares.first { $0.owner == "o2" }
            #expect(values["owner-earned"] == mine.map { Format.money($0.earned) })
        }
    }

    /// Owner ids may repeat between tenants: `o1` of tenant `u` has a car of its own and no part in the block of `t`.
    @Test func anOwnerOfAnotherTenantHearsNothingOfThisOne() async throws {
        let desk = try await PortalDesk()
        desk.snapshot.withLock { snapshot in
            snapshot.vehicles.removeAll { $0.id == "u-o1-car" }
        }
        try await desk.visit { visitor in
            let (events, text) = try await self.listen(desk, visitor, tenant: "u", owner: "o1")
            let values = try #require(events.first?.values)
            #expect(values["owner-plugged"] == "0 of 1" && values["owner-earned"] == "0.000000 EUR")
            #expect(values["owner-power"] == "0.0 kW" && !text.contains("t-o1"))
        }
    }

    @Test func theTilesFollowTheEngine() async throws {
        let desk = try await PortalDesk()
        try await desk.visit { visitor in
            let events = try await self.listen(desk, visitor, owner: "o1") {
                desk.snapshot.withLock { snapshot in
                    for index in snapshot.vehicles.indices { snapshot.vehicles[index].plugged = false }
                }
                desk.now.withLock { $0 = $0 + .seconds(1) }
            }.events
            #expect(events.map { $0.values["owner-plugged"] } == ["1 of 1", "0 of 1"])
        }
    }

    @Test func withoutTheDatabaseTheLastMoneyStands() async throws {
        let desk = try await PortalDesk()
        let user = SignedIn(name: "n", role: .fleetOwner, tenant: "t", owner: "o1", csrf: "")
        var feed = OwnerFeed(routes: desk.routes, user: user, owner: "o1")
        var late = feed
        let first = try await feed.event(at: PortalDesk.noon)
        await desk.close()
        let again = try await feed.event(at: PortalDesk.noon + .seconds(20))
        #expect(try self.values(again) == self.values(first) && self.values(first)["owner-earned"] != nil)
        let none = try await late.event(at: PortalDesk.noon)
        #expect(String(buffer: none).hasPrefix(": "), "a comment, and no event")
    }

    @Test func anOwnersUserWithoutAnOwnerIsRefused() async throws {
        let desk = try await PortalDesk()
        try await desk.visit { visitor in
            let answer = try await visitor.get("/events", desk.session(.fleetOwner).cookie)
            #expect(answer.status == 403)
        }
    }
}
