public import Domain

/// A vehicle as the stack sees it: where it is, its room, and how good it is at what.
public struct StackMember: Hashable, Sendable {
    /// Index of the worker among the plan's workers.
    public var worker: Int
    public var slot: UInt32
    public var generation: UInt32
    public var bounds: Bounds
    /// The charging point holds its segment as a resident curve.
    public var resident: Bool
    /// Products (by index) that it may serve, as a bit mask.
    public var eligible: UInt32
    /// Merit within its kind, 0 (first called) … 127 (last).
    public var merit: UInt8

    public init(
        worker: Int, slot: UInt32, generation: UInt32, bounds: Bounds, resident: Bool,
        eligible: UInt32, merit: UInt8
    ) {
        self.worker = worker
        self.slot = slot
        self.generation = generation
        self.bounds = bounds
        self.resident = resident
        self.eligible = eligible
        self.merit = merit
    }

    /// Merit from laxity, fast response and rotation: who has most time to departure is called first,
    /// a slow station a step later, and `turn` moves equals round from block to block. Where the battery's wear is known
    /// (micro-units per kWh discharged), the cheaper goes first among those with about as much time. Where each second
    /// of a request is scored (`isPaced`), equals go by how fast they answer, second by second: what moves most then is
    /// moved by the fastest, and who lags holds what stands still.
    public static func merit(
        laxitySeconds: Int, response: TimeSpan, index: Int, turn: Int, wear: Int? = nil, isPaced: Bool = false
    ) -> UInt8 {
        // Doublings of a quarter of an hour.
        let hours = min(14, Int.bitWidth - max(0, laxitySeconds / 900).leadingZeroBitCount)
        let slow = min(1, response.seconds / 2)
        if let wear {
            // Doublings from a quarter of a cent on.
            let price = min(7, Int.bitWidth - max(0, wear / 2_500).leadingZeroBitCount)
            return UInt8((14 - hours) / 2 * 16 + price * 2 + slow)
        }
        if isPaced {
            // Who has 16 hours or more has time enough.
            let lag = min(7, max(0, response.seconds))
            return UInt8((7 - min(7, hours)) * 16 + lag * 2 + (index &+ turn) & 1)
        }
        let rotation = (index &+ turn) & 3
        return UInt8((14 - hours) * 8 + slow * 4 + rotation)
    }
}

/// A product as the stack serves it.
public struct StackProduct: Hashable, Sendable {
    public var product: PlanProduct
    /// Power to hold per direction: award and spare, W ≥ 0.
    public var up: Int { self.product.awardUp.watts + self.product.spareUp.watts }
    public var down: Int { self.product.awardDown.watts + self.product.spareDown.watts }

    public init(product: PlanProduct) {
        self.product = product
    }
}
