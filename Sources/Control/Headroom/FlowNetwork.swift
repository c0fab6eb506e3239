/// A network of capacities through which as much as possible is sent to node 0; integers, so that the answer is exact.
/// What has been sent stays sent: later augmentation only finds it other ways.
struct FlowNetwork {
    private var heads: [Int32]
    private var targets: [Int32] = []
    private var nexts: [Int32] = []
    private var left: [Int] = []
    /// Mark of the last search that reached a node, and the edge it came by.
    private var seen: [Int32]
    private var cameBy: [Int32]
    private var queue: [Int32] = []
    private var round: Int32 = 0

    init(nodes: Int) {
        self.heads = Array(repeating: -1, count: nodes)
        self.seen = Array(repeating: 0, count: nodes)
        self.cameBy = Array(repeating: -1, count: nodes)
    }

    /// Returns the edge's number; what is still free on it is ``free(_:)``, what is used ``used(_:)``.
    mutating func connect(_ from: Int, to: Int, capacity: Int) -> Int {
        let edge = self.targets.count
        for (source, target, room) in [(from, to, capacity), (to, from, 0)] {
            self.nexts.append(self.heads[source])
            self.heads[source] = Int32(self.targets.count)
            self.targets.append(Int32(target))
            self.left.append(room)
        }
        return edge
    }

    func target(_ edge: Int) -> Int { Int(self.targets[edge]) }
    func free(_ edge: Int) -> Int { self.left[edge] }
    func used(_ edge: Int) -> Int { self.left[edge ^ 1] }

    /// Opens an edge that had no room.
    mutating func widen(_ edge: Int, by capacity: Int) { self.left[edge] += capacity }

    /// Sends along edges that are known to lead from one to the next and to node 0; returns how much went.
    mutating func send(_ most: Int, along path: [Int]) -> Int {
        let amount = path.reduce(most) { min($0, self.left[$1]) }
        guard amount > 0 else { return 0 }
        for edge in path { self.move(amount, edge) }
        return amount
    }

    /// Sends up to `most` from a node by whatever ways there are; returns how much went.
    mutating func send(_ most: Int, from node: Int) -> Int {
        var sent = 0
        while sent < most, self.search(from: node) {
            var amount = most - sent
            self.walkBack(to: node) { amount = min(amount, self.left[$0]) }
            var path: [Int] = []
            self.walkBack(to: node) { path.append($0) }
            for edge in path { self.move(amount, edge) }
            sent += amount
        }
        return sent
    }

    /// After a search that did not arrive: whether it got to a node. The edges from such to others are what binds.
    func wasReached(_ node: Int) -> Bool { self.seen[node] == self.round }

    private mutating func move(_ amount: Int, _ edge: Int) {
        self.left[edge] -= amount
        self.left[edge ^ 1] += amount
    }

    private func walkBack(to node: Int, _ each: (Int) -> Void) {
        var at = 0
        while at != node {
            let edge = Int(self.cameBy[at])
            each(edge)
            at = Int(self.targets[edge ^ 1])
        }
    }

    /// The shortest way to node 0, breadth first.
    private mutating func search(from node: Int) -> Bool {
        self.round += 1
        self.queue.removeAll(keepingCapacity: true)
        self.queue.append(Int32(node))
        self.seen[node] = self.round
        var next = 0
        while next < self.queue.count {
            var edge = self.heads[Int(self.queue[next])]
            next += 1
            while edge >= 0 {
                let target = Int(self.targets[Int(edge)])
                if self.left[Int(edge)] > 0, self.seen[target] != self.round {
                    self.seen[target] = self.round
                    self.cameBy[target] = edge
                    if target == 0 { return true }
                    self.queue.append(Int32(target))
                }
                edge = self.nexts[Int(edge)]
            }
        }
        return false
    }
}
