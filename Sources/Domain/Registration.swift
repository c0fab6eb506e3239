/// A worker binds one of its slots to a charging point (EVSE) and to the car that is there now.
/// A later registration of the slot with a higher `generation` replaces it.
package struct Registration: Hashable, Sendable, Codable {
    /// Index within the worker, dense from 0.
    package var slot: UInt32
    /// Rises each time the slot is bound anew; telemetry and plans of an older one are void.
    package var generation: UInt32
    package var station: StationID
    /// EVSE number as the station counts, from 1.
    package var evse: Int
    /// Who is plugged in, as far as the station said; nil when no car is there.
    package var token: TokenID?
    package var capability: Capability
    /// Nameplate limits of the charging point, both magnitudes ≥ 0.
    package var maxCharge: Power
    package var maxDischarge: Power
    /// Least power that the station holds apart from 0 (its dead band), a magnitude.
    package var minimumPower: Power
    /// Least step between two setpoints that the station tells apart, ≥ 1 W.
    package var step: Power
    /// How long the station takes from command to metered power, as far as known.
    package var responseTime: TimeSpan

    package init(
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
package struct TelemetryBatch: Hashable, Sendable {
    package var worker: WorkerID
    package var incarnation: Incarnation
    package var sequence: UInt64
    package var sentAt: Instant
    package var stride: Int
    package var count: Int
    /// `stride * count` bytes, each record laid out as `headroom_record`. A slice, so that they may stay
    /// in the frame that they came in: nothing is copied on the way into the fleet.
    package var bytes: ArraySlice<UInt8>

    package init(
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
    package init(
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

    package init(from decoder: any Decoder) throws {
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

    package func encode(to encoder: any Encoder) throws {
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
package struct MeterReading: Hashable, Sendable, Codable {
    package var worker: WorkerID
    /// Rises by one per reading of the worker's journal, over restarts; the key of exactly-once effect.
    package var sequence: UInt64
    package var station: StationID
    package var evse: Int
    package var token: TokenID?
    /// When the meter measured (event time).
    package var at: Instant
    /// When the worker learned of it (belief time).
    package var receivedAt: Instant
    /// Mean power since the reading before, or the momentary one, W, + = charge.
    package var power: Power
    /// Cumulative registers, both ≥ 0 and never falling, where the station has them.
    package var importRegister: Energy
    package var exportRegister: Energy
    package var stateOfCharge: StateOfCharge?

    package init(
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
