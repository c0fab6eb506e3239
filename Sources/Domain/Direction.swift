/// A direction of regulation. *Up* moves towards export, *down* towards load (DESIGN section 4).
public enum Direction: String, Hashable, Sendable, Codable, CaseIterable {
    case up
    case down
}

/// What a charging point can be made to do, proven or as its dialect says; bits 24–31 of the record's flags.
public enum Capability: UInt8, Hashable, Sendable, Codable {
    /// Cannot be commanded.
    case none = 0
    /// Charging can be curtailed and resumed, nothing else.
    case curtail = 1
    /// Takes signed setpoints.
    case setpoint = 2
    /// Takes signed setpoints and holds a frequency curve itself (OCPP 2.1 `LocalFrequency` and kin).
    case residentCurve = 3
}

/// Why a charging point is not available; bits 16–23 of the record's flags.
public enum UnavailableReason: UInt8, Hashable, Sendable, Codable {
    case none = 0
    case unplugged = 1
    case offline = 2
    case faulted = 3
    case stopped = 4
    case refusedProfile = 5
    case staleMeter = 6
    case noTransaction = 7
    /// It proves that it lets go of what it is told (a worker's commissioning test).
    case commissioning = 8
}
