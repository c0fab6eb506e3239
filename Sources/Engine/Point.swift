public import Control
public import Domain

/// What the engine keeps of a charging point beside its line in the fleet.
public struct Point: Sendable, Codable {
    var meter = MeterTrace()
    /// The base in force, kept while its bounds allow, so that the fleet's baseline stands still.
    var base: Int?
    /// A car that came inside a sold block waits with charging, as far as its promise allows: the load was
    /// declared without it.
    @Seldom var deferral: Deferral?
    /// What the charging plan has it draw now, W; nil where there is none, and it charges steadily.
    var planned: Int?
    /// How it charges while something of its resource is offered or sold, where it charges by price between the blocks.
    @Seldom var pledge: Pledge?
    public var bounds = Bounds.none
    /// What the session was promised, and which source said so.
    public var departure = Instant.distantFuture
    public var target = StateOfCharge(basisPoints: 0)
    public var departureSource = DepartureSource.site
    public var targetSource = DepartureSource.site
    /// The car's own target in 1/100 %, from what it says is missing: as it was fixed, and by its last word.
    var told: Told?
    var pluggedAt: Instant?
    /// The last state of charge that was sure while the car was here.
    var charge: StateOfCharge?
    /// Whether the promise in force was held against what is possible.
    var isAssessed = false
    /// True before any miss: why the target cannot be reached.
    public var reason = ""
    /// What hampered charging since the promise was safe last: the reason of a risk that comes from it.
    var obstacle = ""
    var proven = ProvenCharge()
    /// True while its meter shows clearly more than its base, with nothing else asked: it counts as metered.
    var isDeaf = false
    /// What was commanded at least, and since when, as far as the base moved little.
    var level: Level?
    /// Asked of it and delivered in activations, for the trust record.
    var asked = Energy.zero
    var came = Energy.zero
    /// What its meter proved; the station's, whoever is plugged in.
    var proof = StationTrust()
    /// What its trust record said when it was kept for good last.
    var kept: KeptTrust?
    /// Decisions of others that are in force here.
    var outside: [Outside] = []
    /// The session's promise as it was kept for good last.
    var saidPromise: SaidPromise?
    /// A small commissioning dispatch of a station that is not sold.
    @Seldom var test: Test?
    /// Heights held in the plan in force, per direction, W.
    var heldUp = 0
    var heldDown = 0
    /// The first second whose holding is not yet in an account.
    var accruedThrough = 0

    /// A car's steady charging as it was when its headroom was offered: each block finds it where that would have brought
    /// it, and drawing as much.
    struct Pledge: Sendable, Codable {
        var watts: Int
        /// Surely in the battery at `from`, W·s; and when it is enough.
        var stored: Int
        var from: Instant
        var target: Int
        /// One-way, 1/10,000.
        var efficiency: Int
        var departure: Instant
        /// The room that it would have now.
        var bounds = Bounds.none

        /// What steady charging would have brought it to, W·s.
        func energy(at instant: Instant) -> Int {
            let charged = self.watts * max(0, (instant - self.from).seconds) / 10_000 * self.efficiency
            return max(self.stored, min(self.target, self.stored + charged))
        }
    }

    struct Deferral: Sendable, Codable {
        var until: Instant
        var wanted: Int
    }

    struct Told: Sendable, Codable {
        var fixed: Int
        var last: Int
    }

    struct Test: Sendable, Codable {
        var until: Instant
        /// The base that is in force again afterwards.
        var before: Int
        var base: Int
    }

    struct Level: Sendable, Codable {
        var watts: Int
        var since: Instant
    }

    func fingerprint(into mark: inout Fingerprint) {
        for value in [
            self.base ?? -1, self.bounds.base, self.bounds.low, self.bounds.high,
            self.bounds.laxity, self.heldUp,
            self.heldDown, self.asked.wattSeconds, self.came.wattSeconds,
            self.departure.microseconds,
            self.target.basisPoints, self.pluggedAt?.microseconds ?? -1,
            self.deferral?.until.microseconds ?? -1,
            self.deferral?.wanted ?? 0, self.told?.fixed ?? -1, self.told?.last ?? -1,
            self.charge?.basisPoints ?? -1, self.isAssessed ? 1 : 0, self.proven.watts ?? -1,
            self.level?.watts ?? -1, self.level?.since.microseconds ?? -1, self.isDeaf ? 1 : 0,
            self.test?.until.microseconds ?? -1, self.kept?.at.microseconds ?? -1, self.kept?.seen ?? -1,
            self.planned ?? -1, self.pledge?.watts ?? -1, self.pledge?.stored ?? -1,
            self.pledge?.from.microseconds ?? -1,
        ] { mark.add(value) }
        for value in self.proof.marks { mark.add(value) }
        for outside in self.outside {
            mark.add(outside.source)
            for value in [Int(outside.kind.rawValue), outside.since.microseconds, outside.discharge] { mark.add(value) }
        }
        mark.add(self.saidPromise?.departure.microseconds ?? -1)
        mark.add(self.saidPromise?.target ?? -1)
        mark.add(self.reason)
        mark.add(self.obstacle)
        self.meter.fingerprint(into: &mark)
    }

    /// Puts a base in force.
    mutating func command(_ base: Int, at now: Instant) {
        self.base = base
        if let level = self.level, (base - level.watts).magnitude <= max(300, level.watts.magnitude / 10) {
            self.level?.watts = min(level.watts, base)
        } else {
            self.level = Level(watts: base, since: now)
        }
    }

    /// The session is over: what comes next is another car, or another stay.
    mutating func endSession() {
        self.base = nil
        self.planned = nil
        self.pledge = nil
        self.level = nil
        self.deferral = nil
        self.told = nil
        self.pluggedAt = nil
        self.charge = nil
        self.isAssessed = false
        self.reason = ""
        self.obstacle = ""
        self.proven = ProvenCharge()
        self.isDeaf = false
        self.test = nil
        self.saidPromise = nil
        self.outside.removeAll { $0.kind == .priority }
        self.proof.void()
        self.meter.cut()
    }

    /// Delivered share of what was asked lately, 1/10,000; full trust until it was asked for something.
    public var trust: Int {
        guard self.asked.wattSeconds > 360_000 else { return 10_000 }
        return min(10_000, self.came.wattSeconds * 10_000 / self.asked.wattSeconds)
    }
}

/// Where a departure came from: what the car says, then the owner's schedule, then the site's default.
public enum DepartureSource: String, Sendable, Codable {
    case car
    case schedule
    case site
}
