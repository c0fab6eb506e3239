public import Domain

/// The dispatch stack of one resource as it stands from second to second: members change, and only what that moves is
/// placed anew. What it holds is what ``StackBuilder`` would build of the same members in the order of their slots.
///
/// A product takes all rooms up to a mark on the axis of bucket, worker and slot; whose a room is follows from the marks
/// alone. So a change adds to and takes from the heights of a few cells, the marks are found again from the cells, and
/// only rooms between an old mark and the new one change hands.
public struct StandingStack: Sendable {
    public let workers: [WorkerID]
    public private(set) var products: [StackProduct]
    /// Where each worker's rows begin; its slots follow, with some to spare.
    var starts: [Int] = []
    var rows: [Row] = []
    /// Merit of each row, for looking through a cell.
    var merits: [UInt8] = []
    /// By direction, then product, worker and bucket: heights of the rooms that the products before leave to it.
    var cells: [Int]
    /// By direction, then product: the last room that it takes.
    var marks: [Mark]
    /// Rooms that are to be given away in this update, and rows that changed in it.
    var openUp: [OpenRoom] = []
    var openDown: [OpenRoom] = []
    var touched: [Touched] = []
    private var tables: [[[Int]]]

    /// One member, and whose its rooms are.
    struct Row: Sendable {
        var base: Int32 = 0
        var low: Int32 = 0
        var high: Int32 = 0
        var generation: UInt32 = 0
        var eligible: UInt32 = 0
        var merit: UInt8 = 0
        var isThere = false
        var resident = false
        var isTouched = false
        /// By room: index of the product, or one of the two below.
        var owners: (UInt8, UInt8, UInt8) = (Self.nobody, Self.nobody, Self.nobody)

        static let nobody = UInt8.max
        /// To be given away in this update.
        static let open = UInt8.max - 1
    }

    /// A row that may have changed in this update, and what it was before.
    struct Touched: Sendable {
        var index: Int32
        var before: Row
    }

    /// What a vehicle can be moved by: in two steps up, in one down.
    enum Room: Int, CaseIterable {
        case upShift
        case upInject
        case downShift

        static let up: [Room] = [.upShift, .upInject]
        static let down: [Room] = [.downShift]
        static func all(_ direction: Direction) -> [Room] { direction == .up ? self.up : self.down }

        /// Added to the merit: the bucket.
        var mark: Int { self == .upInject ? 128 : 0 }
        var kind: SegmentKind { self == .upInject ? .inject : .shift }
    }

    /// A place on the axis: all before it and itself are taken. In bits: bucket, worker, row of the worker.
    struct Mark: Hashable, Comparable, Sendable {
        var bits: Int

        static let nothing = Mark(bits: -1)
        static let everything = Mark(bits: Int.max)

        @inline(__always)
        init(bucket: Int, worker: Int, row: Int) {
            self.bits = bucket << 40 | worker << 24 | row
        }

        private init(bits: Int) {
            self.bits = bits
        }

        var bucket: Int { self.bits >> 40 }
        var worker: Int { self.bits >> 24 & 0xFFFF }
        /// Among the heights of one product.
        @inline(__always)
        var cell: Int { self.worker * StackBuilder.buckets + self.bucket }

        @inline(__always)
        static func < (one: Mark, other: Mark) -> Bool { one.bits < other.bits }
    }

    /// Most slots of a worker and most workers: what a mark can tell apart.
    static let mostSlots = 1 << 24
    static let mostWorkers = 1 << 16

    /// An empty stack.
    public init(workers: [WorkerID], products: [StackProduct]) {
        precondition(products.count <= StackBuilder.mostProducts, "a member's eligibility is a mask of 32 bits")
        precondition(workers.count <= Self.mostWorkers, "more workers than a mark tells apart")
        self.workers = workers
        self.products = products
        self.starts = Array(repeating: 0, count: workers.count + 1)
        self.cells = Array(repeating: 0, count: 2 * products.count * workers.count * StackBuilder.buckets)
        self.marks = Array(repeating: .nothing, count: 2 * products.count)
        self.tables = Array(repeating: Array(repeating: [], count: workers.count), count: 2 * products.count)
    }

    /// Takes members that came or changed, and slots (by worker) whose members left; of a slot that is named twice the
    /// last word counts. Returns what changed of which worker's plan.
    public mutating func update(_ members: [StackMember], leaving: [(worker: Int, slot: UInt32)] = []) -> [PlanDelta] {
        self.makeRoom(members)
        self.open(members)
        for (worker, slot) in leaving where Int(slot) < self.starts[worker + 1] - self.starts[worker] {
            self.open(self.starts[worker] + Int(slot), worker)
        }
        return self.settle()
    }

    /// The same with the products as they are awarded now.
    public mutating func update(
        _ members: [StackMember], leaving: [(worker: Int, slot: UInt32)], products: [StackProduct]
    ) -> [PlanDelta] {
        self.take(products)
        return self.update(members, leaving: leaving)
    }

    /// Whether it is the stack of these workers and products, whatever is awarded.
    public func isOf(_ workers: [WorkerID], _ products: [StackProduct]) -> Bool {
        self.workers == workers && self.products.map(\.product.product) == products.map(\.product.product)
    }

    /// Other awards of the same products.
    public mutating func award(_ products: [StackProduct]) -> [PlanDelta] {
        self.take(products)
        return self.settle()
    }

    private mutating func take(_ products: [StackProduct]) {
        precondition(products.map(\.product.product) == self.products.map(\.product.product), "the same products")
        self.products = products
    }

