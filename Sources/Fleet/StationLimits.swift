public import Domain

/// What a registration says of a charging point's powers, without its names: what every plan reads of every point.
public struct StationLimits: Hashable, Sendable, Codable {
    /// W, magnitudes ≥ 0.
    public var maxCharge: Int32
    public var maxDischarge: Int32
    public var minimum: Int32
    /// W ≥ 1.
    public var step: Int32
    public var responseMilliseconds: Int32
    public var capability: Capability

    init(_ registration: Registration) {
        self.maxCharge = Int32(clamping: registration.maxCharge.watts)
        self.maxDischarge = Int32(clamping: registration.maxDischarge.watts)
        self.minimum = Int32(clamping: registration.minimumPower.watts)
        self.step = Int32(clamping: max(1, registration.step.watts))
        self.responseMilliseconds = Int32(clamping: registration.responseTime.milliseconds)
        self.capability = registration.capability
    }

    private init() {
        self.maxCharge = 0
        self.maxDischarge = 0
        self.minimum = 0
        self.step = 1
        self.responseMilliseconds = 0
        self.capability = .none
    }

    public static let none = StationLimits()

    public var responseTime: TimeSpan { .milliseconds(Int(self.responseMilliseconds)) }
}
