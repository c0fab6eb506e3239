/// A worker binds one of its slots to a charging point (EVSE) and to the car that is there now.
/// A later registration of the slot with a higher `generation` replaces it.
public struct Registration: Hashable, Sendable, Codable {
    /// Index within the worker, dense from 0.
    public var slot: UInt32
    /// Rises each time the slot is bound anew; telemetry and plans of an older one are void.
    public var generation: UInt32
    public var station: StationID
    /// EVSE number as the station counts, from 1.
    public var evse: Int
    /// Who is plugged in, as far as the station said; nil when no car is there.
    public var token: TokenID?
    public var capability: Capability
    /// Nameplate limits of the charging point, both magnitudes ≥ 0.
    public var maxCharge: Power
    public var maxDischarge: Power
    /// Least power that the station holds apart from 0 (its dead band), a magnitude.
    public var minimumPower: Power
    /// Least step between two setpoints that the station tells apart, ≥ 1 W.
    public var step: Power
    /// How long the station takes from command to metered power, as far as known.
    public var responseTime: TimeSpan

    public init(
        slot: UInt32, generation: UInt32, station: StationID, evse: Int, token: TokenID?,
        capability: Capability, maxCharge: Power, maxDischarge: Power, minimumPower: Power,
        step: Power, responseTime: TimeSpan
    ) {
        self.slot = slot
        self.generation = generation
        self.station = station
        self.evse = evse
        self.token = token
        self.capability = capability
        self.maxCharge = maxCharge
        self.maxDischarge = maxDischarge
        self.minimumPower = minimumPower
        self.step = step
        self.responseTime = responseTime
    }
}

/// Telemetry records of one worker as they came off the wire: `count` records of `stride` bytes.
public struct TelemetryBatch: Hashable, Sendable {
    public var worker: WorkerID
    public var incarnation: Incarnation
    public var sequence: UInt64
    public var sentAt: Instant
    public var stride: Int
    public var count: Int
    /// `stride * count` bytes, each record laid out as `headroom_record`. A slice, so that they may stay
    /// in the frame that they came in: nothing is copied on the way into the fleet.
    public var bytes: ArraySlice<UInt8>

    public init(
        worker: WorkerID, incarnation: Incarnation, sequence: UInt64, sentAt: Instant, stride: Int,
        count: Int, bytes: ArraySlice<UInt8>
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.sequence = sequence
        self.sentAt = sentAt
        self.stride = stride
        self.count = count
        self.bytes = bytes
    }

    /// A batch of an array that holds its records and nothing else.
    public init(
        worker: WorkerID, incarnation: Incarnation, sequence: UInt64, sentAt: Instant, stride: Int,
        count: Int, bytes: [UInt8]
    ) {
        self.init(
            worker: worker, incarnation: incarnation, sequence: sequence, sentAt: sentAt,
            stride: stride, count: count, bytes: bytes[...])
    }
}

extension TelemetryBatch: Codable {
    private enum CodingKeys: String, CodingKey {
        case worker, incarnation, sequence, sentAt, stride, count, bytes
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            worker: try values.decode(WorkerID.self, forKey: .worker),
            incarnation: try values.decode(Incarnation.self, forKey: .incarnation),
            sequence: try values.decode(UInt64.self, forKey: .sequence),
            sentAt: try values.decode(Instant.self, forKey: .sentAt),
            stride: try values.decode(Int.self, forKey: .stride),
            count: try values.decode(Int.self, forKey: .count),
            bytes: try values.decode([UInt8].self, forKey: .bytes))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(self.worker, forKey: .worker)
        try values.encode(self.incarnation, forKey: .incarnation)
        try values.encode(self.sequence, forKey: .sequence)
        try values.encode(self.sentAt, forKey: .sentAt)
        try values.encode(self.stride, forKey: .stride)
        try values.encode(self.count, forKey: .count)
        // A slice has no coding of its own.
        try values.encode(Array(self.bytes), forKey: .bytes)
    }
}

/// One reading of a charging point's meter. Settlement uses readings, never live state.
public struct MeterReading: Hashable, Sendable, Codable {
    public var worker: WorkerID
    /// Rises by one per reading of the worker's journal, over restarts; the key of exactly-once effect.
    public var sequence: UInt64
    public var station: StationID
    public var evse: Int
    public var token: TokenID?
    /// When the meter measured (event time).
    public var at: Instant
    /// When the worker learned of it (belief time).
    public var receivedAt: Instant
    /// Mean power since the reading before, or the momentary one, W, + = charge.
    public var power: Power
    /// Cumulative registers, both ≥ 0 and never falling, where the station has them.
    public var importRegister: Energy
    public var exportRegister: Energy
    public var stateOfCharge: StateOfCharge?

    public init(
        worker: WorkerID, sequence: UInt64, station: StationID, evse: Int, token: TokenID?,
        at: Instant, receivedAt: Instant, power: Power, importRegister: Energy,
        exportRegister: Energy, stateOfCharge: StateOfCharge?
    ) {
        self.worker = worker
        self.sequence = sequence
        self.station = station
        self.evse = evse
        self.token = token
        self.at = at
        self.receivedAt = receivedAt
        self.power = power
        self.importRegister = importRegister
        self.exportRegister = exportRegister
        self.stateOfCharge = stateOfCharge
    }
}
