public import Domain

/// A segment with its place on the axis of requested power: moved by `clamp(x − start, 0, height)`.
public struct PlacedSegment: Hashable, Sendable, Codable {
    /// Index into the plan's entries.
    public var entry: Int
    public var start: Int
    public var height: Int

    /// How far a request moves it, W ≥ 0.
    public func moved(by request: Int) -> Int {
        min(max(request - self.start, 0), self.height)
    }
}

/// Places a worker's own segments inside its cells: `c_i = C[bucket, worker] + o_i`, by slot.
/// Returns nil where the plan does not hold together: a segment without an entry, a bucket without a start,
/// or a cell that reaches into the next one of the same worker (a request would move power twice).
public func place(
    _ plan: WorkerPlan, product: Int, direction: Direction, entryOfSlot: SlotIndex
) -> [PlacedSegment]? {
    let table = direction == .up ? plan.products[product].upTable : plan.products[product].downTable
    var placed: [PlacedSegment] = []
    var bucket = -1
    var end = 0
    for segment in inOrder(plan.segments, product: product, direction: direction) {
        guard let entry = entryOfSlot[segment.slot], Int(segment.bucket) < table.count,
            segment.height > 0
        else { return nil }
        if Int(segment.bucket) != bucket {
            bucket = Int(segment.bucket)
            guard table[bucket] >= end else { return nil }
            end = table[bucket]
        }
        placed.append(PlacedSegment(entry: entry, start: end, height: Int(segment.height)))
        end += Int(segment.height)
    }
    return placed
}

/// The segments of a product and direction by bucket, then slot: a counting sort by bucket; a bucket whose slots
/// do not rise already is sorted by itself.
private func inOrder(_ segments: [PlanSegment], product: Int, direction: Direction) -> [PlanSegment] {
    var starts = Array(repeating: 0, count: StackBuilder.buckets + 1)
    var mine: [PlanSegment] = []
    for segment in segments where Int(segment.product) == product && segment.direction == direction {
        mine.append(segment)
        starts[Int(segment.bucket) + 1] += 1
    }
    guard var ordered = mine.first.map({ Array(repeating: $0, count: mine.count) }) else {
        return []
    }
    for bucket in 1...StackBuilder.buckets { starts[bucket] += starts[bucket - 1] }
    var next = starts
    for segment in mine {
        ordered[next[Int(segment.bucket)]] = segment
        next[Int(segment.bucket)] += 1
    }
    for bucket in 0..<StackBuilder.buckets {
        let cell = starts[bucket]..<starts[bucket + 1]
        let rising = zip(cell, cell.dropFirst()).allSatisfy { ordered[$0].slot < ordered[$1].slot }
        if !rising {
            ordered[cell].sort { ($0.slot, $0.kind.rawValue) < ($1.slot, $1.kind.rawValue) }
        }
    }
    return ordered
}
