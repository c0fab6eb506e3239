import Domain

extension Product {
    /// What is wrong with a product's terms, or between them and its other figures; each names what to change.
    var termFindings: [String] {
        guard let terms = self.terms else { return [] }
        let own = self.timing(terms) + self.shape(terms) + self.activationFindings(terms) + terms.proofFindings
        return (own + terms.calendar.findings + terms.gate.findings + terms.validity).map { "\(self.id): \($0)" }
    }

    private func timing(_ terms: ProductTerms) -> [String] {
        let response = terms.response
        var findings: [String] = []
        if response.initiationMilliseconds < 0 || response.initiationMilliseconds > self.fullDeliveryMilliseconds {
            findings.append("initiationMilliseconds lies between 0 and fullDeliveryMilliseconds")
        }
        if let ramp = response.rampMilliseconds, ramp < 0 || ramp > self.fullDeliveryMilliseconds {
            findings.append("rampMilliseconds lies between 0 and fullDeliveryMilliseconds")
        }
        if let least = response.initiationMinimumMilliseconds, least > response.initiationMilliseconds {
            findings.append("initiationMinimumMilliseconds is at most initiationMilliseconds")
        }
        if terms.energy.reserveSeconds < self.enduranceSeconds {
            findings.append("energy: reserveSeconds is at least enduranceSeconds: what is held has energy behind it")
        }
        if terms.energy.powerPerMille < 1_000 || terms.energy.settlementPeriodSeconds <= 0
            || !(0...1_000).contains(terms.energy.restorePerMille ?? 0)
        {
            findings.append(
                "energy: powerPerMille is at least 1000, settlementPeriodSeconds above 0, restorePerMille 0 to 1000")
        }
        return findings
    }

    private func shape(_ terms: ProductTerms) -> [String] {
        let bid = terms.bid
        var findings: [String] = []
        if bid.maximumWatts < self.minimumBidWatts {
            findings.append("bid: maximumWatts is at least minimumBidWatts: no quantity lies between")
        }
        if bid.minimumPrice > bid.maximumPrice {
            findings.append("bid: minimumPrice is at most maximumPrice; below zero is normal")
        }
        if bid.isJoint, self.symmetry != .symmetric {
            findings.append("bid: isJoint joins up and down: the product's symmetry is symmetric")
        }
        if terms.payment.capacity != .none,
            self.availabilityPrice < bid.minimumPrice || self.availabilityPrice > bid.maximumPrice
        {
            findings.append("availabilityPrice lies between bid.minimumPrice and bid.maximumPrice")
        }
        return findings
    }

    private func activationFindings(_ terms: ProductTerms) -> [String] {
        var findings: [String] = []
        let isLocal = terms.mechanism == .localCurve || terms.mechanism == .localTrigger
        if isLocal != (self.activation == .localCurve) {
            findings.append("activation is localCurve where the mechanism is local, and signal otherwise")
        }
        if (terms.mechanism == .localTrigger) != (terms.response.triggerMilliHertz != nil) {
            findings.append("response: triggerMilliHertz is given for a localTrigger, and only there")
        }
        if (terms.mechanism == .agcSetpoint) != (terms.response.signalPeriodMilliseconds.map { $0 > 0 } ?? false) {
            findings.append("response: signalPeriodMilliseconds is given, above 0, for an agcSetpoint, and only there")
        }
        let isOrdered = terms.mechanism == .instruction || terms.mechanism == .event
        if isOrdered != (terms.response.noticeSeconds.map { $0 >= 0 } ?? false) {
            findings.append("response: noticeSeconds is given, at least 0, for an instruction or event, and only there")
        }
        if (terms.dispatch == .none) != (terms.dispatchReason?.isEmpty == false) {
            findings.append("dispatchReason says why where dispatch is none, and only there")
        }
        return findings
    }
}

extension ProductTerms {
    fileprivate var proofFindings: [String] {
        var findings: [String] = []
        if self.telemetry.periodMilliseconds <= 0 || self.telemetry.proofPeriodMilliseconds <= 0
            || self.telemetry.accuracy < 0
        {
            findings.append("telemetry: both periods are above 0, accuracy at least 0")
        }
        let (method, days) = (self.baseline.method, self.baseline.days)
        let (isMatched, highest) = (method == .dayMatching, self.baseline.highest)
        if isMatched ? highest < 1 || highest > days : highest != 0 {
            findings.append("baseline: day matching has highest of 1 to days; other methods have highest 0")
        }
        if days != 0, method != .dayMatching, method != .controlGroup {
            findings.append("baseline: only day matching and a control group have days")
        }
        if self.baseline.leastPoints.map({ $0 < 1 || method != .controlGroup }) ?? false {
            findings.append("baseline: leastPoints is at least 1, and a control group's")
        }
        if self.baseline.days < 0 || self.baseline.capPerMille < 0 {
            findings.append("baseline: days and capPerMille are at least 0")
        }
        let (full, zero) = (self.performance.full, self.performance.zero)
        let isOrdered = self.performance.method == .envelope ? full < zero : full >= zero
        if !isOrdered || full < 0 || zero < 0 || max(full, zero) > 10_000 || self.performance.windowSeconds <= 0 {
            findings.append(
                "performance: an envelope's full error is below its zero error, a score's full is at least its zero, "
                    + "0 to 10000; windowSeconds is above 0")
        }
        if let damages = self.payment.damages {
            let parts = [damages.scoreBelow, damages.availabilityBelow]
            let costs = [damages.shortPerMille, damages.missedPerMille]
            if !parts.allSatisfy((0...10_000).contains) || !costs.allSatisfy((0...100_000).contains) {
                findings.append(
                    "payment: damages.scoreBelow and availabilityBelow are 0 to 10000, shortPerMille and missedPerMille "
                        + "0 to 100000: parts of the capacity price")
            }
            if self.payment.penalty == .none || self.payment.capacity == .none {
                findings.append("payment: damages are parts of a capacity price: leave them out where penalty is none")
            }
        }
        return findings
    }

    fileprivate var validity: [String] { validityFindings(from: self.validFrom, to: self.validTo) }
}

/// What is wrong with two days of validity, either of which may be missing.
func validityFindings(from: String?, to: String?) -> [String] {
    for day in [from, to].compactMap({ $0 }) where CivilDate(day) == nil {
        return ["\(day) is no day: write validFrom and validTo as 2026-03-29"]
    }
    guard let first = from.flatMap({ CivilDate($0) }), let last = to.flatMap({ CivilDate($0) }), last < first else {
        return []
    }
    return ["validTo \(last) lies before validFrom \(first): a version holds at least one day"]
}
