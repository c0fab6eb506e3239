/// Somebody else's decision over what may be moved at a charging point, as its worker heard it.
public struct OverrideNote: Hashable, Sendable, Codable {
    public enum Kind: UInt8, Hashable, Sendable, Codable {
        /// The driver wants to be charged first: no discharge in this session.
        case priority = 1
        /// Somebody limits the charging point from outside: the site's energy manager, a network operator.
        case limit = 2
        /// A grid event at the inverter goes on.
        case gridAlarm = 3
    }
    /// What the charging point may be moved to, W, magnitudes ≥ 0.
    public struct Room: Hashable, Sendable, Codable {
        public var charge: Power
        public var discharge: Power

        public init(charge: Power, discharge: Power) {
            self.charge = charge
            self.discharge = discharge
        }
    }
    /// Most notes that a worker keeps while no aggregator takes them; of more the oldest go.
    public static let most = 20_000

    /// Rises with each note of a worker, also over a lost journal: microseconds since 1970, or one more than the last.
    public var sequence: UInt64
    public var kind: Kind
    /// It ends here; else it begins, or is another one from now on.
    public var isOver: Bool
    public var station: StationID
    /// EVSE number as the station counts; 0 where no charging point of the station was known.
    public var evse: Int
    /// Who was plugged in.
    public var token: TokenID?
    /// When the worker heard of it.
    public var at: Instant
    /// Who decided, as the station names him: `driver`, `EMS`, `SO`, the DER control that tripped.
    public var source: String
    public var before: Room
    public var after: Room

    public init(
        sequence: UInt64, kind: Kind, isOver: Bool, station: StationID, evse: Int, token: TokenID?, at: Instant,
        source: String, before: Room, after: Room
    ) {
        self.sequence = sequence
        self.kind = kind
        self.isOver = isOver
        self.station = station
        self.evse = evse
        self.token = token
        self.at = at
        self.source = source
        self.before = before
        self.after = after
    }
}

/// A decision of a driver, an owner, a site or the network over what is moved, as it is kept for good: who, what, when,
/// and what it was before.
public struct OverrideRecord: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case priority
        case limit
        case gridAlarm = "grid-alarm"
        /// Another departure, or another target, in a session that goes on.
        case departure
        case target
        /// The owner agreed to discharge, or does not any more.
        case consent
    }
    public var kind: Kind
    public var at: Instant
    /// It ends here; else it begins, or is another one from now on.
    public var isOver: Bool
    /// Who decided: `driver`, `car`, `schedule`, `owner`, or as the station names him.
    public var source: String
    public var vehicle: VehicleID?
    public var owner: OwnerID?
    public var station: StationID?
    public var evse: Int?
    /// In words, with units.
    public var before: String
    public var after: String

    public init(
        kind: Kind, at: Instant, isOver: Bool, source: String, vehicle: VehicleID?, owner: OwnerID?,
        station: StationID?, evse: Int?, before: String, after: String
    ) {
        self.kind = kind
        self.at = at
        self.isOver = isOver
        self.source = source
        self.vehicle = vehicle
        self.owner = owner
        self.station = station
        self.evse = evse
        self.before = before
        self.after = after
    }
}
