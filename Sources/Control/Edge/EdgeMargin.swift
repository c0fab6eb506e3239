import Domain

/// Which segments an entry of a plan has, for a step that visits only those at the margin.
struct EdgeMargin: Sendable {
    /// A segment of an entry, and whose it is.
    struct Part: Sendable {
        var start: Int
        var height: Int
        var product: Int32
        var isUp: Bool

        /// What it adds to the base at a request of its product, W, + = charge.
        @inline(__always)
        func moved(by request: Int) -> Int {
            let asked = self.isUp ? request : -request
            let moved = min(max(asked - self.start, 0), self.height)
            return self.isUp ? -moved : moved
        }
    }

    /// Where each entry's parts begin.
    private var starts: [Int32]
    private var parts: [Part]

    init(entries: Int, up: [[PlacedSegment]], down: [[PlacedSegment]]) {
        self.starts = Array(repeating: 0, count: entries + 1)
        for segment in up.joined() { self.starts[segment.entry + 1] += 1 }
        for segment in down.joined() { self.starts[segment.entry + 1] += 1 }
        for entry in 0..<entries { self.starts[entry + 1] += self.starts[entry] }
        let none = Part(start: 0, height: 0, product: 0, isUp: true)
        self.parts = Array(repeating: none, count: Int(self.starts[entries]))
        var next = self.starts
        for (isUp, direction) in [(true, up), (false, down)] {
            for (product, segments) in direction.enumerated() {
                for segment in segments {
                    self.parts[Int(next[segment.entry])] = Part(
                        start: segment.start, height: segment.height, product: Int32(product), isUp: isUp)
                    next[segment.entry] += 1
                }
            }
        }
    }

    /// Whether an entry has a segment of any product.
    func isServing(_ entry: Int) -> Bool { self.starts[entry] < self.starts[entry + 1] }

    /// What all products together add to an entry's base, W, + = charge.
    @inline(__always)
    func moved(_ entry: Int, by requests: [Int]) -> Int {
        var sum = 0
        for part in Int(self.starts[entry])..<Int(self.starts[entry + 1]) {
            sum += self.parts[part].moved(by: requests[Int(self.parts[part].product)])
        }
        return sum
    }

    /// The segments, in the order of the axis, that another request moves.
    static func between(_ segments: [PlacedSegment], _ one: Int, _ other: Int) -> Range<Int> {
        let low = max(0, min(one, other))
        let high = max(0, max(one, other))
        guard low < high else { return 0..<0 }
        let first = segments.firstIndex { $0.start + $0.height > low }
        let end = segments.firstIndex { $0.start >= high }
        return min(first, end)..<end
    }
}

extension [PlacedSegment] {
    /// The first that has a property which all behind it have, too.
    fileprivate func firstIndex(_ has: (PlacedSegment) -> Bool) -> Int {
        var low = 0
        var high = self.count
        while low < high {
            let middle = (low + high) / 2
            if has(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension EdgeController {
    /// Everybody was told what to do at `old` requests and can be commanded: at the `new` ones only those whose segments
    /// lie between are visited, in the order of the plan.
    mutating func follow(
        _ plan: EdgePlan, from old: [Int], to new: [Int], at now: Instant, to actions: inout [EdgeAction]
    ) {
        var visited: [Int] = []
        for product in new.indices where old[product] != new[product] {
            let up = EdgeMargin.between(plan.up[product], old[product], new[product])
            for segment in plan.up[product][up] { visited.append(segment.entry) }
            let down = EdgeMargin.between(plan.down[product], -old[product], -new[product])
            for segment in plan.down[product][down] { visited.append(segment.entry) }
        }
        visited.sort()
        // Taken out, so that points change in their place.
        var points = PointTable()
        swap(&points, &self.points)
        defer { swap(&points, &self.points) }
        var last = -1
        for index in visited where index != last {
            last = index
            let entry = plan.plan.entries[index]
            let moved = plan.margin.moved(index, by: new)
            let target = Int(entry.base) + moved
            var next: Instant?
            _ = points.update(entry.slot, generation: entry.generation) { point in
                point.isResponding = moved != 0
                if let action = point.send(
                    entry.slot, target, low: Int(entry.low), high: Int(entry.high), rules: self.rules, at: now)
                {
                    actions.append(action)
                }
                next = point.reminder(self.rules)
            }
            if let next { self.renewals.remind(entry.slot, at: next, now: now) }
        }
    }
}
