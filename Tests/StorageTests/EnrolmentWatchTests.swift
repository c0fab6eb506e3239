import Domain
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// What the command enrols reaches an aggregator that runs.
@Suite struct EnrolmentWatchTests {
    private final class Heard: Sendable {
        let changes = Mutex<[[EnrolmentChange]]>([])
        let isFull = Mutex(false)

        func take(_ more: [EnrolmentChange]) -> Bool {
            guard !self.isFull.withLock({ $0 }) else { return false }
            self.changes.withLock { $0.append(more) }
            return true
        }
        var last: [EnrolmentChange] { self.changes.withLock { $0.last ?? [] } }
        var count: Int { self.changes.withLock { $0.count } }
    }

    private func departure(_ second: Int, target: Int = 9_000) -> DepartureTerms {
        DepartureTerms(
            vehicle: "v1", departure: Instant(seconds: second), target: StateOfCharge(basisPoints: target))
    }

    private func withStore(_ body: (Store) async throws -> Void) async throws {
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = Store(database: try await DatabaseURL("sqlite:\(folder.path)/w.db").open())
        try await store.enrol(
            [
                .owner(OwnerTerms(id: "o1", tenant: acme, name: "One")),
                .contract(
                    ContractTerms(
                        id: "c1", owner: "o1", tenant: acme, currency: .eur, ownerShare: 7_000, wearPerKilowattHour: 0)),
                .vehicle(Conformance.vehicle), .departure(self.departure(400_000)),
            ], zone: "z", at: Instant(seconds: 1))
        try await body(store)
        await store.database.close()
    }

    @Test func onlyWhatChangedIsTold() async throws {
        try await self.withStore { store in
            let heard = Heard()
            let watch = EnrolmentWatch(
                store: store, zone: "z", logger: Logger(label: "test"), now: { Instant(seconds: 300_000) },
                sink: heard.take)
            #expect(try await watch.turn() == 4)
            #expect(try await watch.turn() == 0 && heard.count == 1)
            try await store.enrol([.consent("v1", dischargeConsentAt: nil)], zone: "z", at: Instant(seconds: 2))
            var withdrawn = Conformance.vehicle
            withdrawn.dischargeConsentAt = nil
            #expect(try await watch.turn() == 1 && heard.last == [.vehicle(withdrawn)])
            // The inbox is full: the same is told at the next turn.
            let moved = self.departure(500_000)
            try await store.enrol(
                [.departure(moved), .cancelled("v1", departure: Instant(seconds: 400_000))], zone: "z",
                at: Instant(seconds: 3))
            heard.isFull.withLock { $0 = true }
            #expect(try await watch.turn() == 0)
            heard.isFull.withLock { $0 = false }
            #expect(try await watch.turn() == 2)
            #expect(heard.last == [.cancelled("v1", departure: Instant(seconds: 400_000)), .departure(moved)])
            #expect(try await watch.turn() == 0)
            // Another zone's fleet is not its business.
            try await store.enrol(
                [.owner(OwnerTerms(id: "o2", tenant: acme, name: "Two"))], zone: "y", at: Instant(seconds: 4))
            #expect(try await watch.turn() == 0 && heard.count == 3)
        }
    }

    /// What was cancelled while no aggregator ran is told to the next one, which knows it from its journal.
    @Test func aDepartureThatWasCancelledMeanwhileIsTold() async throws {
        try await self.withStore { store in
            let heard = Heard()
            let watch = EnrolmentWatch(
                store: store, zone: "z", scheduled: [self.departure(400_000), self.departure(450_000)],
                logger: Logger(label: "test"), now: { Instant(seconds: 300_000) }, sink: heard.take)
            let told = try await watch.turn()
            #expect(told == 4 && heard.last.first == .cancelled("v1", departure: Instant(seconds: 450_000)))
            #expect(!heard.last.contains(.departure(self.departure(400_000))), "it is known and stands")
        }
    }

    /// More than the engine takes at once is told in parts, each once.
    @Test func aLargeFleetIsToldInParts() async throws {
        try await self.withStore { store in
            let more = (0..<EnrolmentWatch.chunk).map { self.departure(500_000 + $0) }
            try await store.enrol(more.map { .departure($0) }, zone: "z", at: Instant(seconds: 2))
            let heard = Heard()
            let watch = EnrolmentWatch(
                store: store, zone: "z", logger: Logger(label: "test"), now: { Instant(seconds: 300_000) },
                sink: { changes in
                    defer { heard.isFull.withLock { $0 = true } }
                    return heard.take(changes)
                })
            #expect(try await watch.turn() == EnrolmentWatch.chunk)
            heard.isFull.withLock { $0 = false }
            #expect(try await watch.turn() == 4 && heard.count == 2)
            #expect(try await watch.turn() == 0)
            let all = heard.changes.withLock { $0.joined().count }
            #expect(all == EnrolmentWatch.chunk + 4)
        }
    }
}
