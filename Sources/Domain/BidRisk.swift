/// What a bid risks, as it was believed when the bid was made: kept with it for good.
public struct BidRisk: Hashable, Sendable, Codable {
    /// Where the belief comes from.
    public enum Source: String, Hashable, Sendable, Codable {
        /// Who is plugged in, with assumed risks: fewer than fourteen days were judged.
        case coldStart
        /// What came of such blocks on the days before, calibrated.
        case measured
    }
    /// Quantile of the portfolio's headroom that was bid, in 1/10,000: 100 for a bid that is held with 99 %.
    public var quantile: Int
    /// Probability that less is there than is bid, in 1/10,000.
    public var shortfallProbability: Int
    /// By how much it then lies under the bid in the mean over all cases, W ≥ 0.
    public var expectedShortfall: Power
    /// What that costs in the mean for the whole block, by the product's rule; a magnitude.
    public var expectedPenalty: Money
    public var source: Source
    /// When it was believed: the oldest belief in it.
    public var believedAt: Instant
    /// Cars behind the bid, and those that are expected to hold most of it, the greatest first.
    public var vehicles: Int
    public var contributors: [VehicleID]

    public init(
        quantile: Int, shortfallProbability: Int, expectedShortfall: Power, expectedPenalty: Money,
        source: Source, believedAt: Instant, vehicles: Int, contributors: [VehicleID]
    ) {
        self.quantile = quantile
        self.shortfallProbability = shortfallProbability
        self.expectedShortfall = expectedShortfall
        self.expectedPenalty = expectedPenalty
        self.source = source
        self.believedAt = believedAt
        self.vehicles = vehicles
        self.contributors = contributors
    }

    /// In words, for the operator and for people.
    public var explanation: String {
        let names = self.contributors.map(\.rawValue).joined(separator: ", ")
        let origin = self.source == .measured ? "measured on days before" : "by assumed risks, none measured yet"
        return "less than this is there with \(Self.percent(self.shortfallProbability)) (\(origin)), "
            + "\(Self.kilowatts(self.expectedShortfall)) short in the mean, expected penalty \(self.expectedPenalty.decimal) "
            + "\(self.expectedPenalty.currency.rawValue); "
            + "\(self.vehicles) cars stand behind it" + (names.isEmpty ? "" : ", most of it from \(names)")
    }

    private static func percent(_ share: Int) -> String {
        let rest = share % 100
        return "\(share / 100).\(rest < 10 ? "0" : "")\(rest) %"
    }

    private static func kilowatts(_ power: Power) -> String { "\(power.watts / 1_000).\(power.watts % 1_000 / 100) kW" }

    /// Everything that is stated, in a fixed order.
    public func fingerprint(into mark: inout Fingerprint) {
        for value in [
            self.quantile, self.shortfallProbability, self.expectedShortfall.watts, self.expectedPenalty.microUnits,
            self.believedAt.microseconds, self.vehicles,
        ] { mark.add(value) }
        mark.add(self.source.rawValue)
        for vehicle in self.contributors { mark.add(vehicle.rawValue) }
    }
}
