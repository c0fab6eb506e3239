package import Domain

extension EdgeController {
    /// Computes what every point should do now and returns what has to be sent.
    /// Points are visited in the order of the plan, resources by name, so that equal inputs give equal actions.
    package mutating func step(at now: Instant) -> [EdgeAction] {
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
        guard over.milliseconds < ramp else { return 0 }
        return asked - asked * over.milliseconds / ramp
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
        if !self.touched, let settled = held.settled, settled.requests == requests,
            now < settled.until
        {
            return
        }
        var renewal = now + self.renewAfter
        var targets = plan.plan.entries.map { Int($0.base) }
        for (index, request) in requests.enumerated() {
            let product = plan.plan.products[index]
            let residual = self.move(plan, index, request, &targets)
            if residual != held.residuals[product.product] ?? 0 {
                held.residuals[product.product] = residual
                actions.append(.residual(resource, product.product, watts: residual))
            }
            held.applied[product.product] = request
        }
        let calm = zip(plan.plan.products, requests).allSatisfy {
            $0.activation != .localCurve || $1 == 0
        }
        for (index, entry) in plan.plan.entries.enumerated() {
            guard var point = self.points[entry.slot], point.generation == entry.generation,
                point.available
            else { continue }
            point.ramped = nil
            if plan.armed[index] && !point.stopped {
                self.arm(plan, index, &point, calm: calm, at: now, to: &actions)
            } else {
                point.curve = []
                self.send(
                    entry.slot, targets[index],
                    low: point.stopped ? max(0, Int(entry.low)) : Int(entry.low),
                    high: Int(entry.high), &point, at: now, to: &actions)
            }
            renewal = min(
                renewal, (point.sent == nil ? point.armedAt : point.sentAt) + self.renewAfter)
            self.points[entry.slot] = point
        }
        held.settled = Settled(requests: requests, until: renewal)
    }

    /// For how long a point may go on unheard: the watchdog's time or up to a quarter less, so that stations whose
    /// worker dies do not let go all at once.
    private func lapse(of point: Point) -> TimeSpan {
        let watchdog = self.rules.watchdog.microseconds
        return TimeSpan(microseconds: watchdog - watchdog / 4 * point.delay / 1000)
    }

    /// Set-points and curves are sent anew half way to their end.
    private var renewAfter: TimeSpan {
        TimeSpan(microseconds: self.rules.watchdog.microseconds / 2)
    }

    /// Moves targets by a request along the product's segments. What points that cannot be commanded would
    /// have done goes to this worker's own free segments above the request; what is left is returned, + = up.
    private func move(_ plan: EdgePlan, _ product: Int, _ request: Int, _ targets: inout [Int])
        -> Int
    {
        let up = request >= 0
        let segments = up ? plan.up[product] : plan.down[product]
        let sign = up ? -1 : 1
        let asked = Int(request.magnitude)
        var hole = 0
        for segment in segments {
            let moved = segment.moved(by: asked)
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
            let free = segment.height - segment.moved(by: asked)
            guard free > 0, !plan.armed[segment.entry],
                self.mayMove(
                    plan, segment.entry, discharging: up && targets[segment.entry] - free < 0)
            else { continue }
            let taken = min(free, hole)
            targets[segment.entry] += sign * taken
            hole -= taken
        }
        return up ? hole : -hole
    }

    private func mayMove(_ plan: EdgePlan, _ entry: Int, discharging: Bool) -> Bool {
        let slot = plan.plan.entries[entry].slot
        return self.points.mayMove(
            slot, generation: plan.plan.entries[entry].generation, discharging: discharging)
    }

    /// Sends a set-point where it differs from the last one, or that one is half way to its end. It is rounded to
    /// the station's own powers, and never out of the bounds by rounding: a limit outranks a promise.
    private func send(
        _ slot: UInt32, _ watts: Int, low: Int, high: Int, _ point: inout Point, at now: Instant,
        to actions: inout [EdgeAction]
    ) {
        let limited = min(max(watts, low), high)
        var feasible = quantised(
            limited, minimum: point.minimum, step: point.step, towards: .nearest)
        if feasible < low {
            feasible = quantised(low, minimum: point.minimum, step: point.step, towards: .up)
        }
        if feasible > high {
            feasible = quantised(high, minimum: point.minimum, step: point.step, towards: .down)
        }
        guard point.sent != feasible || now - point.sentAt >= self.renewAfter else { return }
        point.sent = feasible
        point.sentAt = now
        actions.append(.setpoint(slot: slot, watts: feasible, validFor: self.lapse(of: point)))
    }

    /// Arms a resident curve where it moved by more than 5 mHz's worth, never during an activation.
    private func arm(
        _ plan: EdgePlan, _ entry: Int, _ point: inout Point, calm: Bool, at now: Instant,
        to actions: inout [EdgeAction]
    ) {
        let points = plan.curves[entry]
        let due = now - point.armedAt >= self.renewAfter
        let moved = curvesDiffer(point.curve, points)
        guard point.curve.isEmpty || due || (moved && calm) else { return }
        if !(moved && calm) && !point.curve.isEmpty {
            actions.append(
                .arm(
                    slot: plan.plan.entries[entry].slot, points: point.curve,
                    validFor: self.lapse(of: point)))
        } else {
            actions.append(
                .arm(
                    slot: plan.plan.entries[entry].slot, points: points,
                    validFor: self.lapse(of: point)))
            point.curve = points
        }
        point.armedAt = now
        point.sent = nil
    }

    /// First to 0 W on the ramp, then, after a random delay, on the ramp to the base that keeps the promise; nothing
    /// while it is held. Never a new discharge, never a step against the grid (dispatch.md section 5).
    private mutating func fallBack(
        _ plan: EdgePlan, since: Instant, holding: Bool, at now: Instant,
        to actions: inout [EdgeAction]
    ) {
        let elapsed = max(0, min((now - self.lastStep).microseconds, 1_000_000))
        let rise = self.rules.rampWattsPerSecond * elapsed / 1_000_000
        for entry in plan.plan.entries {
            guard var point = self.points[entry.slot], point.generation == entry.generation,
                point.available
            else { continue }
            // A curve in a station answers until its own expiry; it is relieved when the frequency is back.
            if holding && !point.curve.isEmpty { continue }
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
            point.curve = []
            self.send(
                entry.slot, target, low: min(target, Int(entry.low)), high: Int(entry.high), &point,
                at: now,
                to: &actions)
            self.points[entry.slot] = point
        }
    }

    /// What a resident curve makes its station do now, W, as far as the frequency is known.
    private func answered(_ point: Point, at now: Instant) -> Int? {
        guard !point.curve.isEmpty, let frequency = self.freshFrequency(at: now) else { return nil }
        return power(of: point.curve, at: frequency)
    }
}
