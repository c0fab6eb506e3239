import Control
import Domain
import Testing

/// The stack as dispatch.md defines it, slow and plain, to compare the fast one with.
private struct Oracle {
    struct Free {
        var member: Int
        var kind: SegmentKind
        var bucket: Int
        var height: Int
        var taken = false
    }

    let builder: StackBuilder

    /// All room of a direction, in the order of the axis: bucket, worker, member.
    private func room(_ direction: Direction) -> [Free] {
        var free: [Free] = []
        for (index, member) in self.builder.members.enumerated() {
            let heights = StackBuilder.heights(member.bounds, direction)
            let merit = Int(member.merit & 127)
            free.append(Free(member: index, kind: .shift, bucket: merit, height: heights.shift))
            free.append(Free(member: index, kind: .inject, bucket: merit + 128, height: heights.inject))
        }
        return free.filter { $0.height > 0 }.sorted {
            ($0.bucket, self.builder.members[$0.member].worker, $0.member)
                < ($1.bucket, self.builder.members[$1.member].worker, $1.member)
        }
    }

    /// Segments per worker, tables per worker, product and direction (up, then down), and what is held.
    func build() -> (segments: [[PlanSegment]], tables: [[[[Int]]]], held: [Int]) {
        let workers = self.builder.workers.indices
        var segments: [[PlanSegment]] = workers.map { _ in [] }
        var tables: [[[[Int]]]] = workers.map { _ in self.builder.products.map { _ in [] } }
        var held: [Int] = []
        for direction in Direction.allCases {
            var free = self.room(direction)
            for (product, terms) in self.builder.products.enumerated() {
                let mine = self.take(product, direction == .up ? terms.up : terms.down, &free)
                held.append(mine.reduce(0) { $0 + $1.height })
                for worker in workers {
                    let own = mine.filter { self.builder.members[$0.member].worker == worker }
                    segments[worker] += self.segments(own, product, direction)
                    tables[worker][product].append(self.table(mine, worker, last: own.last?.bucket))
                }
            }
        }
        return (segments, tables, held)
    }

    private func take(_ product: Int, _ wanted: Int, _ free: inout [Free]) -> [Free] {
        var rest = wanted
        var mine: [Free] = []
        for index in free.indices where rest > 0 && !free[index].taken {
            guard self.builder.members[free[index].member].eligible & 1 << UInt32(product) != 0 else { continue }
            free[index].taken = true
            rest -= free[index].height
            mine.append(free[index])
        }
        return mine
    }

    private func segments(_ own: [Free], _ product: Int, _ direction: Direction) -> [PlanSegment] {
        own.sorted { ($0.kind.rawValue, $0.member) < ($1.kind.rawValue, $1.member) }.map {
            PlanSegment(
                slot: self.builder.members[$0.member].slot, product: UInt8(product),
                direction: direction, kind: $0.kind, bucket: UInt8($0.bucket),
                height: Int32($0.height))
        }
    }

    /// Where a worker's part of each bucket starts: after all lower buckets and the workers before it.
    private func table(_ mine: [Free], _ worker: Int, last: Int?) -> [Int] {
        guard let last else { return [] }
        return (0...last).map { bucket in
            mine.filter {
                ($0.bucket, self.builder.members[$0.member].worker) < (bucket, worker)
            }.reduce(0) { $0 + $1.height }
        }
    }
}

@Suite struct StackOracleTests {
    /// Members in any order, some without room, with few and with many merits, products that compete for them,
    /// want nothing or more than there is: the plans are those of the definition, to the last segment.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func plansAreThoseOfTheDefinition(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let workers = Int.random(in: 1...4, using: &generator)
        let merits: UInt8 = seed.isMultiple(of: 3) ? 2 : 255
        var members = (0..<Int.random(in: 0...120, using: &generator)).map { index in
            let base = Int.random(in: -5...10, using: &generator)
            return member(
                UInt32(index), worker: Int.random(in: 0..<workers, using: &generator), base: base,
                low: base - Int.random(in: 0...8, using: &generator),
                high: base + Int.random(in: 0...8, using: &generator),
                merit: UInt8.random(in: 0...merits, using: &generator),
                eligible: UInt32.random(in: 0...7, using: &generator))
        }
        // As the engine gives them in every other case: worker by worker.
        if seed.isMultiple(of: 2) { members.sort { ($0.worker, $0.slot) < ($1.worker, $1.slot) } }
        let products = (0..<3).map { number in
            product(
                ProductID("P\(number)"), up: [0, 40, 150, 5_000].randomElement(using: &generator) ?? 0,
                down: [0, 30, 5_000].randomElement(using: &generator) ?? 0)
        }
        let builder = StackBuilder(
            workers: (0..<workers).map { WorkerID("w\($0)") }, members: members, products: products)
        let built = builder.build(id: planID(1), validUntil: Instant(seconds: 1))
        let expected = Oracle(builder: builder).build()
        #expect(built.held.map(\.watts) == expected.held)
        for (worker, plan) in built.plans.enumerated() {
            #expect(plan.segments == expected.segments[worker])
            #expect(plan.products.map { [$0.upTable, $0.downTable] } == expected.tables[worker])
            let own = members.filter { $0.worker == worker }
            #expect(plan.entries.map(\.slot) == own.map(\.slot))
            #expect(plan.entries.map { Int($0.low) } == own.map(\.bounds.low))
        }
    }
}
