/// Cars over spans of time with what is placed in each cell, and how it is moved to make room. W·s; exact.
struct ChargingTable {
    private let spans: Int
    private let cars: Int
    /// By car and span: what the charging point can bring, and what is placed.
    private var most: [Int]
    private var placed: [Int]
    /// By car: what is to be placed, and what of it is not yet.
    private var needs: [Int]
    private var unmet: [Int]
    /// By span: what the limit lets through, what of it is left, and whether it may be used yet.
    private var limits: [Int]
    private var free: [Int]
    private(set) var isExhausted = false
    private var work: Int
    /// As bits: spans in which a car has room left, a row a car; cars of which something is placed in a span, a row a
    /// span; spans that are open, and those of them that have room. Kept up to date with every cell that changes.
    private var roomy: BitRows
    private var holders: BitRows
    private var open: BitRows
    private var openFree: BitRows
    /// Of the search: by which span each car, and by which car each span was reached; and who was reached, as bits.
    private var carBy: [Int]
    private var spanBy: [Int]
    private var seenCars: BitRows
    private var seenSpans: BitRows
    /// Cars that cannot be helped before more is open.
    private var dead: BitRows
    private var queue: [Int] = []

    init(_ cars: [ChargingCar], _ spans: [ChargingSpan]) {
        self.cars = cars.count
        self.spans = spans.count
        self.most = []
        self.most.reserveCapacity(cars.count * spans.count)
        for car in cars {
            var start = 0
            for span in spans {
                self.most.append(car.most * max(0, min(span.length, car.ready - start)))
                start += span.length
            }
        }
        self.placed = Array(repeating: 0, count: self.most.count)
        self.needs = cars.map(\.need)
        self.unmet = self.needs
        self.limits = spans.map { $0.limit * $0.length }
        self.free = self.limits
        self.work = max(ChargingPlan.mostWork.least, ChargingPlan.mostWork.each * self.most.count)
        self.roomy = BitRows(cars.count, of: spans.count)
        self.holders = BitRows(spans.count, of: cars.count)
        self.open = BitRows(1, of: spans.count)
        self.openFree = BitRows(1, of: spans.count)
        self.carBy = Array(repeating: -1, count: cars.count)
        self.spanBy = Array(repeating: -1, count: spans.count)
        self.seenCars = BitRows(1, of: cars.count)
        self.seenSpans = BitRows(1, of: spans.count)
        self.dead = BitRows(1, of: cars.count)
        for cell in self.most.indices where self.most[cell] > 0 {
            self.roomy.set(cell / spans.count, cell % spans.count)
        }
    }

    var rows: [[Int]] {
        (0..<self.cars).map { Array(self.placed[$0 * self.spans..<($0 + 1) * self.spans]) }
    }

    /// Gives every car its cheapest spans without regard to the limit; false where a limit is broken by it or a car
    /// falls short.
    mutating func fillFreely(_ levels: [[Int]]) -> Bool {
        for car in 0..<self.cars {
            for level in levels where self.unmet[car] > 0 { self.spread(car, over: level, isFree: true) }
        }
        return self.free.allSatisfy { $0 >= 0 } && self.unmet.allSatisfy { $0 == 0 }
    }

    var isDone: Bool { self.unmet.allSatisfy { $0 == 0 } }

    var exhausted: ChargingTable {
        var table = self
        table.isExhausted = true
        return table
    }

    mutating func clear() {
        for car in 0..<self.cars {
            for span in 0..<self.spans {
                let cell = car * self.spans + span
                self.placed[cell] = 0
                self.roomy.set(car, span, to: self.most[cell] > 0)
            }
        }
        self.holders.clear()
        self.open.clear()
        self.openFree.clear()
        self.dead.clear()
        self.free = self.limits
        self.unmet = self.needs
    }

    /// Serves cars one after the other, each as far as can be: nobody loses energy to a later one.
    mutating func serve(_ order: [Int]) {
        let all = Array(0..<self.spans)
        self.opened(all)
        for car in order {
            self.spread(car, over: all, isFree: false)
            self.reach(car)
        }
    }

    /// What was placed is what can be served: it alone is placed anew.
    mutating func settle() {
        for car in 0..<self.cars { self.needs[car] -= self.unmet[car] }
        self.clear()
    }

    private mutating func opened(_ level: [Int]) {
        for span in level {
            self.open.set(0, span)
            self.openFree.set(0, span, to: self.free[span] > 0)
        }
    }

