import Domain
import Engine
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing
import ZeroMQ

@testable import Aggregator
@testable import FleetLink
@testable import Worker

/// Who reads slowly, over real sockets under CURVE: the hub and the link as they run, one of them held up.
@Suite(.serialized, .ownThreads) struct SlowConsumerTests {
    private static let points: UInt32 = 20_000

    /// What a slow aggregator has taken.
    private struct Taken: Sendable {
        /// By slot: the round that its last record was of.
        var rounds = [Int](repeating: 0, count: Int(SlowConsumerTests.points))
        /// Number of each frame, when it was sent and when it was read.
        var frames: [(sequence: UInt64, sentAt: Instant, readAt: Instant)] = []

        /// Frames that were sent and not read when each was read: what queues and buffers held.
        var underWay: [Int] {
            let sent = self.frames.map(\.sentAt)
            var low = 0
            return self.frames.enumerated().map { index, frame in
                while low < sent.count, sent[low] <= frame.readAt { low += 1 }
                return low - index
            }
        }
    }

    private static func records(round: Int) -> [(slot: UInt32, bytes: [UInt8])] {
        (0..<self.points).map { slot in
            var bytes = [UInt8](repeating: 0, count: 40)
            for place in 0..<4 {
                bytes[place] = UInt8(truncatingIfNeeded: slot >> (8 * UInt32(place)))
                bytes[8 + place] = UInt8(truncatingIfNeeded: round >> (8 * place))
            }
            return (slot, bytes)
        }
    }

    private static func take(_ batch: TelemetryBatch, _ taken: inout Taken) {
        taken.frames.append((batch.sequence, batch.sentAt, wallNow()))
        for index in 0..<batch.count {
            let record = batch.bytes.dropFirst(index * batch.stride).prefix(12)
            func number(_ bytes: some Collection<UInt8>) -> Int {
                Array(bytes).reversed().reduce(0) { $0 << 8 | Int($1) }
            }
            taken.rounds[number(record.prefix(4))] = number(record.suffix(4))
        }
    }

    /// An aggregator that takes 3 ms for each frame, and twenty thousand cars that change 25 times a second: six times
    /// what it can take. It gets no less than it can take, everybody's turn comes, what is queued stays within the marks
    /// the whole time, and once the cars rest it has the last state of each.
    @Test func aSlowAggregatorGetsTheLatestOfEachCar() async throws {
        let plant = try LinkHubTests.Plant()
        defer { try? FileManager.default.removeItem(at: plant.folder) }
        let taken = Mutex(Taken())
        let hub = try FleetHub(
            HubConfiguration(
                telemetry: plant.endpoint(0), control: plant.endpoint(1), signal: plant.endpoint(2),
                fastSignal: plant.endpoint(3), keyFile: plant.path("aggregator.key"), allowFile: plant.path("allowed")),
            epoch: Epoch(1), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { events in
            for case .telemetry(let batch) in events {
                taken.withLock { Self.take(batch, &$0) }
                usleep(3_000)
            }
            return true
        }
        let link = try plant.link()
        #expect(await plant.ears.wait { ears in ears.heard.withLock { $0.contains(.connected(Epoch(1))) } })
        var round = 0
        let end = ContinuousClock.now.advanced(by: .seconds(10))
        while ContinuousClock.now < end {
            round += 1
            link.publish(Self.records(round: round))
            try await Task.sleep(for: .milliseconds(40))
        }
        let last = round
        #expect(
            await plant.ears.wait { _ in taken.withLock { $0.rounds.allSatisfy { $0 == last } } }, "the last of each")
        await link.stop()
        hub.close()
        let all = taken.withLock { $0 }
        let offered = round * Int(Self.points) / TelemetryFrame.mostRecords
        #expect(all.frames.count < offered / 2, "\(all.frames.count) of \(offered): slow, else this shows nothing")
        let steps = zip(all.frames, all.frames.dropFirst()).map { $1.sequence - $0.sequence }
        #expect(steps.allSatisfy { $0 == 1 }, "no frame was lost, so nobody had to ask for a snapshot")
        let underWay = all.underWay
        let most = underWay.max() ?? 0
        // Two queues, and what the kernel's buffers hold of frames of 10 kB: it gives them up to 10 MB at each end.
        #expect(most > 256 && most < 2 * Int(LinkQueue.telemetry) + 3_000, "\(most) frames under way")
        let late = underWay[(underWay.count / 2)...].max() ?? 0
        let early = underWay[..<(underWay.count / 2)].max() ?? 0
        // The kernel gives a busy connection larger buffers for some seconds.
        #expect(late <= early + early / 4, "it does not grow: \(early) frames, then \(late)")
    }

    /// A worker that takes 2 ms for each signal, and 1,000 signals a second that are good for 300 ms each: what it reads
    /// late it does not obey, what it obeys is never older than the one before, and the last one arrives.
    @Test func aSlowWorkerObeysTheLastSignalAndNoneThatIsOver() async throws {
        let plant = try LinkHubTests.Plant()
        defer { try? FileManager.default.removeItem(at: plant.folder) }
        let obeyed = Mutex<[(sequence: UInt64, age: TimeSpan)]>([])
        let isThere = Mutex(false)
        let hub = try plant.hub()
        let link = try FleetUplink(
            UplinkConfiguration(
                telemetry: plant.endpoint(0), control: plant.endpoint(1), signal: plant.endpoint(2),
                keyFile: plant.path("w1.key"), aggregatorKey: plant.serverKey),
            worker: "w1", incarnation: Incarnation(1)
        ) { actions in
            for action in actions {
                if case .connected = action { isThere.withLock { $0 = true } }
                guard case .signal(let signal) = action else { continue }
                obeyed.withLock { $0.append((signal.sequence, wallNow() - signal.sentAt)) }
                usleep(2_000)
            }
        }
        #expect(await plant.ears.wait { _ in isThere.withLock { $0 } })
        func say(_ sequence: UInt64) {
            let now = wallNow()
            let signal = DispatchSignal(
                plan: PlanID(epoch: Epoch(1), resource: "R", version: 1), planHash: 1, product: "P",
                sequence: sequence, sentAt: now, validFrom: now, expiry: now + .milliseconds(300), slow: 0,
                fast: Int(sequence), trace: .none)
            hub.perform([Effect(id: .init(epoch: Epoch(1), counter: sequence), action: .broadcast(signal))])
        }
        var sequence: UInt64 = 0
        for _ in 0..<500 {
            for _ in 0..<10 {
                sequence += 1
                say(sequence)
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        // As the engine does: the same request again and again, each time with a number of its own.
        let last = sequence
        for _ in 0..<100 where (obeyed.withLock { $0.last?.sequence ?? 0 }) <= last {
            sequence += 1
            say(sequence)
            try await Task.sleep(for: .milliseconds(100))
        }
        await link.stop()
        hub.close()
        let all = obeyed.withLock { $0 }
        #expect((all.last?.sequence ?? 0) > last, "the newest arrived")
        #expect(all.count < Int(last), "it was slow, else this shows nothing")
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.sequence < $1.sequence })
        let oldest = all.map(\.age).max() ?? .zero
        #expect(oldest < .milliseconds(300 + 100), "none that was over: \(oldest.milliseconds) ms")
    }
}
