public import Domain

/// Builds the dispatch stack of one resource: who is moved at which request (dispatch.md section 2).
///
/// For each product and direction, segments lie end to end on the axis of requested power, ordered by
/// bucket, then worker, then slot. All *shift* segments (curtail or raise charging) come before all
/// *inject* segments (discharge), so no car discharges while another still charges.
public struct StackBuilder: Sendable {
    /// Merit buckets: 0–127 shift, 128–255 inject.
    public static let buckets = 256
    /// A member's eligibility is a mask of this many bits.
    public static let mostProducts = 32

    public var workers: [WorkerID]
    public var members: [StackMember]
    public var products: [StackProduct]

    public init(workers: [WorkerID], members: [StackMember], products: [StackProduct]) {
        precondition(
            products.count <= Self.mostProducts, "a member's eligibility is a mask of 32 bits")
        self.workers = workers
        self.members = members
        self.products = products
    }

    /// What one direction of one product got.
    public struct Held: Hashable, Sendable {
        public var product: Int
        public var direction: Direction
        /// Σ of heights, W.
        public var watts: Int
    }

    /// The plans of all workers, in the order of `workers`, and what each product holds.
    public func build(id: PlanID, validUntil: Instant) -> (plans: [WorkerPlan], held: [Held]) {
        var segments: [[PlanSegment]] = Array(repeating: [], count: self.workers.count)
        var held: [Held] = []
        let rows = StackRows(self.members, workers: self.workers.count)
        var products: [[PlanProduct]] = self.workers.map { _ in self.products.map(\.product) }
        for direction in Direction.allCases {
            var free = FreeHeadroom(rows, direction)
            for index in self.products.indices {
                let wanted = direction == .up ? self.products[index].up : self.products[index].down
                let cells = free.take(index, wanted: wanted, segments: &segments)
                held.append(Held(product: index, direction: direction, watts: cells.total))
                for (worker, table) in cells.tables().enumerated() {
                    if direction == .up {
                        products[worker][index].upTable = table
                    } else {
                        products[worker][index].downTable = table
                    }
                }
            }
        }
        let plans = self.workers.indices.map { worker in
            WorkerPlan(
                id: id, worker: self.workers[worker], validUntil: validUntil,
                products: products[worker], entries: rows.entries[worker], segments: segments[worker])
        }
        return (plans, held)
    }

    /// Heights of the two segments of a vehicle in a direction, W ≥ 0.
    public static func heights(_ bounds: Bounds, _ direction: Direction) -> (
        shift: Int, inject: Int
    ) {
        self.heights(base: bounds.base, low: bounds.low, high: bounds.high, direction)
    }

    @inline(__always)
    static func heights(base: Int, low: Int, high: Int, _ direction: Direction) -> (
        shift: Int, inject: Int
    ) {
        switch direction {
        case .up:
            let floor = max(low, min(base, 0))
            return (max(0, base - floor), max(0, floor - low))
        case .down:
            return (max(0, high - base), 0)
        }
    }
}
