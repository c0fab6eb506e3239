import Domain

/// `--config` of `headroom twin run` (YAML): sites, stations and terms that the CSV files do not carry.
public struct TwinConfig: Hashable, Sendable, Codable {
    /// A grid connection point. Limits are magnitudes.
    public struct Site: Hashable, Sendable, Codable {
        public var id: String
        public var importKilowatts: Double
        public var exportKilowatts: Double

        public init(id: String, importKilowatts: Double, exportKilowatts: Double) {
            self.id = id
            self.importKilowatts = importKilowatts
            self.exportKilowatts = exportKilowatts
        }
    }
    /// What the charging stations of the run are like.
    public struct Station: Hashable, Sendable, Codable {
        public enum Kind: String, Hashable, Sendable, Codable {
            case curtail
            case setpoint
            case curve
        }
        public var kind: Kind
        /// What a station says of itself, and its dead time where no spread is given.
        public var latencyMilliseconds: Int
        /// With it each station's dead time is drawn evenly between `latencyMilliseconds` and this, by seed and station;
        /// no station says so of itself: its meter has to prove it.
        public var latencyUpToMilliseconds: Int?
        public var rampKilowattsPerSecond: Double
        public var minimumKilowatts: Double
        public var stepWatts: Int

        public init(
            kind: Kind, latencyMilliseconds: Int, rampKilowattsPerSecond: Double,
            minimumKilowatts: Double, stepWatts: Int, latencyUpToMilliseconds: Int? = nil
        ) {
            self.kind = kind
            self.latencyMilliseconds = latencyMilliseconds
            self.latencyUpToMilliseconds = latencyUpToMilliseconds
            self.rampKilowattsPerSecond = rampKilowattsPerSecond
            self.minimumKilowatts = minimumKilowatts
            self.stepWatts = stepWatts
        }
    }
    /// Region pack by id, as in `Config/regions`.
    public var region: String
    public var seed: UInt64
    /// Compensation for wear per kWh discharged, in the region's currency (algorithms sheet: 0.03 if unknown).
    public var wearPerKilowattHour: Double
    public var stations: Station
    public var sites: [Site]

    public init(
        region: String, seed: UInt64, wearPerKilowattHour: Double, stations: Station, sites: [Site]
    ) {
        self.region = region
        self.seed = seed
        self.wearPerKilowattHour = wearPerKilowattHour
        self.stations = stations
        self.sites = sites
    }

    /// What is wrong, each finding a line that names the key; empty when it is sound.
    public var findings: [String] {
        var findings: [String] = []
        if !(0...10 ~= self.wearPerKilowattHour) { findings.append("wearPerKilowattHour: 0 to 10") }
        if !(0...60_000 ~= self.stations.latencyMilliseconds) {
            findings.append("stations.latencyMilliseconds: 0 to 60000")
        }
        if let most = self.stations.latencyUpToMilliseconds, !(self.stations.latencyMilliseconds...60_000 ~= most) {
            findings.append("stations.latencyUpToMilliseconds: latencyMilliseconds to 60000")
        }
        if !(0.001...100_000 ~= self.stations.rampKilowattsPerSecond) {
            findings.append("stations.rampKilowattsPerSecond: above 0")
        }
        if !(0...1_000 ~= self.stations.minimumKilowatts) {
            findings.append("stations.minimumKilowatts: 0 to 1000")
        }
        if !(1...1_000_000 ~= self.stations.stepWatts) {
            findings.append("stations.stepWatts: 1 or more")
        }
        for site in self.sites
        where !(0...1e7 ~= site.importKilowatts && 0...1e7 ~= site.exportKilowatts) {
            findings.append("sites \(site.id): limits are magnitudes in kW")
        }
        if Set(self.sites.map(\.id)).count != self.sites.count {
            findings.append("sites: an id stands twice")
        }
        return findings
    }
}

extension TwinConfig {
    /// Dead time of the station with a number, from a command or a change of frequency to the first change of power.
    func latency(ofStation number: Int) -> TimeSpan {
        let least = self.stations.latencyMilliseconds
        guard let most = self.stations.latencyUpToMilliseconds, most > least else { return .milliseconds(least) }
        var mark = Fingerprint()
        mark.add(self.seed)
        mark.add(UInt64(number))
        var generator = SeededGenerator(seed: mark.value)
        return .milliseconds(Int.random(in: least...most, using: &generator))
    }
}
