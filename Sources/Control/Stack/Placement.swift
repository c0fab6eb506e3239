package import Domain

/// A segment with its place on the axis of requested power: moved by `clamp(x − start, 0, height)`.
package struct PlacedSegment: Hashable, Sendable {
    /// Index into the plan's entries.
    package var entry: Int
    package var start: Int
    package var height: Int

    /// How far a request moves it, W ≥ 0.
    package func moved(by request: Int) -> Int {
        min(max(request - self.start, 0), self.height)
    }
}

/// Places a worker's own segments inside its cells: `c_i = C[bucket, worker] + o_i`, by slot.
/// Returns nil where the plan does not hold together (a segment without entry, or a bucket without start).
package func place(
    _ plan: WorkerPlan, product: Int, direction: Direction, entryOfSlot: [UInt32: Int]
) -> [PlacedSegment]? {
    let table = direction == .up ? plan.products[product].upTable : plan.products[product].downTable
    let mine = plan.segments.filter { Int($0.product) == product && $0.direction == direction }
        .sorted { ($0.bucket, $0.slot, $0.kind.rawValue) < ($1.bucket, $1.slot, $1.kind.rawValue) }
    var placed: [PlacedSegment] = []
    placed.reserveCapacity(mine.count)
    var offset = 0
    var bucket = -1
    for segment in mine {
        guard let entry = entryOfSlot[segment.slot], Int(segment.bucket) < table.count, segment.height > 0
        else { return nil }
        if Int(segment.bucket) != bucket {
            bucket = Int(segment.bucket)
            offset = 0
        }
        placed.append(
            PlacedSegment(entry: entry, start: table[bucket] + offset, height: Int(segment.height)))
        offset += Int(segment.height)
    }
    return placed
}
