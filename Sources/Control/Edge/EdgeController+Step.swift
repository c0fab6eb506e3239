public import Domain

extension Int {
    /// Moved towards 0 by `distance` ≥ 0, not beyond it.
    public func nearerToZero(by distance: Int) -> Int {
        self >= 0 ? Swift.max(0, self - distance) : Swift.min(0, self + distance)
    }
}

extension EdgeController {
    /// Computes what every point should do now and returns what has to be sent.
    /// Points are visited in the order of the plan, resources by name, so that equal inputs give equal actions.
    public mutating func step(at now: Instant) -> [EdgeAction] {
        var actions: [EdgeAction] = []
        for resource in self.held.keys.sorted() {
            guard var held = self.held[resource], let plan = held.current else { continue }
            if now < plan.plan.validUntil {
                held.expiredAt = nil
                held.lapsedAt = nil
                self.apply(plan, &held, resource, at: now, to: &actions)
            } else {
                self.lapse(plan, &held, at: now, to: &actions)
            }
            self.held[resource] = held
        }
        self.renew(at: now, to: &actions)
        self.lastStep = now
        self.touched = false
        return actions
    }

    /// The lease is over. The way back begins when the frequency allows it, and for the drivers' sake at the
    /// latest after the time for which the bounds of the plan kept energy back.
    private mutating func lapse(
        _ plan: EdgePlan, _ held: inout Held, at now: Instant, to actions: inout [EdgeAction]
    ) {
        held.settled = nil
        let lapsed = held.lapsedAt ?? now
        held.lapsedAt = lapsed
        let low =
            self.freshFrequency(at: now).map { $0 < self.rules.holdLoadBelowMilliHertz } ?? false
        let holding = low && now - lapsed < EdgeRules.mostHold
        let since = holding ? now : held.expiredAt ?? now
        held.expiredAt = since
        // Nothing of what was asked is left: a plan that is resumed begins with what is asked then.
        if !holding {
            held.applied = held.applied.mapValues { _ in 0 }
            held.trails = [:]
        }
        self.fallBack(plan, since: since, holding: holding, at: now, to: &actions)
    }

    /// Request of each product now, W, + = up.
    private func requests(_ plan: EdgePlan, _ held: Held, at now: Instant) -> [Int] {
        plan.plan.products.map { product in
            switch product.activation {
            case .localCurve: self.droop(product, last: held.applied[product.product] ?? 0, at: now)
            case .signal: self.followed(product, held, entries: plan.plan.entries.count, at: now)
            }
        }
    }

    /// The local curve's request. A measurement that went stale leaves the last request for the product's hold
    /// time, then nothing is answered: without a frequency there is no droop.
    private func droop(_ product: PlanProduct, last: Int, at now: Instant) -> Int {
        guard let frequency = self.freshFrequency(at: now) else {
            guard let known = self.frequency,
                now - known.at <= self.rules.frequencyStale + product.holdTime
            else { return 0 }
            return last
        }
        return curveRequest(product, milliHertz: frequency)
    }

    /// The last signal while it is valid, then held, then ramped to zero: no faster than the region's ramp of
    /// every point together, and not while that would raise load at a low frequency (dispatch.md section 5).
    private func followed(_ product: PlanProduct, _ held: Held, entries: Int, at now: Instant)
        -> Int
    {
        guard let request = held.requests[product.product] else { return 0 }
        let asked = request.signal.fast
        let over = now - max(request.signal.expiry + product.holdTime, request.heldUntil)
        guard over > .zero else { return asked }
        let together = max(1, entries * self.rules.rampWattsPerSecond)
        let ramp = max(product.holdTime.milliseconds, Int(asked.magnitude) * 1000 / together, 1000)
        // From where it was at the last step: who slept through the ramp begins it, and does not jump to its end.
        let before = held.applied[product.product] ?? asked
        let elapsed = max(0, min((now - self.lastStep).milliseconds, 1_000))
        // Rounded up: of a few watts a short step would be nothing, and they would never end.
        return before.nearerToZero(by: (Int(asked.magnitude) * elapsed + ramp - 1) / ramp)
    }

    /// While the frequency is low, an expired request for export is held: its ramp starts anew afterwards.
    private func holdAgainstTheGrid(_ held: inout Held, at now: Instant) {
        guard let frequency = self.freshFrequency(at: now) else { return }
        let low = frequency < self.rules.holdLoadBelowMilliHertz
        let high = frequency > self.rules.holdLoadAboveMilliHertz
        for product in held.requests.keys {
            let asked = held.requests[product]?.signal.fast ?? 0
            if (low && asked > 0) || (high && asked < 0) { held.requests[product]?.heldUntil = now }
        }
    }