    /// Takes all who are there now, worker by worker and each worker's in the order of their slots, with the products as
    /// they are awarded now. Only those that came, left or changed since are placed anew.
    public mutating func replace(_ members: [StackMember], products: [StackProduct]) -> [PlanDelta] {
        self.take(products)
        var changed: [StackMember] = []
        var leaving: [(worker: Int, slot: UInt32)] = []
        var next = 0
        for worker in self.workers.indices {
            let range = self.starts[worker]..<self.starts[worker + 1]
            var row = range.lowerBound
            while next < members.count, members[next].worker == worker {
                let index = range.lowerBound + Int(members[next].slot)
                self.leave(row..<max(row, min(index, range.upperBound)), worker, &leaving)
                if index >= range.upperBound || !self.rows[index].holds(members[next]) { changed.append(members[next]) }
                row = index + 1
                next += 1
            }
            self.leave(row..<max(row, range.upperBound), worker, &leaving)
        }
        precondition(next == members.count, "members come worker by worker")
        return self.update(changed, leaving: leaving)
    }

    /// Notes who of some rows is there, and not meant to be.
    private func leave(_ rows: Range<Int>, _ worker: Int, _ leaving: inout [(worker: Int, slot: UInt32)]) {
        for row in rows where self.rows[row].isThere { leaving.append((worker, UInt32(row - self.starts[worker]))) }
    }

    private mutating func settle() -> [PlanDelta] {
        for direction in Direction.allCases { self.settle(direction) }
        return self.deltas()
    }

    /// Rows for all slots that are named; who needs more than there is gets an eighth to spare.
    private mutating func makeRoom(_ members: [StackMember]) {
        var needed = self.workers.indices.map { self.starts[$0 + 1] - self.starts[$0] }
        var isMore = false
        for member in members where Int(member.slot) >= needed[member.worker] {
            needed[member.worker] = Int(member.slot) + 1
            isMore = true
        }
        guard isMore else { return }
        precondition(needed.allSatisfy { $0 <= Self.mostSlots }, "more slots than a mark tells apart")
        var rows: [Row] = []
        var merits: [UInt8] = []
        var starts = [0]
        for worker in self.workers.indices {
            let old = self.starts[worker]..<self.starts[worker + 1]
            let count = needed[worker] > old.count ? needed[worker] + needed[worker] / 8 : old.count
            rows += self.rows[old]
            rows += repeatElement(Row(), count: count - old.count)
            merits += self.merits[old]
            merits += repeatElement(0, count: count - old.count)
            starts.append(rows.count)
        }
        (self.rows, self.merits, self.starts) = (rows, merits, starts)
    }

    /// What changed since the last time, by worker.
    private mutating func deltas() -> [PlanDelta] {
        let before = self.tables
        for place in self.tables.indices { self.tables[place] = self.held(place).tables() }
        var deltas = self.workers.indices.map { PlanDelta(worker: $0) }
        self.touched.sort { $0.index < $1.index }
        var worker = 0
        for touched in self.touched {
            let row = Int(touched.index)
            while row >= self.starts[worker + 1] { worker += 1 }
            self.rows[row].isTouched = false
            guard !self.rows[row].looks(like: touched.before) else { continue }
            self.write(row, worker, to: &deltas[worker])
        }
        self.forgetChanges()
        for worker in deltas.indices {
            let isSame = self.tables.indices.allSatisfy { before[$0][worker] == self.tables[$0][worker] }
            deltas[worker].products = self.terms(worker)
            deltas[worker].areTablesNew = !isSame
        }
        return deltas.filter { $0.areTablesNew || $0.count > 0 }
    }

    /// What an update needed is kept for the next, unless it was far more than an update mostly needs.
    private mutating func forgetChanges() {
        let isMuch = self.touched.count > self.rows.count / 8
        self.touched.removeAll(keepingCapacity: !isMuch)
        guard isMuch else { return }
        self.openUp = []
        self.openDown = []
    }

    private func write(_ index: Int, _ worker: Int, to delta: inout PlanDelta) {
        let row = self.rows[index]
        let slot = UInt32(index - self.starts[worker])
        guard row.isThere else { return delta.gone.append(slot) }
        delta.entries.append(self.entry(row, slot))
        for room in Room.allCases {
            if let segment = self.segment(row, slot, room) { delta.segments.append(segment) }
        }
    }

    private func entry(_ row: Row, _ slot: UInt32) -> PlanEntry {
        PlanEntry(
            slot: slot, generation: row.generation, base: row.base, low: row.low, high: row.high,
            resident: row.resident)
    }

    private func segment(_ row: Row, _ slot: UInt32, _ room: Room) -> PlanSegment? {
        let owner = row.owner(room)
        guard owner < Row.open else { return nil }
        return PlanSegment(
            slot: slot, product: owner, direction: room == .downShift ? .down : .up, kind: room.kind,
            bucket: row.merit | UInt8(room.mark), height: row.height(room))
    }

    /// The products with what is held for each and where a worker's cells begin, W on the axis of each.
    public func terms(_ worker: Int) -> [PlanProduct] {
        self.products.indices.map { index in
            var product = self.products[index].product
            product.upTable = self.tables[index][worker]
            product.downTable = self.tables[self.products.count + index][worker]
            return product
        }
    }

    /// The whole plans, as ``StackBuilder`` makes them.
    public func plans(id: PlanID, validUntil: Instant) -> [WorkerPlan] {
        self.workers.indices.map { worker in
            let range = self.starts[worker]..<self.starts[worker + 1]
            var delta = PlanDelta(worker: worker)
            for index in range where self.rows[index].isThere { self.write(index, worker, to: &delta) }
            return WorkerPlan(
                id: id, worker: self.workers[worker], validUntil: validUntil, products: self.terms(worker),
                entries: delta.entries, segments: delta.segments.inPlanOrder())
        }
    }
}
