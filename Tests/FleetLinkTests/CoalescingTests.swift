import Domain
import Testing

@testable import FleetLink

/// What the link does with telemetry that finds no room.
@Suite struct CoalescingTests {
    private let start = Instant(seconds: 1_000)

    private func connected() -> LinkMachine {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        _ = link.tick(at: self.start)
        let welcome = ControlMessage.welcome(epoch: Epoch(1), version: 3, clock: self.start)
        _ = link.control(welcome.encoded(), at: self.start)
        return link
    }

    private func records(_ slots: Range<UInt32>, value: UInt8) -> [(slot: UInt32, bytes: [UInt8])] {
        slots.map { slot in
            var bytes = [UInt8](repeating: 0, count: 40)
            for place in 0..<4 { bytes[place] = UInt8(truncatingIfNeeded: slot >> (8 * UInt32(place))) }
            bytes[8] = value
            return (slot, bytes)
        }
    }

    private func frames(_ actions: [LinkAction]) -> [[UInt8]] {
        actions.compactMap { if case .publish(let bytes) = $0 { bytes } else { nil } }
    }

    private func read(_ bytes: [UInt8]) throws -> TelemetryFrame { try TelemetryFrame(decoding: bytes) }

    @Test func theLatestOfEachPointWaitsAndNothingElse() throws {
        var link = self.connected()
        let first = self.frames(link.publish(self.records(0..<1_000, value: 1), at: self.start))
        #expect(first.count == 4)
        // The second of four found no room.
        for frame in first.dropFirst() { link.unpublished(frame) }
        for value in UInt8(2)...50 {
            #expect(link.publish(self.records(500..<600, value: value), at: self.start).isEmpty)
        }
        let later = self.frames(link.tick(at: self.start + .milliseconds(50)))
        let told = try later.map(self.read)
        #expect(told.map(\.sequence) == [2, 3, 4], "no number is missing")
        #expect(told.map(\.count).reduce(0, +) == 744, "each point once")
        var value: [UInt32: UInt8] = [:]
        for frame in told {
            for (index, slot) in frame.slots.enumerated() {
                value[slot] = frame.records[frame.records.startIndex + index * 40 + 8]
            }
        }
        #expect(value.count == 744 && value[256] == 1 && value[550] == 50 && value[999] == 1)
        #expect(self.frames(link.tick(at: self.start + .milliseconds(100))).isEmpty, "and then nobody is owed")
        let next = self.frames(link.publish(self.records(0..<1, value: 9), at: self.start))
        #expect(try next.map(self.read).map(\.sequence) == [5])
    }

    /// One frame of room each time, while everybody changes all the time: nobody is left out.
    @Test func nobodyWaitsForEver() throws {
        var link = self.connected()
        var told: [UInt32: Int] = [:]
        var sequence: UInt64 = 0
        for round in 1...200 {
            let now = self.start + .milliseconds(50 * round)
            let slots = UInt32(0)..<5_000
            let heartbeat = ControlMessage.heartbeat(clock: now).encoded()
            _ = link.control(heartbeat, at: now)
            let actions = link.publish(self.records(slots, value: UInt8(truncatingIfNeeded: round)), at: now)
            let frames = self.frames(actions + link.tick(at: now))
            guard let first = frames.first else { continue }
            let frame = try self.read(first)
            #expect(frame.sequence == sequence + 1)
            sequence = frame.sequence
            for slot in frame.slots { told[slot, default: 0] += 1 }
            for refused in frames.dropFirst() { link.unpublished(refused) }
        }
        #expect(told.count == 5_000)
        #expect((told.values.min() ?? 0) >= 9 && (told.values.max() ?? 0) <= 11, "all alike")
    }

    @Test func aWelcomeSaysEverythingAndOwesNothing() {
        var link = self.connected()
        for frame in self.frames(link.publish(self.records(0..<1_000, value: 1), at: self.start)) {
            link.unpublished(frame)
        }
        let welcome = ControlMessage.welcome(epoch: Epoch(2), version: 3, clock: self.start).encoded()
        let said = link.control(welcome, at: self.start)
        #expect(said.count { if case .send(.snapshot) = $0 { true } else { false } } == 4)
        #expect(self.frames(link.tick(at: self.start + .milliseconds(50))).isEmpty)
    }
}
