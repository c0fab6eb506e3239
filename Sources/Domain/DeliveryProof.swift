/// How a product's rule book turns metered seconds into payment, as it was applied to one award: kept with the block, so
/// that it can be computed again when the region's pack has long changed.
public struct SettlementTerms: Hashable, Sendable, Codable {
    /// The score of performance; what each means stands in `GridCodes.PerformanceRule`.
    public enum Method: String, Hashable, Sendable, Codable, CaseIterable {
        case deliveredShare
        case envelope
        case threePart
        case accuracy
    }
    public var method: Method
    /// 1/10,000. Of an envelope: the mean error up to which all is paid, and that from which on nothing is. Of a score:
    /// what qualifies, and the least that is paid.
    public var full: Int
    public var zero: Int
    /// Over how long a score is taken, s.
    public var windowSeconds: Int
    /// For so long before a second its response may still be on its way, s: any value of the request in it is right.
    public var backSeconds: Int
    /// True where both directions are one quantity: the score looks at the whole signal.
    public var isJoint: Bool
    /// Part of the award's own prices that is paid, 1/1000: 0 where the product pays none; 500 of capacity where the two
    /// directions of a joint product share one price.
    public var capacityPerMille: Int
    public var energyPerMille: Int
    /// Micro-units per MW of the request's path; 0 where the path is not paid.
    public var mileagePrice: Int
    /// Against what delivery was measured, in the pack's word.
    public var baseline: String
    /// What a block that was missed or not delivered costs beside what is not paid; nil where the pack knows no rule.
    public var damages: Damages?
    /// True where the path is paid, at a price that may come after the block; nil in rows from before there was one.
    public var paysMileage: Bool?

    /// What a miss costs, as parts of the block's capacity price (price × awarded MW × hours).
    public struct Damages: Hashable, Sendable, Codable {
        /// Under this score (1/10,000) what is missing to a whole one costs `shortPerMille` of the capacity price.
        public var scoreBelow: Int
        public var shortPerMille: Int
        /// Where cars held less than this part of what was awarded (1/10,000 of power × time), what was not held costs
        /// `missedPerMille` of its capacity price: 1000 = it is not paid, 2000 = and as much again is owed.
        public var availabilityBelow: Int
        public var missedPerMille: Int

        public init(scoreBelow: Int, shortPerMille: Int, availabilityBelow: Int, missedPerMille: Int) {
            self.scoreBelow = scoreBelow
            self.shortPerMille = shortPerMille
            self.availabilityBelow = availabilityBelow
            self.missedPerMille = missedPerMille
        }
    }

    public init(
        method: Method, full: Int, zero: Int, windowSeconds: Int, backSeconds: Int = 0, isJoint: Bool = false,
        capacityPerMille: Int = 1_000, energyPerMille: Int = 1_000, mileagePrice: Int = 0,
        baseline: String = "declared",
        damages: Damages? = nil, paysMileage: Bool? = nil
    ) {
        self.damages = damages
        self.paysMileage = paysMileage
        self.method = method
        self.full = full
        self.zero = zero
        self.windowSeconds = windowSeconds
        self.backSeconds = backSeconds
        self.isJoint = isJoint
        self.capacityPerMille = capacityPerMille
        self.energyPerMille = energyPerMille
        self.mileagePrice = mileagePrice
        self.baseline = baseline
    }

    /// Products without terms: the delivered share of what was requested scales the availability payment.
    public static let plain = SettlementTerms(method: .deliveredShare, full: 10_000, zero: 0, windowSeconds: 3_600)
}

/// What a block's performance was, and whom it lacked.
public struct DeliveryProof: Hashable, Sendable, Codable {
    /// Energy that flowed beside the declared load and what was asked, both ≥ 0: more export (or less load), and less.
    public struct Imbalance: Hashable, Sendable, Codable {
        public var surplus: Energy
        public var shortage: Energy

        public init(surplus: Energy, shortage: Energy) {
            self.surplus = surplus
            self.shortage = shortage
        }
    }

    /// What one vehicle was asked for and did not bring.
    public struct Lack: Hashable, Sendable, Codable {
        public var vehicle: VehicleID
        public var station: StationID?
        /// ≥ 0, of steady seconds only: a station that is a second late has not failed.
        public var missed: Energy

        public init(vehicle: VehicleID, station: StationID?, missed: Energy) {
            self.vehicle = vehicle
            self.station = station
            self.missed = missed
        }
    }
    public var terms: SettlementTerms
    /// The product's own score in 1/10,000, before what is not paid is taken off.
    public var score: Int
    /// Σ |change of the request| in the award's direction, W.
    public var path: Int
    /// Energy beside what was asked; nil until an imbalance price was known.
    public var imbalance: Imbalance?
    /// In words: a window that is not paid, a baseline that could not be made, a qualification at risk.
    public var notes: [String]
    /// The vehicles that cost most, the worst first.
    public var lacks: [Lack]

    public init(terms: SettlementTerms, score: Int, path: Int, notes: [String] = [], lacks: [Lack] = []) {
        self.terms = terms
        self.score = score
        self.path = path
        self.notes = notes
        self.lacks = lacks
    }
}
