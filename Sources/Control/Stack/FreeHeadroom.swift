import Domain

/// What no product has taken yet of the members' room in one direction, as columns that two linear passes read.
///
/// Nothing is sorted: a histogram of heights tells which bucket is the last one that a product needs;
/// buckets before it are taken whole, that one in the order of members until the rest is covered.
struct FreeHeadroom {
    private let columns: StackColumns
    private let direction: Direction
    /// W ≥ 0 per member; 0 once taken. Nothing is injected downwards: there `inject` is empty.
    private var shift: [Int32]
    private var inject: [Int32]

    init(_ columns: StackColumns, _ direction: Direction) {
        self.columns = columns
        self.direction = direction
        self.shift = direction == .up ? columns.upShift : columns.downShift
        self.inject = direction == .up ? columns.upInject : []
    }

    /// The last bucket that is needed for `wanted`, and how much of it: everything where there is too little.
    private func margin(_ mask: UInt32, wanted: Int) -> (bucket: Int, watts: Int) {
        var heights = Array(repeating: 0, count: StackBuilder.buckets)
        for index in self.shift.indices where self.columns.eligible[index] & mask != 0 {
            heights[Int(self.columns.merit[index])] &+= Int(self.shift[index])
        }
        for index in self.inject.indices where self.columns.eligible[index] & mask != 0 {
            heights[Int(self.columns.merit[index]) | 128] &+= Int(self.inject[index])
        }
        var rest = wanted
        for (bucket, height) in heights.enumerated() {
            if rest <= height { return (bucket, rest) }
            rest -= height
        }
        return (StackBuilder.buckets, 0)
    }

    /// Gives free segments to the product at index `product` until `wanted` is covered.
    mutating func take(
        _ product: Int, wanted: Int, cells: inout StackCells, segments: inout [[PlanSegment]]
    ) {
        guard wanted > 0 else { return }
        let mask = UInt32(1) << UInt32(product)
        let margin = self.margin(mask, wanted: wanted)
        var rest = margin.watts
        for index in self.shift.indices where self.columns.eligible[index] & mask != 0 {
            let bucket = Int(self.columns.merit[index])
            let height = self.shift[index]
            guard height > 0, bucket < margin.bucket || (bucket == margin.bucket && rest > 0) else {
                continue
            }
            if bucket == margin.bucket { rest -= Int(height) }
            self.shift[index] = 0
            self.give(index, product, .shift, bucket, height, &cells, &segments)
        }
        for index in self.inject.indices where self.columns.eligible[index] & mask != 0 {
            let bucket = Int(self.columns.merit[index]) | 128
            let height = self.inject[index]
            guard height > 0, bucket < margin.bucket || (bucket == margin.bucket && rest > 0) else {
                continue
            }
            if bucket == margin.bucket { rest -= Int(height) }
            self.inject[index] = 0
            self.give(index, product, .inject, bucket, height, &cells, &segments)
        }
    }

    @inline(__always)
    private func give(
        _ index: Int, _ product: Int, _ kind: SegmentKind, _ bucket: Int, _ height: Int32,
        _ cells: inout StackCells, _ segments: inout [[PlanSegment]]
    ) {
        let worker = Int(self.columns.worker[index])
        cells.add(Int(height), bucket: bucket, worker: worker)
        segments[worker].append(
            PlanSegment(
                slot: self.columns.slot[index], product: UInt8(truncatingIfNeeded: product),
                direction: self.direction, kind: kind, bucket: UInt8(truncatingIfNeeded: bucket),
                height: height))
    }
}

/// Heights per bucket and worker of one product in one direction.
struct StackCells {
    private var heights: [Int]
    private let workers: Int
    private(set) var total = 0

    init(workers: Int) {
        self.workers = workers
        self.heights = Array(repeating: 0, count: StackBuilder.buckets * workers)
    }

    mutating func add(_ height: Int, bucket: Int, worker: Int) {
        self.heights[bucket &* self.workers &+ worker] &+= height
        self.total &+= height
    }

    /// `C[bucket]` of every worker; buckets after a worker's last segment are left out.
    func tables() -> [[Int]] {
        var tables: [[Int]] = Array(repeating: [], count: self.workers)
        guard self.total > 0 else { return tables }
        var last = Array(repeating: -1, count: self.workers)
        for bucket in 0..<StackBuilder.buckets {
            for worker in 0..<self.workers where self.heights[bucket * self.workers + worker] > 0 {
                last[worker] = bucket
            }
        }
        var position = 0
        for bucket in 0..<StackBuilder.buckets {
            for worker in 0..<self.workers {
                if bucket <= last[worker] { tables[worker].append(position) }
                position += self.heights[bucket * self.workers + worker]
            }
        }
        return tables
    }
}