    /// Opens spans and fills them as far as can be: straight first, the rest by moving others.
    mutating func open(_ level: [Int], to order: [Int]) {
        self.opened(level)
        for car in order where self.unmet[car] > 0 { self.spread(car, over: level, isFree: false) }
        self.dead.clear()
        for car in order { self.reach(car) }
    }

    private mutating func reach(_ car: Int) {
        while self.unmet[car] > 0, !self.dead.has(0, car), !self.openFree.isEmpty {
            guard self.work > 0 else {
                self.isExhausted = true
                return
            }
            guard self.send(from: car) else { return }
        }
    }

    /// Places what a car lacks in spans of one value: evenly, then the rest in the first that have room.
    private mutating func spread(_ car: Int, over level: [Int], isFree: Bool) {
        let row = car * self.spans
        func room(_ span: Int) -> Int {
            let own = self.most[row + span] - self.placed[row + span]
            return isFree ? own : min(own, max(0, self.free[span]))
        }
        let rooms = level.map { room($0) }
        let sum = rooms.reduce(0, +)
        guard sum > 0 else { return }
        let wanted = min(self.unmet[car], sum)
        for (index, span) in level.enumerated() {
            let share = level.count == 1 ? wanted : Int(Int128(wanted) * Int128(rooms[index]) / Int128(sum))
            self.place(share, car, span)
        }
        var rest =
            wanted
            - level.indices.reduce(0) { left, index in
                left + (level.count == 1 ? wanted : Int(Int128(wanted) * Int128(rooms[index]) / Int128(sum)))
            }
        for span in level where rest > 0 {
            let more = min(rest, room(span))
            self.place(more, car, span)
            rest -= more
        }
    }

    private mutating func place(_ energy: Int, _ car: Int, _ span: Int) {
        guard energy > 0 else { return }
        self.change(car, span, by: energy)
        self.use(energy, of: span)
        self.unmet[car] -= energy
    }

    private mutating func change(_ car: Int, _ span: Int, by energy: Int) {
        let cell = car * self.spans + span
        self.placed[cell] += energy
        self.roomy.set(car, span, to: self.placed[cell] < self.most[cell])
        self.holders.set(span, car, to: self.placed[cell] > 0)
    }

    private mutating func use(_ energy: Int, of span: Int) {
        self.free[span] -= energy
        if self.free[span] <= 0 { self.openFree.set(0, span, to: false) }
    }

    /// Finds a way from a car that lacks energy over spans that are full, and cars that can go elsewhere, to an open
    /// span that has room; sends as much along it as goes. Who was reached in vain cannot be helped before more is open.
    private mutating func send(from first: Int) -> Bool {
        self.seenSpans.clear()
        self.seenCars = self.dead
        self.queue.removeAll(keepingCapacity: true)
        self.queue.append(first)
        self.seenCars.set(0, first)
        var next = 0
        var reached = 1
        while next < self.queue.count {
            let car = self.queue[next]
            next += 1
            self.work -= self.open.words
            if let span = self.roomy.first(car, in: self.openFree) {
                self.spanBy[span] = car
                self.move(from: first, to: span)
                return true
            }
            while let span = self.roomy.first(car, in: self.open, notIn: self.seenSpans) {
                self.seenSpans.set(0, span)
                self.spanBy[span] = car
                self.work -= self.dead.words
                self.holders.take(span, notIn: &self.seenCars, into: &self.queue)
                while reached < self.queue.count {
                    self.carBy[self.queue[reached]] = span
                    reached += 1
                }
            }
        }
        for car in self.queue { self.dead.set(0, car) }
        return false
    }

    private mutating func move(from first: Int, to last: Int) {
        var amount = min(self.unmet[first], self.free[last])
        var span = last
        while true {
            let car = self.spanBy[span]
            amount = min(amount, self.most[car * self.spans + span] - self.placed[car * self.spans + span])
            guard car != first else { break }
            span = self.carBy[car]
            amount = min(amount, self.placed[car * self.spans + span])
        }
        span = last
        while true {
            let car = self.spanBy[span]
            self.change(car, span, by: amount)
            guard car != first else { break }
            span = self.carBy[car]
            self.change(car, span, by: -amount)
        }
        self.use(amount, of: last)
        self.unmet[first] -= amount
    }
}
