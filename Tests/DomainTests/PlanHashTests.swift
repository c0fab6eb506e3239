import Domain
import Testing

/// The hash of a plan says everything that is in it.
@Suite struct PlanHashTests {
    private var plan: WorkerPlan {
        WorkerPlan(
            id: PlanID(epoch: Epoch(1), resource: "r", version: 3), worker: "w", validUntil: .distantPast, products: [],
            entries: (0..<4).map {
                PlanEntry(slot: $0, generation: 1, base: 3_000, low: -7_000, high: 11_000, resident: false)
            },
            segments: (0..<4).map {
                PlanSegment(slot: $0, product: 0, direction: .up, kind: .shift, bucket: 7, height: 3_000)
            })
    }

    @Test func everyFieldCounts() {
        let changes: [(inout WorkerPlan) -> Void] = [
            { $0.entries[1].slot = 9 }, { $0.entries[1].generation = 2 }, { $0.entries[1].base = -1 },
            { $0.entries[1].low = 0 }, { $0.entries[1].high = 11_001 }, { $0.entries[1].resident = true },
            { $0.entries.removeLast() }, { $0.segments.removeLast() }, { $0.segments[2].slot = 1 },
            { $0.segments[2].product = 1 }, { $0.segments[2].direction = .down }, { $0.segments[2].kind = .inject },
            { $0.segments[2].bucket = 8 }, { $0.segments[2].height = 2_999 }, { $0.id.version = 4 },
            { ($0.entries[0].base, $0.entries[0].high) = (11_000, 3_000) },
            { plan in (plan.entries[0].base, plan.entries[1].base) = (2_999, 3_001) },
        ]
        var hashes = Set([self.plan.hash])
        for change in changes {
            var other = self.plan
            change(&other)
            hashes.insert(other.hash)
        }
        #expect(hashes.count == changes.count + 1)
        var renewed = self.plan
        renewed.validUntil = .distantFuture
        #expect(renewed.hash == self.plan.hash, "a lease is no part of it")
    }
}
