import Control
import Domain

/// What the engine keeps of a resource: its plan, its signals, its seconds.
struct ResourceState: Sendable, Codable {
    var terms: EngineConfiguration.ResourceTerms
    /// Plans of the version that is out, in the order of the fleet's workers.
    @EachInParts var plans: [WorkerPlan] = []
    var hashes: [WorkerID: UInt64] = [:]
    var version: UInt64 = 0
    var leaseUntil = Instant.distantPast
    /// The version that signals name, with its fingerprint.
    var named: Named?
    var acknowledged: Set<WorkerID> = []
    /// See ``unheard``; nil as none, so that a checkpoint from before there was such a thing is read.
    private var lacking: Set<WorkerID>?
    /// Workers that do what signals naming ``named`` say: they acknowledged it in the life that they are in.
    var followers: Set<WorkerID> = []
    var plannedAt = Instant.distantPast
    var dirty = true
    /// Placed segments per worker and product of the version named: what each point is asked at `x`.
    var placed: [WorkerID: [PlacedProduct]] = [:]
    var sequence: UInt64 = 0
    var broadcastAt = Instant.distantPast
    var signals: [ProductID: GridSignal] = [:]
    var lastSignalSequence: [ProductID: UInt64] = [:]
    /// What was asked of workers last, per signal product, without corrections.
    var said: [ProductID: Said] = [:]
    /// What was broadcast in the last seconds, with corrections, per product.
    var sent: [ProductID: [Said]] = [:]
    /// Σ base that the last request reckoned with, W; nil before the first.
    var reckoned: Int?
    var frequency: Frequency?
    /// Of the last frequency that was heard: what local-curve products answer.
    var frequencyTrace = TraceID.none
    var residuals: [WorkerID: [ProductID: Int]] = [:]
    /// Of the signal product; see ``MeterCorrection``.
    var correction = MeterCorrection()
    /// What stations make of what they are told, by their trust records, over all that could be moved, in 1/1000.
    var deliveredPerMille = 1_000
    /// Up to where the plan that is named lets each product be asked, W, magnitudes: a worker refuses more.
    var ceilings: [ProductID: Ceiling] = [:]
    /// What of the stacks in force comes, per product, up and down.
    var makeups: [ProductID: Makeups] = [:]
    /// Stations that are being tried by a small move of their base.
    var tried = 0
    /// The requests of which the set-points were noted last.
    var watched: [ProductID: Int] = [:]
    /// Request per product and second: sum and count of what was heard in it.
    var requestBins: [ProductID: [Int: Bin]] = [:]
    var lastRequest: [ProductID: Int] = [:]
    var frequencyBins: [Int: Int] = [:]
    var frequencyRecorded = 0
    /// Bins before this second are gone.
    var forgotten = 0
    /// The next second to be closed, and the next one of which those are judged who were heard in time.
    var nextSecond: Int?
    var nextJudged: Int?
    /// What the meters showed before each activation of products that are measured against it.
    var references: [ProductID: [Reference]]?
    /// What its batteries can give and take, as of the last plan.
    var energy: StoredEnergy?
    /// Response of the slowest station that holds something, as its meter proved it, ms.
    var slowest: Int?
    /// While less power is held than was sold; nil else.
    var shortness: Shortness?
    /// Load by day and hour, where a product is measured by like days.
    var diary: LoadDiary?
    /// Of a comparison group: what it drew, minute by minute.
    var peerLoad: PeerLoad?
    /// Latest provisional figures.
    var metered = 0
    var delivered = 0
    var requested = 0
    var baseline = 0
    var provisionalSecond = 0
    var heldUp = 0
    var heldDown = 0

    init(terms: EngineConfiguration.ResourceTerms) {
        self.terms = terms
    }

    /// Workers that do not hold the version that is out, or may not: the next plan goes to them whole.
    var unheard: Set<WorkerID> {
        get { self.lacking ?? [] }
        set { self.lacking = newValue.isEmpty ? nil : newValue }
    }

    struct Named: Sendable, Codable {
        var id: PlanID
        var hash: UInt64
    }

    struct Said: Hashable, Sendable, Codable {
        /// W, + = up.
        var watts: Int
        var at: Instant
    }

    /// For so long it is known when what was broadcast.
    private static let remembered = TimeSpan.seconds(8)

    mutating func note(sent watts: Int, _ product: ProductID, at now: Instant) {
        var sent = self.sent.removeValue(forKey: product) ?? []
        // The last one before that time is what was in force at its begin.
        while sent.count > 1, now - sent[1].at > Self.remembered { sent.removeFirst() }
        if sent.last?.watts != watts { sent.append(Said(watts: watts, at: now)) }
        self.sent[product] = sent
    }

    /// Energy by the meter, magnitudes.
    struct StoredEnergy: Hashable, Sendable, Codable {
        var up = Energy.zero
        var down = Energy.zero
    }

