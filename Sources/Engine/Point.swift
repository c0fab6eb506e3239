package import Control
package import Domain

/// What the engine keeps of a charging point beside its line in the fleet.
package struct Point: Sendable {
    var meter = MeterTrace()
    /// The base in force, kept while its bounds allow, so that the fleet's baseline stands still.
    var base: Int?
    /// A car that came inside a sold block waits with charging, as far as its promise allows: the load was
    /// declared without it.
    var deferral: (until: Instant, wanted: Int)?
    package var bounds = Bounds.none
    /// What the session was promised, and which source said so.
    package var departure = Instant.distantFuture
    package var target = StateOfCharge(basisPoints: 0)
    package var departureSource = DepartureSource.site
    var pluggedAt: Instant?
    /// True before any miss: why the target cannot be reached.
    package var reason = ""
    /// Asked of it and delivered in activations, for the trust record.
    var asked = Energy.zero
    var came = Energy.zero
    /// Heights held in the plan in force, per direction, W.
    var heldUp = 0
    var heldDown = 0

    func fingerprint(into mark: inout Fingerprint) {
        for value in [
            self.base ?? -1, self.bounds.base, self.bounds.low, self.bounds.high,
            self.bounds.laxity, self.heldUp,
            self.heldDown, self.asked.wattSeconds, self.came.wattSeconds,
            self.departure.microseconds,
            self.target.basisPoints, self.pluggedAt?.microseconds ?? -1,
            self.deferral?.until.microseconds ?? -1,
            self.deferral?.wanted ?? 0,
        ] { mark.add(value) }
        mark.add(self.reason)
        self.meter.fingerprint(into: &mark)
    }

    /// Delivered share of what was asked, 1/10,000; full trust until it was asked for something.
    package var trust: Int {
        guard self.asked.wattSeconds > 360_000 else { return 10_000 }
        return min(10_000, self.came.wattSeconds * 10_000 / self.asked.wattSeconds)
    }
}

/// Where a departure came from: what the car says, then the owner's schedule, then the site's default.
package enum DepartureSource: String, Sendable, Codable {
    case car
    case schedule
    case site
}
