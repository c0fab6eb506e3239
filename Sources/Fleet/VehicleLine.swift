public import CTelemetry
public import Domain

/// Everything that is known of one charging point and its car, in one 64-byte cache line
/// (`facts/performance.md` section 5: one line beats eight columns threefold on random updates).
public struct VehicleLine: Sendable {
    /// The record as it came; `slot` in it is the worker's.
    public var record: headroom_record
    /// When it came, µs since 1970; 0 = never.
    public var receivedAt: Int64
    /// Rises when the slot is bound anew.
    public var generation: UInt32
    /// Index into the enrolment's vehicles, or `none`.
    public var vehicle: UInt32
    /// Index into the enrolment's sites, or `none`.
    public var site: UInt32
    /// Index of the resource, or `noResource`.
    public var resource: UInt16
    /// 1 while a registration holds.
    public var bound: UInt8
    public var capability: UInt8

    public static var none: UInt32 { .max }
    public static var noResource: UInt16 { .max }
    public static let empty = VehicleLine(
        record: headroom_record(), receivedAt: 0, generation: 0, vehicle: none, site: none,
        resource: noResource, bound: 0, capability: 0)

    public func has(_ flag: Int) -> Bool {
        self.record.flags & UInt32(flag) != 0
    }

    /// Whether the worker has heard what flows there since it began.
    public var isMetered: Bool { self.receivedAt != 0 && self.record.age != .max }
    public var isPlugged: Bool { self.has(HEADROOM_PLUGGED) }
    /// Plugged, online and free to be commanded.
    public var isAvailable: Bool {
        let needed = UInt32(HEADROOM_PLUGGED | HEADROOM_AVAILABLE | HEADROOM_ONLINE)
        return self.bound == 1 && self.record.flags & needed == needed
    }
    public var reason: UnavailableReason {
        UnavailableReason(rawValue: UInt8(truncatingIfNeeded: self.record.flags >> 16)) ?? .none
    }
}

extension VehicleLine {
    /// Everything of the record that was reported, into a fingerprint.
    func add(to mark: inout Fingerprint) {
        mark.add(self.record.flags)
        mark.add(self.record.power)
        mark.add(self.record.max_charge)
        mark.add(self.record.max_discharge)
        mark.add(self.record.capacity)
        mark.add(self.record.energy_needed)
        mark.add(self.record.departure)
        mark.add(self.record.soc)
        mark.add(self.record.soc_error)
        mark.add(self.record.reserve)
        mark.add(self.record.age)
    }
}

extension VehicleLine: Codable {
    // A list of numbers, in the order of the layout: a fleet has many lines.
    public init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        var record = headroom_record()
        record.slot = try values.decode(UInt32.self)
        record.flags = try values.decode(UInt32.self)
        record.power = try values.decode(Int32.self)
        record.max_charge = try values.decode(Int32.self)
        record.max_discharge = try values.decode(Int32.self)
        record.capacity = try values.decode(UInt32.self)
        record.energy_needed = try values.decode(Int32.self)
        record.departure = try values.decode(UInt32.self)
        record.soc = try values.decode(UInt16.self)
        record.soc_error = try values.decode(UInt16.self)
        record.reserve = try values.decode(UInt16.self)
        record.age = try values.decode(UInt16.self)
        self.init(
            record: record, receivedAt: try values.decode(Int64.self), generation: try values.decode(UInt32.self),
            vehicle: try values.decode(UInt32.self), site: try values.decode(UInt32.self),
            resource: try values.decode(UInt16.self), bound: try values.decode(UInt8.self),
            capability: try values.decode(UInt8.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.unkeyedContainer()
        try values.encode(self.record.slot)
        try values.encode(self.record.flags)
        try values.encode(self.record.power)
        try values.encode(self.record.max_charge)
        try values.encode(self.record.max_discharge)
        try values.encode(self.record.capacity)
        try values.encode(self.record.energy_needed)
        try values.encode(self.record.departure)
        try values.encode(self.record.soc)
        try values.encode(self.record.soc_error)
        try values.encode(self.record.reserve)
        try values.encode(self.record.age)
        try values.encode(self.receivedAt)
        try values.encode(self.generation)
        try values.encode(self.vehicle)
        try values.encode(self.site)
        try values.encode(self.resource)
        try values.encode(self.bound)
        try values.encode(self.capability)
    }
}
