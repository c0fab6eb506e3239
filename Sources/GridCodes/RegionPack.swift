public import Domain

/// A region's grid codes: products and interconnection rules, with where each figure comes from.
/// Read from `Config/regions/<region>/region.yaml`; adding a region touches one folder.
public struct RegionPack: Hashable, Sendable, Codable {
    /// Where a figure comes from and how sure we are of it.
    public struct Source: Hashable, Sendable, Codable {
        public var figure: String
        public var source: String
        public var certainty: String

        public init(figure: String, source: String, certainty: String) {
            self.figure = figure
            self.source = source
            self.certainty = certainty
        }
    }

    public var region: RegionID
    public var validFrom: String
    /// Last day on which this version holds; nil while none follows it.
    public var validTo: String?
    /// The market's local time; nil where blocks are counted from an anchor.
    public var zone: LocalZone?
    /// Days on which people drive as on a Sunday; nil where none are known.
    public var holidays: HolidayRules?
    /// The folder of `Sources/GridCodes` with what this region computes in a way of its own; nil where nothing is.
    public var rules: String?
    /// Connection codes that bind the region's stations.
    public var interconnection: [InterconnectionRule]?
    public var currency: Currency
    /// Nominal frequency in mHz.
    public var nominalMilliHertz: Int
    /// Load must not rise while local frequency is below this (guard and fallback), in mHz.
    public var holdLoadBelowMilliHertz: Int
    /// Load must not fall while local frequency is above this, in mHz.
    public var holdLoadAboveMilliHertz: Int
    /// A measurement outside this band, or older than `frequencyStaleMilliseconds`, is not believed.
    public var plausibleMilliHertz: [Int]
    public var frequencyStaleMilliseconds: Int
    /// Fallback: after the lease's end go to 0 W, then back to charging within this time, at random per station.
    public var fallbackSpreadSeconds: Int
    /// Ramp of every return to the baseline, W per second and station.
    public var rampWattsPerSecond: Int
    /// Law's random delay of a start and of each change of rate that no response product asks for, at most, in seconds;
    /// left out = law asks for none.
    public var randomDelaySeconds: Int?
    public var products: [Product]
    public var sources: [Source]

    public init(
        region: RegionID, validFrom: String, currency: Currency, nominalMilliHertz: Int,
        holdLoadBelowMilliHertz: Int, holdLoadAboveMilliHertz: Int, plausibleMilliHertz: [Int],
        frequencyStaleMilliseconds: Int, fallbackSpreadSeconds: Int, rampWattsPerSecond: Int,
        randomDelaySeconds: Int? = nil, products: [Product], sources: [Source]
    ) {
        self.region = region
        self.validFrom = validFrom
        self.currency = currency
        self.nominalMilliHertz = nominalMilliHertz
        self.holdLoadBelowMilliHertz = holdLoadBelowMilliHertz
        self.holdLoadAboveMilliHertz = holdLoadAboveMilliHertz
        self.plausibleMilliHertz = plausibleMilliHertz
        self.frequencyStaleMilliseconds = frequencyStaleMilliseconds
        self.fallbackSpreadSeconds = fallbackSpreadSeconds
        self.rampWattsPerSecond = rampWattsPerSecond
        self.randomDelaySeconds = randomDelaySeconds
        self.products = products
        self.sources = sources
    }

    public var randomDelay: TimeSpan { .seconds(self.randomDelaySeconds ?? 0) }

    public func product(_ id: ProductID) -> Product? {
        self.products.first { $0.id == id }
    }

    /// The pack with its local time in each product, as the engine and the bid books want it.
    public var zoned: RegionPack {
        var pack = self
        for index in pack.products.indices { pack.products[index].zone = pack.products[index].zone ?? self.zone }
        return pack
    }

    /// What is wrong with the pack, each finding a line that names what to change; empty when it is sound.
    public var findings: [String] {
        var findings: [String] = []
        if self.plausibleMilliHertz.count != 2
            || self.plausibleMilliHertz[0] >= self.plausibleMilliHertz[1]
        {
            findings.append("plausibleMilliHertz: give a low and a high bound")
        }
        if self.holdLoadBelowMilliHertz >= self.nominalMilliHertz
            || self.holdLoadAboveMilliHertz <= self.nominalMilliHertz
        {
            findings.append(
                "holdLoadBelowMilliHertz, holdLoadAboveMilliHertz: one lies on each side of nominal"
            )
        }
        if self.rampWattsPerSecond <= 0 || self.fallbackSpreadSeconds < 0 {
            findings.append("rampWattsPerSecond is above 0, fallbackSpreadSeconds at least 0")
        }
        if !(0...1_800).contains(self.randomDelaySeconds ?? 0) {
            findings.append("randomDelaySeconds is 0 to 1800")
        }
        if self.frequencyStaleMilliseconds <= 0 {
            findings.append("frequencyStaleMilliseconds is above 0: without an age no measurement is believed")
        }
        if Set(self.products.map(\.id)).count < self.products.count {
            findings.append("products: each id stands once")
        }
        if self.zone == nil, self.products.contains(where: { $0.terms != nil }) {
            findings.append("zone: products with terms have blocks in local time: give the region's zone")
        }
        findings += validityFindings(from: self.validFrom, to: self.validTo)
        findings += (self.zone?.findings ?? []) + (self.holidays?.findings ?? [])
        findings += (self.interconnection ?? []).flatMap(\.findings)
        return findings + self.products.flatMap(\.findings) + self.products.flatMap(\.termFindings)
    }
}

extension Product {
    /// What is wrong with one product, each finding a line that begins with its id.
    var findings: [String] {
        var findings: [String] = []
        func check(_ holds: Bool, _ otherwise: String) {
            if !holds { findings.append("\(self.id): \(otherwise)") }
        }
        let steps = zip(self.curve, self.curve.dropFirst())
        check(
            self.activation != .localCurve || self.curve.count >= 2,
            "a local curve has at least two points")
        check(
            !steps.contains { $0.milliHertz >= $1.milliHertz || $0.perMille < $1.perMille },
            "curve points rise in frequency and fall in response")
        check(
            self.curve.allSatisfy { $0.perMille.magnitude <= 1_000 },
            "a curve lies between -1000 and 1000")
        check(
            self.symmetry == .symmetric
                || self.curve.allSatisfy {
                    self.symmetry == .up ? $0.perMille >= 0 : $0.perMille <= 0
                },
            "the curve of an up product is at least 0, of a down product at most 0")
        check(
            self.bidStepWatts > 0 && self.blockSeconds > 0,
            "bidStepWatts and blockSeconds are above 0")
        check(
            self.minimumBidWatts > 0 && self.enduranceSeconds > 0,
            "minimumBidWatts and enduranceSeconds are above 0")
        check((1...10_000).contains(self.confidence), "confidence is 1 to 10000")
        check(
            (1...1_500).contains(self.gainPerMille),
            "gainPerMille is 1 to 1500: a worker refuses more")
        check(
            self.slewPerMille >= 0 && self.gateClosureSeconds >= 0,
            "slewPerMille is at least 0, gateClosureSeconds is at least 0")
        check(self.fullDeliveryMilliseconds > 0, "fullDeliveryMilliseconds is above 0")
        check(
            (0...(self.activation == .signal ? 500 : 0)).contains(self.spreadPerMille ?? 0),
            "spreadPerMille is 0 to 500: stations need the rest of the time; a local curve has none")
        check(
            self.sparePerMille >= 0 && self.holdSeconds >= 0,
            "sparePerMille and holdSeconds are at least 0")
        return findings
    }
}
