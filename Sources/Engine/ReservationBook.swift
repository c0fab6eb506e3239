public import Domain

/// What of a resource's headroom is spoken for: power and the energy behind it, by product, block and direction. Each bid
/// that is out, and each award, has one row; what is spoken for at an instant is the sum of the rows that hold then.
public struct ReservationBook: Hashable, Sendable, Codable {
    /// What one bid or award holds.
    public struct Row: Hashable, Sendable, Codable {
        public var bid: BidID
        public var resource: ResourceID
        public var product: ProductID
        public var direction: Direction
        public var block: MarketInterval
        /// With its spare, magnitude.
        public var power: Power
        /// What has to be in the batteries (up), or to find room there (down), at any moment of the block, by the meter.
        public var energy: Energy
        /// True once it is sold, false while it is only offered.
        public var isSold: Bool
    }
    private var rowOf: [BidID: Row] = [:]

    public init() {}

    /// In the order of blocks and names.
    public var rows: [Row] {
        self.rowOf.values.sorted { ($0.block.start, $0.bid) < ($1.block.start, $1.bid) }
    }

    /// Puts a row in place of the one that the bid had; one of no power is none.
    mutating func put(_ row: Row) {
        self.rowOf[row.bid] = row.power.watts > 0 ? row : nil
    }

    mutating func release(_ bid: BidID) {
        self.rowOf[bid] = nil
    }

    /// Lets go of blocks that ended.
    mutating func forget(before instant: Instant) {
        self.rowOf = self.rowOf.filter { $0.value.block.end > instant }
    }

    /// The most that others than `bid` hold at any one instant of a block: W, and energy.
    func taken(
        _ resource: ResourceID, _ direction: Direction, _ block: MarketInterval, except bid: BidID? = nil
    ) -> (power: Power, energy: Energy) {
        let others = self.rowOf.values.filter {
            $0.bid != bid && $0.resource == resource && $0.direction == direction && $0.block.overlaps(block)
        }
        // It is greatest where something begins.
        let starts = others.map { max($0.block.start, block.start) } + [block.start]
        var most = (power: Power.zero, energy: Energy.zero)
        for start in starts {
            let at = others.filter { $0.block.contains(start) }
            most.power = max(most.power, at.reduce(.zero) { $0 + $1.power })
            most.energy = max(most.energy, at.reduce(.zero) { $0 + $1.energy })
        }
        return most
    }

    func fingerprint(into mark: inout Fingerprint) {
        for row in self.rows {
            mark.add(row.bid.rawValue)
            for figure in [row.power.watts, row.energy.wattSeconds, row.isSold ? 1 : 0] { mark.add(figure) }
        }
    }
}
