public import Domain

/// What was measured and told at one instant, for the proof of an activation.
public struct ProofSample: Hashable, Sendable {
    public var at: Instant
    /// The frequency that was acted on; nil where none was fresh.
    public var milliHertz: Int?
    /// As in ``EdgeMoment``.
    public var requestedWatts: Int
    public var setpointWatts: Int
    /// Once a second.
    public var meteredWatts: Int?

    public init(at: Instant, milliHertz: Int?, requestedWatts: Int, setpointWatts: Int, meteredWatts: Int? = nil) {
        self.at = at
        self.milliHertz = milliHertz
        self.requestedWatts = requestedWatts
        self.setpointWatts = setpointWatts
        self.meteredWatts = meteredWatts
    }
}

/// One activation of a product at one worker, or a part of a long one.
public struct ProofPart: Hashable, Sendable {
    public var resource: ResourceID
    public var product: ProductID
    /// When it was set off; parts of one activation have the same.
    public var began: Instant
    /// From 1.
    public var number: Int
    public var samples: [ProofSample]

    public init(resource: ResourceID, product: ProductID, began: Instant, number: Int, samples: [ProofSample]) {
        self.resource = resource
        self.product = product
        self.began = began
        self.number = number
        self.samples = samples
    }
}

/// Keeps the last moments of a product in a bounded ring, and from an activation on all of them until it is over: so that
/// what went before it is proven, too. Pure: whoever runs it writes what it hands over.
public struct ActivationCapture: Sendable {
    /// How much is kept, and what counts as an activation.
    public struct Limits: Hashable, Sendable {
        /// Before and after an activation.
        public var before: TimeSpan = .seconds(30)
        public var after: TimeSpan = .seconds(60)
        /// Samples of one part: a quarter of an hour at 20 Hz.
        public var mostSamples = 18_000
        /// A request of so much of the award sets it off, 1/1000; in any case one watt.
        public var fromPerMille = 50

        public init() {}
    }

    public let resource: ResourceID
    public let product: ProductID
    private let limits: Limits
    private var ring: [ProofSample] = []
    private var part: ProofPart?
    private var activeAt = Instant.distantPast

    public init(resource: ResourceID, product: ProductID, limits: Limits = Limits()) {
        self.resource = resource
        self.product = product
        self.limits = limits
    }

    /// How many samples are in memory: never more than one part and what goes before it.
    public var count: Int { self.ring.count + (self.part?.samples.count ?? 0) }

    /// Takes the next sample; one that is not later than the last is left out.
    /// - Returns: a part that is whole.
    public mutating func take(_ sample: ProofSample, awardWatts: Int) -> ProofPart? {
        if let last = self.part?.samples.last ?? self.ring.last, last.at >= sample.at { return nil }
        let least = max(1, awardWatts * self.limits.fromPerMille / 1_000)
        let isActive = Int(sample.requestedWatts.magnitude) >= least
        if isActive { self.activeAt = sample.at }
        guard self.part != nil else {
            self.ring.append(sample)
            let oldest = sample.at - self.limits.before
            // The front goes in lumps, so that most samples cost nothing but their place.
            let isLong = self.ring.first.map { $0.at + .seconds(5) < oldest } ?? false
            if isLong || self.ring.count >= self.limits.mostSamples {
                self.ring.removeFirst(self.ring.firstIndex { $0.at >= oldest } ?? 0)
                if self.ring.count >= self.limits.mostSamples { self.ring.removeFirst(self.ring.count / 2) }
            }
            guard isActive else { return nil }
            self.part = ProofPart(
                resource: self.resource, product: self.product, began: sample.at, number: 1,
                samples: self.ring.filter { $0.at >= oldest })
            self.ring = []
            return nil
        }
        self.part?.samples.append(sample)
        if sample.at - self.activeAt >= self.limits.after { return self.finish() }
        guard let whole = self.part, whole.samples.count >= self.limits.mostSamples else { return nil }
        self.part?.number += 1
        self.part?.samples = []
        return whole
    }

    /// Ends the activation that runs, as when the worker stops.
    public mutating func finish() -> ProofPart? {
        defer { self.part = nil }
        return self.part.flatMap { $0.samples.isEmpty ? nil : $0 }
    }
}
