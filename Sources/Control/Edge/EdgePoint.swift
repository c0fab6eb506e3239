import Domain

// What one point has to be told.
extension EdgeController.Point {
    /// What it is to do now that a plan holds again: up from where its fallback is on the ramp, down at once.
    mutating func resumed(_ target: Int, rise: Int) -> Int {
        guard let ramped = self.ramped, ramped + rise < target else {
            self.ramped = nil
            return target
        }
        self.ramped = ramped + rise
        return ramped + rise
    }

    /// On a ramp through powers that the station cannot make: its least or nothing, each point at its own moment, so that
    /// the sum of many is on the ramp. They would all change over half way, in the same step.
    func dithered(_ watts: Int) -> Int {
        guard watts.magnitude < self.minimum.magnitude else { return watts }
        return Int(watts.magnitude) * 1_000 > self.minimum * self.delay ? self.minimum * watts.signum() : 0
    }

    /// What stands at a slot that nothing is bound to.
    static let nobody = Self(generation: 0, minimum: 0, step: 1, isBound: false, delay: 0, lot: 0)

    /// Whether it is of this generation and can be commanded.
    @inline(__always)
    func isThere(_ generation: UInt32) -> Bool { self.isBound && self.available && self.generation == generation }

    /// Changes the point where it stands.
    @inline(__always)
    mutating func change(_ body: (inout Self) -> Void) { body(&self) }

    /// A set-point where it differs from the last one, or that one is half way to its end. It is rounded to the
    /// station's own powers, and never out of the bounds by rounding: a limit outranks a promise.
    mutating func send(
        _ slot: UInt32, _ watts: Int, low: Int, high: Int, rules: EdgeRules, at now: Instant
    ) -> EdgeAction? {
        let limited = min(max(watts, low), high)
        var feasible = quantised(limited, minimum: self.minimum, step: self.step, towards: .nearest)
        if feasible < low {
            feasible = quantised(low, minimum: self.minimum, step: self.step, towards: .up)
        }
        if feasible > high {
            feasible = quantised(high, minimum: self.minimum, step: self.step, towards: .down)
        }
        guard self.sent != feasible || now - self.sentAt >= self.renewAfter(rules) else { return nil }
        self.sent = feasible
        self.sentAt = now
        return .setpoint(slot: slot, watts: feasible, validFor: self.lapse(rules))
    }

    /// Arms a resident curve where it moved by more than 5 mHz's worth, never during an activation.
    mutating func arm(
        _ slot: UInt32, _ points: ArraySlice<CurvePower>, isCalm: Bool, rules: EdgeRules, at now: Instant
    ) -> EdgeAction? {
        let isDue = now - self.armedAt >= self.renewAfter(rules)
        let isNew = self.curve.isEmpty
        guard isNew || isDue || isCalm else { return nil }
        let hasMoved = isNew || (isCalm && curvesDiffer(self.curve, points))
        guard hasMoved || isDue else { return nil }
        if hasMoved { self.curve = Array(points) }
        self.armedAt = now
        self.sent = nil
        return .arm(slot: slot, points: self.curve, validFor: self.lapse(rules))
    }

    /// What it was told last, again where that is half way to its end.
    mutating func renew(_ slot: UInt32, rules: EdgeRules, at now: Instant) -> EdgeAction? {
        if let sent = self.sent {
            guard now - self.sentAt >= self.renewAfter(rules) else { return nil }
            self.sentAt = now
            return .setpoint(slot: slot, watts: sent, validFor: self.lapse(rules))
        }
        guard !self.curve.isEmpty, now - self.armedAt >= self.renewAfter(rules) else { return nil }
        self.armedAt = now
        return .arm(slot: slot, points: self.curve, validFor: self.lapse(rules))
    }

    /// When it wants to be reminded that it is due again; nil while a reminder is out.
    @inline(__always)
    mutating func reminder(_ rules: EdgeRules) -> Instant? {
        guard !self.isReminded else { return nil }
        self.isReminded = true
        return (self.sent == nil ? self.armedAt : self.sentAt) + self.renewAfter(rules)
    }

    /// For how long the point may go on unheard: the watchdog's time or up to a quarter less, so that stations whose
    /// worker dies do not let go all at once.
    private func lapse(_ rules: EdgeRules) -> TimeSpan {
        let watchdog = rules.watchdog.microseconds
        return TimeSpan(microseconds: watchdog - watchdog / 4 * self.delay / 1000)
    }

    /// Set-points and curves are sent anew half way to their end, and so not to all in the same step.
    func renewAfter(_ rules: EdgeRules) -> TimeSpan {
        TimeSpan(microseconds: self.lapse(rules).microseconds / 2)
    }
}
