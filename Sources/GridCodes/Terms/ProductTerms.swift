public import Domain

/// What a product's rule book says beyond the figures that dispatch needs: all of it data of the region's pack.
public struct ProductTerms: Hashable, Sendable, Codable {
    /// How the operator sets the product off.
    public enum Mechanism: String, Hashable, Sendable, Codable, CaseIterable {
        /// Proportional to the frequency that the unit measures itself.
        case localCurve
        /// Full response once the unit's own frequency crosses a threshold, then held.
        case localTrigger
        /// A set-point every few seconds.
        case agcSetpoint
        /// An order of the operator with minutes of notice.
        case instruction
        /// A demand response event with minutes to a day of notice.
        case event
    }
    /// Whether the engine carries out the activation; what it does not is never bid.
    public enum Dispatch: String, Hashable, Sendable, Codable {
        case engine
        case none
    }

    public var mechanism: Mechanism
    public var dispatch: Dispatch
    /// Why it is not dispatched; nil where it is.
    public var dispatchReason: String?
    /// First and last day of delivery; the pack's own where nil.
    public var validFrom: String?
    public var validTo: String?
    public var response: ResponseRule
    public var energy: EnergyRule
    public var calendar: BlockCalendar
    public var gate: Gate
    public var bid: BidShape
    public var telemetry: TelemetryRule
    public var baseline: BaselineRule
    public var performance: PerformanceRule
    public var payment: PaymentRule
}

/// How fast a response begins and rises; `fullDeliveryMilliseconds` of the product is when it is whole.
public struct ResponseRule: Hashable, Sendable, Codable {
    /// Latest start after the cause, ms.
    public var initiationMilliseconds: Int
    /// Longest time of the rise itself, ms; nil where only full delivery counts.
    public var rampMilliseconds: Int?
    /// Earliest start, where one is set, ms: faster is not better.
    public var initiationMinimumMilliseconds: Int?
    /// Frequency at which a trigger goes off, mHz.
    public var triggerMilliHertz: Int?
    /// Longest release after the support, 1/1000 of the award per second; nil where free.
    public var releasePerMillePerSecond: Int?
    /// So long after a support the unit is ready again, s.
    public var readyAgainSeconds: Int?
    /// Time between two set-points, ms.
    public var signalPeriodMilliseconds: Int?
    /// Notice of an order or event, s.
    public var noticeSeconds: Int?
}

/// Energy that has to be behind the power.
public struct EnergyRule: Hashable, Sendable, Codable {
    /// Seconds of full power held at any moment, in each direction sold.
    public var reserveSeconds: Int
    /// Part of the energy moved that is restored in each settlement period, 1/1000; nil where no rule is known.
    public var restorePerMille: Int?
    /// The settlement period of that rule, s.
    public var settlementPeriodSeconds: Int
    /// Rated power per power sold where energy is limited, 1/1000; 1000 = none above.
    public var powerPerMille: Int
    /// Time within which the reserve is whole again after an activation, s; nil where no rule is known.
    public var recoverySeconds: Int?
}

/// What a bid looks like beside the least quantity and the step.
public struct BidShape: Hashable, Sendable, Codable {
    public var maximumWatts: Int
    /// True where the operator may take a part of the quantity.
    public var isDivisible: Bool
    /// True where up and down are one quantity, bought together; false where each direction is bid by itself.
    public var isJoint: Bool
    /// Prices that are taken, in micro-units per MW and hour or MWh; below zero is normal.
    public var minimumPrice: Int
    public var maximumPrice: Int
}

/// What the operator wants to see of the unit.
public struct TelemetryRule: Hashable, Sendable, Codable {
    /// Operational metering: time between values, ms, and its accuracy in 1/10,000 (0 = not known).
    public var periodMilliseconds: Int
    public var accuracy: Int
    /// Time between values of the proof of performance, ms.
    public var proofPeriodMilliseconds: Int
}

/// Against what delivery is measured.
public struct BaselineRule: Hashable, Sendable, Codable {
    public enum Method: String, Hashable, Sendable, Codable, CaseIterable {
        /// The load declared before the gate.
        case declared
        /// The last metered value before the activation.
        case meterBefore
        /// The mean of like days, see `days`, `highest` and `cap`.
        case dayMatching
        /// What the resource's comparison group draws, which is enrolled and not dispatched; see ``ComparisonGroup``.
        case controlGroup
    }
    public var method: Method
    /// Day matching: like days looked back at, and of these those that count, the highest; control group: like days by
    /// which the two are compared, 0 = point for point; 0 otherwise.
    public var days: Int
    public var highest: Int
    /// Most by which the same day's load scales a baseline, 1/1000; 0 = no adjustment.
    public var capPerMille: Int
    /// Control group: charging points that it has at least; nil = 1.
    public var leastPoints: Int?
}

/// How delivery is turned into a factor of payment.
public struct PerformanceRule: Hashable, Sendable, Codable {
    public enum Method: String, Hashable, Sendable, Codable, CaseIterable {
        /// Σ min(delivered, requested) ÷ Σ requested.
        case deliveredShare
        /// Distance from an envelope about the curve; K falls from 1 to 0 between two errors.
        case envelope
        /// Mean of correlation, delay and precision.
        case threePart
        /// 1 − Σ|set-point − metered| ÷ Σ|set-point|.
        case accuracy
    }
    public var method: Method
    /// The worse end: an error above `full` begins to cost, one of `zero` pays nothing (envelope); or the least score
    /// that is paid (`zero`) and that qualifies (`full`). 1/10,000.
    public var full: Int
    public var zero: Int
    /// Over how long it is taken, s.
    public var windowSeconds: Int
}

/// What is paid, and what a miss costs.
public struct PaymentRule: Hashable, Sendable, Codable {
    /// Who sets the price of capacity.
    public enum Pricing: String, Hashable, Sendable, Codable {
        case marginal
        case asBid
        case tariff
        case none
    }
    public enum Penalty: String, Hashable, Sendable, Codable {
        /// Nothing beyond what is not paid.
        case none
        /// The payment scales with performance.
        case scaled
        /// The whole block is unpaid under the least score.
        case forfeit
        /// A contractual penalty, or qualification is lost.
        case contractual
    }
    public var capacity: Pricing
    public var energy: Pricing
    /// True where the path of the signal is paid.
    public var paysMileage: Bool
    /// What a megawatt of that path is paid, micro-units; nil where the operator's price is not known: then nothing is
    /// counted on.
    public var mileagePrice: Int?
    public var penalty: Penalty
    /// What a block that was missed or not delivered costs beside what is not paid; nil where no rule is known.
    public var damages: SettlementTerms.Damages?
}
