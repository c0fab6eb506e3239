/// What a megawatt-hour from the grid costs, or the carbon that it carries, from step to step; negative where the grid
/// pays for it.
public struct PriceCurve: Hashable, Sendable, Codable {
    /// What the figures are, and so what charging is planned by.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Micro-units of the region's currency per MWh.
        case price
        /// Milligrams of CO₂ per MWh.
        case carbon
    }

    /// A figure that holds from `at` until the next step.
    public struct Step: Hashable, Sendable, Codable {
        public var at: Instant
        public var value: Int

        public init(at: Instant, value: Int) {
            self.at = at
            self.value = value
        }
    }

    /// More steps than a fortnight of quarter-hours, and figures beyond a million a kWh, are mistakes.
    public static let mostSteps = 5_000
    public static let mostValue = 1_000_000_000_000_000

    public let kind: Kind
    /// Nil: for every site of the zone that has no curve of its own.
    public let site: SiteID?
    public private(set) var steps: [Step]
    /// Until when the last step holds.
    public private(set) var end: Instant

    /// Nil where there are no steps or too many, where one does not come after the other, or a figure is absurd.
    public init?(kind: Kind, site: SiteID? = nil, steps: [Step], end: Instant) {
        guard let last = steps.last, steps.count <= Self.mostSteps, last.at < end,
            zip(steps, steps.dropFirst()).allSatisfy({ $0.at < $1.at }),
            steps.allSatisfy({ $0.value.magnitude <= Self.mostValue.magnitude })
        else { return nil }
        self.kind = kind
        self.site = site
        self.steps = steps
        self.end = end
    }

    /// The figure at an instant: the first before the first step, nil behind the end.
    public func value(at instant: Instant) -> Int? {
        instant < self.end ? self.known(at: instant) ?? self.steps.first?.value : nil
    }

    /// The figure in force at an instant; nil before the first step and behind the end: nothing is made up.
    public func known(at instant: Instant) -> Int? {
        guard instant < self.end else { return nil }
        var (low, high) = (0, self.steps.count)
        while low < high {
            let middle = (low + high) / 2
            if self.steps[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? self.steps[low - 1].value : nil
    }

    /// The mean of the figures from an instant on, over time: what is assumed behind the end.
    public func mean(from instant: Instant) -> Int {
        var sum: Int128 = 0
        var seconds = 0
        for (index, step) in self.steps.enumerated() {
            let end = index + 1 < self.steps.count ? self.steps[index + 1].at : self.end
            let length = (end - max(step.at, instant)).seconds
            guard length > 0 else { continue }
            sum += Int128(step.value) * Int128(length)
            seconds += length
        }
        return seconds > 0 ? Int(sum / Int128(seconds)) : self.steps[self.steps.count - 1].value
    }

    /// The curve that is in force once another was heard: what it says counts from its first step on, what was known
    /// before counts until then. Steps that are over at `instant` are left out.
    public func replaced(by other: PriceCurve, at instant: Instant) -> PriceCurve {
        guard other.kind == self.kind, let first = other.steps.first else { return other }
        var kept = self.steps.filter { $0.at < first.at }
        while kept.count > 1, kept[1].at <= instant { kept.removeFirst() }
        var merged = other
        merged.steps = Array((kept + other.steps).suffix(Self.mostSteps))
        return merged
    }
}
