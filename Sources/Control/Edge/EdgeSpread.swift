import Domain

/// What a product asked lately. A point whose place in the spread is 30 % follows what was asked 30 % of the spread ago:
/// each change reaches every point within the spread, in one order, and behind it all stand where the request is.
struct RequestTrail: Sendable {
    private var changes: [(at: Instant, watts: Int)] = [(.distantPast, 0)]

    /// All points are where the last request is.
    var isSettled: Bool { self.changes.count == 1 }
    /// The last request, W, + = up.
    var newest: Int { self.changes[self.changes.count - 1].watts }

    mutating func note(_ watts: Int, at now: Instant, spread: TimeSpan) {
        if self.newest != watts { self.changes.append((now, watts)) }
        let passed = self.changes.dropFirst().prefix { $0.at <= now - spread }.count
        self.changes.removeFirst(passed)
    }

    /// What was asked at an instant, W, + = up.
    func asked(at instant: Instant) -> Int {
        (self.changes.last { $0.at <= instant } ?? self.changes[0]).watts
    }
}

extension EdgeController.Point {
    /// The power to be told now, W; nil = nothing yet. A response, and what follows one, is told at once and whole. A base
    /// that only the plan moved waits for this point's draw: at most the spread of plans, or where the point serves no
    /// product the delay that law asks for. The bounds, which are limits and promises, outrank the wait.
    mutating func paced(
        _ target: Int, base: Int, inside bounds: ClosedRange<Int>, isServing: Bool, rules: EdgeRules, at now: Instant
    ) -> Int? {
        let hasResponded = self.isResponding
        self.isResponding = target != base
        let law = isServing ? .zero : rules.randomDelay
        let most = max(law, rules.planSpread)
        let waits = most > .zero && target == base && !hasResponded && !self.stopped && self.base != base
        if waits && self.due == nil { self.due = now + self.draw(most) }
        guard waits, let due = self.due, now < due else {
            self.stands(at: base, isResponding: self.isResponding)
            return target
        }
        // Nobody knows what a new point does; where law delays a start, it has not started.
        guard let before = self.base ?? (law > .zero ? 0 : nil) else { return nil }
        let bounded = min(max(before, bounds.lowerBound), bounds.upperBound)
        self.base = bounded
        return bounded
    }

    /// The next of the point's own random times, to the millisecond, `most` at most.
    private mutating func draw(_ most: TimeSpan) -> TimeSpan {
        var generator = SeededGenerator(seed: self.lot)
        self.lot = generator.next()
        return .milliseconds(Int(self.lot % UInt64(most.milliseconds + 1)))
    }

    /// The point is where the plan's base is, or its curve's: nothing waits.
    mutating func stands(at base: Int, isResponding: Bool) {
        self.base = base
        self.due = nil
        self.isResponding = isResponding
    }
}

extension EdgeController {
    /// Writes down what each product with a spread asks now. True while some points are still to follow.
    func note(_ requests: [Int], _ plan: EdgePlan, _ held: inout Held, at now: Instant) -> Bool {
        guard !self.rules.spreads.isEmpty else { return false }
        var isSpreading = false
        for (product, request) in zip(plan.plan.products, requests) where product.activation == .signal {
            guard let spread = self.rules.spreads[product.product] else { continue }
            held.trails[product.product, default: RequestTrail()].note(request, at: now, spread: spread)
            isSpreading = isSpreading || held.trails[product.product]?.isSettled == false
        }
        return isSpreading
    }

    /// What a product asks of each entry now, W, + = up: one number, or while a request spreads each point's own.
    func asked(_ plan: EdgePlan, _ held: Held, _ product: PlanProduct, _ request: Int, at now: Instant) -> AskedPower {
        guard let trail = held.trails[product.product], !trail.isSettled,
            let spread = self.rules.spreads[product.product]
        else { return AskedPower(request: request, each: []) }
        let each = plan.plan.entries.map { entry -> Int in
            let place = self.points[entry.slot]?.delay ?? 0
            return trail.asked(at: now - TimeSpan(microseconds: spread.microseconds / 1_000 * place))
        }
        return AskedPower(request: request, each: each)
    }
}

/// A request as the entries of a plan see it, W, + = up.
struct AskedPower: Sendable {
    let request: Int
    /// By entry; empty = all the same.
    let each: [Int]

    @inline(__always)
    func magnitude(_ entry: Int, up: Bool) -> Int {
        let asked = self.each.isEmpty ? self.request : self.each[entry]
        return Swift.max(0, up ? asked : -asked)
    }

    /// Whether anybody is asked for something in a direction.
    func reaches(up: Bool) -> Bool {
        self.each.isEmpty ? (up ? self.request > 0 : self.request < 0) : self.each.contains { up ? $0 > 0 : $0 < 0 }
    }
}
