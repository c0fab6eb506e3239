import Domain

/// What no product has taken yet of the members' room in one direction, as columns that two linear passes read.
///
/// Nothing is sorted: a histogram of heights tells which bucket is the last one that a product needs;
/// buckets before it are taken whole, that one in the order of members until the rest is covered.
struct FreeHeadroom {
    private let members: [StackMember]
    private let direction: Direction
    /// W ≥ 0 per member; 0 once taken.
    private var shift: [Int32]
    private var inject: [Int32]

    init(_ members: [StackMember], _ direction: Direction) {
        self.members = members
        self.direction = direction
        self.shift = []
        self.inject = []
        self.shift.reserveCapacity(members.count)
        self.inject.reserveCapacity(members.count)
        for member in members {
            let heights = StackBuilder.heights(member.bounds, direction)
            self.shift.append(Int32(clamping: heights.shift))
            self.inject.append(Int32(clamping: heights.inject))
        }
    }

    /// The last bucket that is needed for `wanted`, and how much of it: everything where there is too little.
    private func margin(_ mask: UInt32, wanted: Int) -> (bucket: Int, watts: Int) {
        var heights = Array(repeating: 0, count: StackBuilder.buckets)
        for (index, member) in self.members.enumerated() where member.eligible & mask != 0 {
            heights[Int(member.merit & 127)] &+= Int(self.shift[index])
            heights[Int(member.merit & 127) | 128] &+= Int(self.inject[index])
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
        for index in self.members.indices where self.members[index].eligible & mask != 0 {
            let bucket = Int(self.members[index].merit & 127)
            let shift = self.shift[index]
            if shift > 0, bucket < margin.bucket || (bucket == margin.bucket && rest > 0) {
                if bucket == margin.bucket { rest -= Int(shift) }
                self.shift[index] = 0
                self.give(index, product, .shift, bucket, shift, &cells, &segments)
            }
            let inject = self.inject[index]
            let later = bucket | 128
            if inject > 0, later < margin.bucket || (later == margin.bucket && rest > 0) {
                if later == margin.bucket { rest -= Int(inject) }
                self.inject[index] = 0
                self.give(index, product, .inject, later, inject, &cells, &segments)
            }
        }
    }

    @inline(__always)
    private func give(
        _ index: Int, _ product: Int, _ kind: SegmentKind, _ bucket: Int, _ height: Int32,
        _ cells: inout StackCells, _ segments: inout [[PlanSegment]]
    ) {
        let worker = self.members[index].worker
        cells.add(Int(height), bucket: bucket, worker: worker)
        segments[worker].append(
            PlanSegment(
                slot: self.members[index].slot, product: UInt8(truncatingIfNeeded: product),
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
        self.heights[bucket * self.workers + worker] += height
        self.total += height
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