    /// The energy behind what is sold is being used up: it is spread over less time, until the block is over.
    struct Shortness: Hashable, Sendable, Codable {
        /// How often the time was halved.
        var halvings: Int
        var until: Instant
        /// The version that was made with it: the next step waits until that one is named.
        var version: UInt64
    }

    /// A load that an activation is measured against, with the seconds in which something was asked.
    struct Reference: Hashable, Sendable, Codable {
        var from: Int
        var through: Int
        var watts: Int
    }

    struct Frequency: Sendable, Codable {
        var milliHertz: Int
        var at: Instant
    }

    struct Ceiling: Hashable, Sendable, Codable {
        var up: Int
        var down: Int
    }

    struct Makeups: Hashable, Sendable, Codable {
        var up: Makeup
        var down: Makeup
    }

    struct Bin: Sendable, Codable {
        var sum = 0
        var count = 0
    }

    /// What a new leader keeps: sequences and seconds. Plans are made anew under his epoch.
    mutating func resume(_ terms: EngineConfiguration.ResourceTerms) {
        self.terms = terms
        self.plans = []
        self.hashes = [:]
        self.named = nil
        self.acknowledged = []
        self.unheard = []
        self.followers = []
        self.sent = [:]
        self.reckoned = nil
        self.residuals = [:]
        self.correction.clear()
        self.broadcastAt = .distantPast
        self.dirty = true
    }

    /// Everything that decides or pays, in a fixed order.
    func fingerprint(into mark: inout Fingerprint) {
        for value in [
            self.plannedAt.microseconds, self.leaseUntil.microseconds,
            self.broadcastAt.microseconds, self.correction.watts,
            self.nextSecond ?? -1, self.nextJudged ?? -1, self.provisionalSecond, self.metered, self.delivered,
            self.requested, self.baseline,
            self.frequency?.milliHertz ?? 0, self.frequency?.at.microseconds ?? 0, self.heldUp,
            self.heldDown, self.deliveredPerMille, self.tried, self.reckoned ?? .min,
        ] { mark.add(value) }
        mark.add(self.version)
        mark.add(self.sequence)
        mark.add(self.named?.hash ?? 0)
        mark.add(self.dirty ? 1 : 0)
        for plan in self.plans { mark.add(self.hashes[plan.worker] ?? 0) }
        for worker in self.acknowledged.sorted() + self.unheard.sorted() + self.followers.sorted() {
            mark.add(worker.rawValue)
        }
        for product in self.lastSignalSequence.keys.sorted() {
            mark.add(self.lastSignalSequence[product] ?? 0)
        }
        for product in self.said.keys.sorted() {
            mark.add(self.said[product]?.watts ?? 0)
            mark.add(self.said[product]?.at.microseconds ?? 0)
        }
        for product in self.sent.keys.sorted() {
            for sent in self.sent[product] ?? [] {
                mark.add(sent.watts)
                mark.add(sent.at.microseconds)
            }
        }
        for worker in self.residuals.keys.sorted() {
            for product in (self.residuals[worker] ?? [:]).sorted(by: { $0.key < $1.key }) {
                mark.add(product.value)
            }
        }
        for product in (self.references ?? [:]).keys.sorted() {
            for reference in self.references?[product] ?? [] {
                for value in [reference.from, reference.through, reference.watts] { mark.add(value) }
            }
        }
        // Nothing where there is none, so that a checkpoint from before there was such a thing is itself.
        if let slowest = self.slowest { mark.add(slowest) }
        if let shortness = self.shortness {
            mark.add(shortness.halvings)
            mark.add(shortness.until.microseconds)
            mark.add(shortness.version)
        }
        mark.add(self.energy?.up.wattSeconds ?? -1)
        mark.add(self.energy?.down.wattSeconds ?? -1)
        self.diary?.fingerprint(into: &mark)
        self.peerLoad?.fingerprint(into: &mark)
        for product in self.makeups.keys.sorted() {
            guard let makeups = self.makeups[product] else { continue }
            makeups.up.fingerprint(into: &mark)
            makeups.down.fingerprint(into: &mark)
        }
        for product in self.requestBins.keys.sorted() {
            mark.add(self.lastRequest[product] ?? 0)
            mark.add(self.watched[product] ?? 0)
            for bin in (self.requestBins[product] ?? [:]).sorted(by: { $0.key < $1.key }) {
                for value in [bin.key, bin.value.sum, bin.value.count] { mark.add(value) }
            }
        }
    }
}

/// One product's segments on a worker, for the account of what each point was asked.
struct PlacedProduct: Sendable, Codable {
    var product: ProductID
    var slots: [UInt32]
    var up: [PlacedSegment]
    var down: [PlacedSegment]
}
