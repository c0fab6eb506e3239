import Domain

/// Where a product's last segment lies: cells before it, by bucket and then worker, are taken whole.
struct StackMargin {
    var bucket: Int
    var worker: Int
    /// W that are still wanted of that cell, > 0.
    var rest: Int
}

/// Heights per bucket and worker of one product in one direction.
struct StackCells {
    /// By worker, then bucket: a worker's buckets are filled together.
    private var heights: [Int]
    private let workers: Int
    private(set) var total = 0

    init(workers: Int) {
        self.workers = workers
        self.heights = Array(repeating: 0, count: StackBuilder.buckets * workers)
    }

    /// Heights as a stack that stands keeps them.
    init(_ heights: ArraySlice<Int>, workers: Int) {
        self.workers = workers
        self.heights = Array(heights)
    }

    /// All heights, to be added to; a worker's begin at `start(worker)`.
    @inline(__always)
    mutating func update(_ body: (inout MutableSpan<Int>) -> Void) {
        var heights = self.heights.mutableSpan
        body(&heights)
    }

    /// Where a worker's buckets begin.
    static func start(_ worker: Int) -> Int { worker * StackBuilder.buckets }

    /// The cell that covers the last of `wanted`; behind all of them where there is too little.
    func margin(_ wanted: Int) -> StackMargin {
        var rest = wanted
        for bucket in 0..<StackBuilder.buckets {
            for worker in 0..<self.workers {
                let height = self.heights[Self.start(worker) + bucket]
                if rest <= height { return StackMargin(bucket: bucket, worker: worker, rest: rest) }
                rest -= height
            }
        }
        return StackMargin(bucket: StackBuilder.buckets, worker: self.workers, rest: rest)
    }

    /// Leaves what a product gets: all before the margin, and `watts` in its cell.
    mutating func cut(at margin: StackMargin, watts: Int) {
        self.total = 0
        for worker in 0..<self.workers {
            for bucket in 0..<StackBuilder.buckets {
                let cell = Self.start(worker) + bucket
                if (bucket, worker) == (margin.bucket, margin.worker) {
                    self.heights[cell] = watts
                } else if (bucket, worker) > (margin.bucket, margin.worker) {
                    self.heights[cell] = 0
                }
                self.total += self.heights[cell]
            }
        }
    }

    /// `C[bucket]` of every worker; buckets after a worker's last segment are left out.
    func tables() -> [[Int]] {
        var tables: [[Int]] = Array(repeating: [], count: self.workers)
        guard self.total > 0 else { return tables }
        var position = 0
        var positions = self.heights
        var last = Array(repeating: -1, count: self.workers)
        for bucket in 0..<StackBuilder.buckets {
            for worker in 0..<self.workers {
                let cell = Self.start(worker) + bucket
                positions[cell] = position
                if self.heights[cell] > 0 { last[worker] = bucket }
                position += self.heights[cell]
            }
        }
        for worker in 0..<self.workers {
            let start = Self.start(worker)
            tables[worker] = Array(positions[start..<start + last[worker] + 1])
        }
        return tables
    }
}
