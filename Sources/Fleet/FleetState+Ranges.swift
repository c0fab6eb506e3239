// Where each worker's indices lie: one range behind the other, each with a little room to grow.
extension FleetState {
    /// Room for `count` slots of a worker. What is behind it moves up, and gets room to grow in the same pass: workers that
    /// register together, as they do when an aggregator starts, make one pass for each sixteenth that all of them grow by.
    mutating func makeRoom(_ worker: Int, for count: Int) {
        let first = self.workers[worker].base
        let moved = self.workers.indices.filter { self.workers[$0].base >= first }
            .sorted { self.workers[$0].base < self.workers[$1].base }
        var end = first
        var bases: [Int] = []
        for other in moved {
            let used = other == worker ? count : self.workers[other].used
            // Nobody moves down: where an older version left a gap it stays.
            end = max(end, self.workers[other].base)
            bases.append(end)
            self.workers[other].capacity = max(
                self.workers[other].capacity, used + max(self.rangeStep, used / 16))
            end += self.workers[other].capacity
        }
        self.grow(by: max(0, end - self.lines.count))
        // From the last on, so that nobody is moved onto another.
        for (other, base) in zip(moved, bases).reversed() where base > self.workers[other].base {
            for (offset, index) in self.range(other).enumerated().reversed() { self.move(index, to: base + offset) }
            self.workers[other].base = base
        }
    }

    mutating func grow(by count: Int) {
        self.lines.append(contentsOf: repeatElement(VehicleLine.empty, count: count))
        self.hot.append(contentsOf: repeatElement(.none, count: count))
        self.names.grow(by: count)
        self.limits.grow(by: count)
    }

    private mutating func move(_ from: Int, to: Int) {
        self.areRunsStale = true
        self.lines[to] = self.lines[from]
        self.hot[to] = self.hot[from]
        self.names.move(from, to: to)
        self.limits.move(from, to: to)
        self.lines[from] = .empty
        self.hot[from] = .none
    }

    /// Empties an index; its generation goes with it.
    mutating func empty(_ index: Int) {
        self.areRunsStale = true
        self.count(index, .none)
        self.lines[index] = .empty
        self.names.clear(index)
        self.limits[index] = .none
    }
}
