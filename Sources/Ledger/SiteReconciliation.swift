public import Domain

/// One block at one site, by its chargers' meters and by the meter at its boundary, side by side. What lies between the
/// two is the building and the losses: the grid sees the boundary, so a building that takes what the cars gave is no
/// delivery there.
public struct SiteReconciliation: Sendable {
    /// How far the two may differ before it is a finding: the larger of both.
    public struct Tolerance: Hashable, Sendable {
        /// Of the energy that the chargers moved or delivered, 1/1000.
        public var perMille: Int
        public var least: Energy

        public init(perMille: Int = 50, least: Energy = Energy(wattHours: 500)) {
            self.perMille = perMille
            self.least = least
        }
    }

    /// Energies of the block's seconds that both meters know, + = load.
    public struct Outcome: Hashable, Sendable, Codable {
        public var award: AwardID
        public var site: SiteID
        public var seconds: Int
        public var missingSeconds: Int
        public var chargers: Energy
        public var boundary: Energy
        /// Boundary less chargers: building and losses; and what it would have been as in the time before the block.
        public var rest: Energy
        public var expectedRest: Energy?
        /// In the award's direction, ≥ 0 by the chargers; at the site less what the rest took back.
        public var deliveredByChargers: Energy
        public var deliveredAtSite: Energy?
        /// Rows of the boundary's meter that were learned of after the block was computed; nil where that is not known.
        public var lateRows: Int?
        /// In words; each names the site.
        public var findings: [String]
    }

    private let award: Award
    private let site: SiteID
    private let span: Range<Int>
    private let start: Int
    private let settledAt: Instant?
    /// Σ of the chargers, W, by second from the reference on, and where one of them is not known.
    private var chargers: [Int]
    private var isUnknown: [Bool]

    /// Part of the seconds that both meters must know.
    private static let leastKnown = 900

    /// - Parameters:
    ///   - reference: the time before the block that says what the building takes.
    ///   - settledAt: when the block was computed, where it is asked which rows came late.
    public init(award: Award, site: SiteID, reference: TimeSpan = .hours(1), settledAt: Instant? = nil) {
        self.settledAt = settledAt
        self.award = award
        self.site = site
        self.start = award.block.start.seconds
        self.span = self.start - max(1, reference.seconds)..<max(self.start, award.block.end.seconds)
        self.chargers = Array(repeating: 0, count: self.span.count)
        self.isUnknown = Array(repeating: false, count: self.span.count)
    }

    /// The time whose readings are wanted, with a quarter of an hour on both sides.
    public var wanted: MarketInterval {
        MarketInterval(
            start: Instant(seconds: self.span.lowerBound - Rerun.longestGap),
            end: Instant(seconds: self.span.upperBound + Rerun.longestGap))
    }

    /// Takes all readings of one charging point in any order; of two for one instant the one counts that was learned of
    /// first. A point that says nothing takes nothing.
    public mutating func take(_ readings: some Collection<MeterReading>) {
        var first: [Int: MeterReading] = [:]
        for reading in readings {
            guard let known = first[reading.at.seconds], known.receivedAt <= reading.receivedAt else {
                first[reading.at.seconds] = reading
                continue
            }
        }
        let sorted = first.sorted { $0.key < $1.key }
        for (index, (at, reading)) in sorted.enumerated() {
            let next = index + 1 < sorted.count ? sorted[index + 1] : nil
            let gap = (next?.key ?? at + Rerun.hold) - at
            let isGap = gap > Rerun.longestGap
            for second in (at..<at + gap).clamped(to: self.span) {
                let place = second - self.span.lowerBound
                if isGap, second >= at + Rerun.hold {
                    self.isUnknown[place] = true
                } else {
                    let change = isGap ? 0 : (next?.value.power.watts ?? reading.power.watts) - reading.power.watts
                    self.chargers[place] += reading.power.watts + change * (second - at) / max(1, gap)
                }
            }
        }
    }