    private mutating func apply(
        _ plan: EdgePlan, _ held: inout Held, _ resource: ResourceID, at now: Instant,
        to actions: inout [EdgeAction]
    ) {
        self.holdAgainstTheGrid(&held, at: now)
        let requests = self.requests(plan, held, at: now)
        let isSpreading = self.note(requests, plan, &held, at: now)
        let isCalm = zip(plan.plan.products, requests).allSatisfy {
            $0.activation != .localCurve || $1 == 0
        }
        if !self.touched, !isSpreading, let settled = held.settled,
            settled.requests == requests
                || (plan.isResident && settled.isWhole && (settled.isCalm || !isCalm))
        {
            for (product, request) in zip(plan.plan.products, requests) {
                held.applied[product.product] = request
            }
            return
        }
        if !self.touched, !isSpreading, let settled = held.settled, settled.isWhole, !plan.hasArmed {
            self.follow(plan, from: settled.requests, to: requests, at: now, to: &actions)
            for (product, request) in zip(plan.plan.products, requests) { held.applied[product.product] = request }
            held.settled = Settled(requests: requests, isCalm: isCalm, isWhole: true)
            return
        }
        var targets = plan.plan.entries.map { Int($0.base) }
        for (index, request) in requests.enumerated() {
            let product = plan.plan.products[index]
            let asked = self.asked(plan, held, product, request, at: now)
            let residual =
                self.move(plan, index, up: true, asked, &targets) - self.move(plan, index, up: false, asked, &targets)
            if residual != held.residuals[product.product] ?? 0 {
                held.residuals[product.product] = residual
                actions.append(.residual(resource, product.product, watts: residual))
            }
            held.applied[product.product] = request
        }
        let told = self.tell(plan, targets, isCalm: isCalm, at: now, to: &actions)
        held.settled =
            told.isMoving || isSpreading ? nil : Settled(requests: requests, isCalm: isCalm, isWhole: told.isWhole)
    }

    /// Tells those again whose set-point or curve is half way to its end, as far as a lease holds for them.
    private mutating func renew(at now: Instant, to actions: inout [EdgeAction]) {
        let due = self.renewals.due(at: now)
        guard !due.isEmpty else { return }
        let plans = self.held.values.compactMap(\.current).filter { now < $0.plan.validUntil }
        let rules = self.rules
        for slot in due {
            let isHeld = plans.contains { $0.entryOfSlot[slot] != nil }
            var next: Instant?
            self.points.change(slot) { point in
                point.isReminded = false
                guard isHeld, point.available else { return }
                if let action = point.renew(slot, rules: rules, at: now) { actions.append(action) }
                next = point.reminder(rules)
            }
            if let next { self.renewals.remind(slot, at: next, now: now) }
        }
    }

    /// Sends every point what is due. Returns whether all could be commanded, and whether some are still to move: those who
    /// wait for their turn, or are on the ramp that they were on without a lease. A plan that is resumed lets load rise no
    /// faster than the fallback does.
    private mutating func tell(
        _ plan: EdgePlan, _ targets: [Int], isCalm: Bool, at now: Instant, to actions: inout [EdgeAction]
    ) -> (isWhole: Bool, isMoving: Bool) {
        var isWhole = true
        var isMoving = false
        let rise = self.rise(at: now)
        var reminders: [(UInt32, Instant)] = []
        // Taken out, so that points change in their place.
        var points = PointTable()
        swap(&points, &self.points)
        defer { swap(&points, &self.points) }
        for (index, entry) in plan.plan.entries.enumerated() {
            let isThere = points.update(entry.slot, generation: entry.generation) { point in
                let base = Int(entry.base)
                isWhole = isWhole && !point.stopped
                if plan.armed[index] && !point.stopped {
                    _ = point.resumed(targets[index], rise: rise)
                    isMoving = isMoving || point.ramped != nil
                    point.stands(at: base, isResponding: true)
                    if let action = point.arm(
                        entry.slot, plan.resident[index], isCalm: isCalm, rules: self.rules, at: now)
                    {
                        actions.append(action)
                    }
                } else {
                    let paced = point.paced(
                        targets[index], base: base, inside: Int(entry.low)...Int(entry.high),
                        isServing: plan.margin.isServing(index), rules: self.rules, at: now)
                    isMoving = isMoving || point.due != nil
                    guard let paced else { return }
                    let target = point.resumed(paced, rise: rise)
                    isMoving = isMoving || point.ramped != nil
                    if !point.curve.isEmpty { point.curve = [] }
                    var low = point.stopped ? max(0, Int(entry.low)) : Int(entry.low)
                    if point.ramped != nil { low = min(low, target) }
                    let said = point.ramped == nil ? target : point.dithered(target)
                    if let action = point.send(
                        entry.slot, said, low: low, high: Int(entry.high), rules: self.rules, at: now)
                    {
                        actions.append(action)
                    }
                }
                if let next = point.reminder(self.rules) { reminders.append((entry.slot, next)) }
            }
            isWhole = isWhole && isThere
        }
        for (slot, next) in reminders { self.renewals.remind(slot, at: next, now: now) }
        return (isWhole, isMoving)
    }

