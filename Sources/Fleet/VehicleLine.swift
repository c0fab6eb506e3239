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