    /// - Parameters:
    ///   - meter: of the boundary.
    ///   - delivered: what the site's cars were credited in the block, ≥ 0.
    public func outcome(_ meter: SiteMeterTable, delivered: Energy, tolerance: Tolerance = Tolerance()) -> Outcome {
        let boundary = meter.powers(of: self.site, in: self.span)
        let before = self.sums(boundary, self.span.lowerBound..<self.start)
        let inside = self.sums(boundary, self.start..<self.span.upperBound)
        let length = self.span.upperBound - self.start
        var outcome = Outcome(
            award: self.award.id, site: self.site, seconds: inside.seconds, missingSeconds: length - inside.seconds,
            chargers: inside.chargers, boundary: inside.boundary, rest: inside.boundary - inside.chargers,
            deliveredByChargers: delivered, findings: [])
        if before.seconds * 1_000 >= (self.start - self.span.lowerBound) * Self.leastKnown {
            let rest = (before.boundary - before.chargers).wattSeconds
            let expected = Int(Int128(rest) * Int128(inside.seconds) / Int128(before.seconds))
            let more = outcome.rest.wattSeconds - expected
            outcome.expectedRest = Energy(wattSeconds: expected)
            outcome.deliveredAtSite = Energy(
                wattSeconds: delivered.wattSeconds - (self.award.direction == .up ? more : -more))
        }
        outcome.lateRows = self.lateRows(meter)
        outcome.findings = self.findings(outcome, length, tolerance)
        return outcome
    }

    /// Of the rows in the block those that were learned of after it was settled.
    private func lateRows(_ meter: SiteMeterTable) -> Int? {
        let known = (meter.rows[self.site] ?? []).filter {
            $0.receivedAt != nil && self.award.block.contains($0.at)
        }
        guard let settledAt = self.settledAt, !known.isEmpty else { return nil }
        return known.count { ($0.receivedAt ?? settledAt) > settledAt }
    }

    private typealias Sums = (seconds: Int, chargers: Energy, boundary: Energy)

    private func sums(_ boundary: [Int?], _ range: Range<Int>) -> Sums {
        range.reduce((0, .zero, .zero)) { sums, second in
            let place = second - self.span.lowerBound
            guard !self.isUnknown[place], let watts = boundary[place] else { return sums }
            return (
                sums.seconds + 1, sums.chargers + Energy(wattSeconds: self.chargers[place]),
                sums.boundary + Energy(wattSeconds: watts)
            )
        }
    }

    private func findings(_ outcome: Outcome, _ length: Int, _ tolerance: Tolerance) -> [String] {
        guard outcome.seconds * 1_000 >= length * Self.leastKnown else {
            return [
                "site \(self.site): both meters are known in \(outcome.seconds) s of \(length): read them out again"
            ]
        }
        let size = max(abs(outcome.chargers.wattSeconds), abs(outcome.deliveredByChargers.wattSeconds))
        let allowed = max(tolerance.least.wattSeconds, size / 1_000 * tolerance.perMille)
        if outcome.rest.wattSeconds < -allowed {
            return [
                "site \(self.site): its chargers counted \(text(-outcome.rest)) more than passed its boundary: compare "
                    + "their meters, or name what generates behind it"
            ]
        }
        guard let atSite = outcome.deliveredAtSite, let expected = outcome.expectedRest else {
            return [
                "site \(self.site): nobody knows what its building took before the block: "
                    + "read its meter out from then on"
            ]
        }
        let more = outcome.rest - expected
        guard abs(more.wattSeconds) > allowed else { return [] }
        return [
            "site \(self.site): building and losses took \(text(more)) more than before the block: "
                + "\(text(outcome.deliveredByChargers)) were delivered by its chargers, \(text(atSite)) at its boundary"
        ]
    }
}

extension SiteReconciliation.Outcome {
    /// For people.
    public var line: String {
        let before = self.expectedRest.map { " (before the block: \(text($0)))" } ?? ""
        let atSite = self.deliveredAtSite.map { "\(text($0)) at the boundary" } ?? "unknown at the boundary"
        return "block \(self.award), site \(self.site): boundary \(text(self.boundary)), "
            + "chargers \(text(self.chargers)), building and losses \(text(self.rest))\(before); "
            + "delivered \(text(self.deliveredByChargers)) by chargers, "
            + atSite + (self.lateRows.map { $0 == 0 ? "" : "; \($0) rows of its meter came late" } ?? "")
    }
}

/// kWh with three places.
private func text(_ energy: Energy) -> String {
    let hours = energy.wattHours
    let rest = String(hours.magnitude % 1_000)
    let padded = String(repeating: "0", count: 3 - rest.count) + rest
    return "\(hours < 0 ? "-" : "")\(hours.magnitude / 1_000).\(padded) kWh"
}