    /// By how much one point's load may have risen since the last step, W.
    private func rise(at now: Instant) -> Int {
        self.rules.rampWattsPerSecond * max(0, min((now - self.lastStep).microseconds, 1_000_000)) / 1_000_000
    }

    /// Moves targets by a request along the product's segments of a direction. What points that cannot be commanded would
    /// have done goes to this worker's own free segments above the request; what is left is returned, W ≥ 0.
    private func move(
        _ plan: EdgePlan, _ product: Int, up: Bool, _ asked: AskedPower, _ targets: inout [Int]
    ) -> Int {
        guard asked.reaches(up: up) else { return 0 }
        let segments = up ? plan.up[product] : plan.down[product]
        let sign = up ? -1 : 1
        var hole = 0
        for segment in segments {
            let moved = segment.moved(by: asked.magnitude(segment.entry, up: up))
            if self.mayMove(
                plan, segment.entry, discharging: up && targets[segment.entry] - moved < 0)
            {
                targets[segment.entry] += sign * moved
            } else {
                hole += moved
            }
        }
        guard hole > 0 else { return 0 }
        for segment in segments where hole > 0 {
            let free = segment.height - segment.moved(by: asked.magnitude(segment.entry, up: up))
            guard free > 0, !plan.armed[segment.entry],
                self.mayMove(
                    plan, segment.entry, discharging: up && targets[segment.entry] - free < 0)
            else { continue }
            let taken = min(free, hole)
            targets[segment.entry] += sign * taken
            hole -= taken
        }
        return hole
    }

    private func mayMove(_ plan: EdgePlan, _ entry: Int, discharging: Bool) -> Bool {
        let slot = plan.plan.entries[entry].slot
        return self.points.mayMove(
            slot, generation: plan.plan.entries[entry].generation, discharging: discharging)
    }

    /// First to 0 W on the ramp, then, after a random delay, on the ramp to the base that keeps the promise; nothing
    /// while it is held. Never a new discharge, never a step against the grid (dispatch.md section 5).
    private mutating func fallBack(
        _ plan: EdgePlan, since: Instant, holding: Bool, at now: Instant,
        to actions: inout [EdgeAction]
    ) {
        let rise = self.rise(at: now)
        var points = PointTable()
        swap(&points, &self.points)
        defer { swap(&points, &self.points) }
        for entry in plan.plan.entries {
            _ = points.update(entry.slot, generation: entry.generation) { point in
                // A curve in a station answers until its own expiry; it is relieved when the frequency is back.
                if holding && !point.curve.isEmpty { return }
                let base = Int(entry.base)
                let before = min(
                    point.ramped ?? point.sent ?? self.answered(point, at: now) ?? base, base)
                let delay = TimeSpan(
                    microseconds: self.rules.fallbackSpread.microseconds / 1000 * point.delay)
                var target = before
                if !holding && before < 0 {
                    target = min(0, before + rise)
                } else if !holding && now - since > delay {
                    target = min(base, before + rise)
                }
                if point.stopped { target = max(0, target) }
                point.ramped = target
                point.stands(at: base, isResponding: false)
                point.curve = []
                let said = target == base ? target : point.dithered(target)
                if let action = point.send(
                    entry.slot, said, low: min(target, Int(entry.low)), high: Int(entry.high), rules: self.rules,
                    at: now)
                {
                    actions.append(action)
                }
            }
        }
    }

    /// What a resident curve makes its station do now, W, as far as the frequency is known.
    private func answered(_ point: Point, at now: Instant) -> Int? {
        guard !point.curve.isEmpty, let frequency = self.freshFrequency(at: now) else { return nil }
        return power(of: point.curve, at: frequency)
    }
}
