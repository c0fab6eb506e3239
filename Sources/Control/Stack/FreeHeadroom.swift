import Domain

/// What no product has taken yet of the members' room in one direction.
///
/// Nothing is sorted: a histogram of heights by bucket and worker tells in which cell a product's last segment
/// lies; cells before it are taken whole, that one in the order of its members until the rest is covered.
struct FreeHeadroom {
    private let rows: StackRows
    private let direction: Direction
    /// W ≥ 0 per row; 0 once taken. Nothing is injected downwards: there `inject` is empty.
    private var shift: [Int32]
    private var inject: [Int32]

    init(_ rows: StackRows, _ direction: Direction) {
        self.rows = rows
        self.direction = direction
        self.shift = direction == .up ? rows.upShift : rows.downShift
        self.inject = direction == .up ? rows.upInject : []
    }

    /// Gives free segments to the product at index `product` until `wanted` is covered.
    mutating func take(_ product: Int, wanted: Int, segments: inout [[PlanSegment]]) -> StackCells {
        var cells = StackCells(workers: self.rows.ranges.count)
        guard wanted > 0 else { return cells }
        let mask = UInt32(1) << UInt32(product)
        self.weigh(self.shift, product, mark: 0, into: &cells)
        self.weigh(self.inject, product, mark: 128, into: &cells)
        let margin = cells.margin(wanted)
        let stop = self.stop(margin, mask)
        cells.cut(at: margin, watts: stop.watts)
        for (worker, range) in self.rows.ranges.enumerated() {
            // Rows before the stop get what is in the margin's bucket too.
            let here =
                worker < margin.worker
                ? range.upperBound : worker == margin.worker ? stop.row : range.lowerBound
            let parts = [
                (range.lowerBound..<here, margin.bucket + 1), (here..<range.upperBound, margin.bucket),
            ]
            Self.give(
                &self.shift, parts, self.rows, product, self.direction, .shift, to: &segments[worker])
            // All that is injected lies behind all that is shifted.
            guard margin.bucket > 127, !self.inject.isEmpty else { continue }
            Self.give(
                &self.inject, parts, self.rows, product, self.direction, .inject,
                to: &segments[worker])
        }
        return cells
    }

    /// Adds the heights that a product may have to their cells.
    private func weigh(_ room: [Int32], _ product: Int, mark: Int, into cells: inout StackCells) {
        guard !room.isEmpty else { return }
        let bit = UInt32(product)
        let room = room.span
        let eligible = self.rows.eligible.span
        let merit = self.rows.merit.span
        cells.update { heights in
            for (worker, range) in self.rows.ranges.enumerated() {
                let start = StackCells.start(worker) | mark
                // Sound: all columns are equally long and hold the range; a merit is at most 127, so that the cell
                // is one of this worker's.
                var row = range.lowerBound
                while row < range.upperBound {
                    let isMine = unsafe 0 &- Int(eligible[unchecked: row] &>> bit & 1)
                    let height = unsafe Int(room[unchecked: row]) & isMine
                    unsafe heights[unchecked: start | Int(merit[unchecked: row])] &+= height
                    row &+= 1
                }
            }
        }
    }

    /// The row of the margin's worker behind which its cell has covered the rest, and how much it covers.
    private func stop(_ margin: StackMargin, _ mask: UInt32) -> (row: Int, watts: Int) {
        guard margin.worker < self.rows.ranges.count else { return (0, 0) }
        let isShift = margin.bucket < 128
        let range = self.rows.ranges[margin.worker]
        var watts = 0
        for row in range {
            guard Int(self.rows.merit[row]) == margin.bucket & 127,
                self.rows.eligible[row] & mask != 0
            else { continue }
            watts += Int(isShift ? self.shift[row] : self.inject[row])
            if watts >= margin.rest { return (row + 1, watts) }
        }
        return (range.upperBound, watts)
    }

    /// Adds what the product takes of one kind of room to a worker's segments: in each part, all below a bucket.
    private static func give(
        _ room: inout [Int32], _ parts: [(rows: Range<Int>, below: Int)], _ rows: StackRows,
        _ product: Int, _ direction: Direction, _ kind: SegmentKind,
        to segments: inout [PlanSegment]
    ) {
        let most = parts.reduce(0) { $0 + $1.rows.count }
        segments.append(addingCapacity: most) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                guard let start = buffer.baseAddress else { return }
                // Sound: there is room for as many more segments as the parts have rows.
                for part in parts {
                    count += unsafe Self.move(
                        &room, part.rows, below: Int32(part.below), rows,
                        product: UInt8(truncatingIfNeeded: product), direction, kind,
                        to: start + count)
                }
            }
        }
    }

    /// Writes the rows' segments below a bucket and returns how many there are. Which ones are taken is random, and a
    /// branch on it would cost more than all the rest: each is written, and only counted where it is taken, by masks
    /// of ones or noughts. Unsafe: `output` holds as many segments as there are rows.
    @unsafe @inline(never)
    private static func move(
        _ room: inout [Int32], _ range: Range<Int>, below bucket: Int32, _ rows: StackRows,
        product: UInt8, _ direction: Direction, _ kind: SegmentKind,
        to output: UnsafeMutablePointer<PlanSegment>
    ) -> Int {
        precondition(range.upperBound <= min(room.count, rows.slot.count), "rows of the columns")
        let mark: UInt8 = kind == .inject ? 128 : 0
        let slot = rows.slot.span
        let eligible = rows.eligible.span
        let merit = rows.merit.span
        var room = room.mutableSpan
        var taken = 0
        var row = range.lowerBound
        // Sound: all columns are equally long, and the range lies inside, as just checked.
        while row < range.upperBound {
            let height = unsafe room[unchecked: row]
            let own = unsafe merit[unchecked: row] | mark
            let isMine = unsafe 0 &- Int32(eligible[unchecked: row] &>> UInt32(product) & 1)
            let isThere = (0 &- height) &>> 31
            let isBelow = (Int32(own) &- bucket) &>> 31
            let isTaken = isMine & isThere & isBelow
            unsafe (output + taken).initialize(
                to: PlanSegment(
                    slot: slot[unchecked: row], product: product, direction: direction, kind: kind,
                    bucket: own, height: height))
            unsafe room[unchecked: row] = height & ~isTaken
            taken &-= Int(isTaken)
            row &+= 1
        }
        return taken
    }
}
