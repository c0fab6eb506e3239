package import Domain

/// What a registration says of a charging point's powers, without its names: what every plan reads of every point.
package struct StationLimits: Hashable, Sendable {
    /// W, magnitudes ≥ 0.
    package var maxCharge: Int32
    package var maxDischarge: Int32
    package var minimum: Int32
    /// W ≥ 1.
    package var step: Int32
    package var responseMilliseconds: Int32
    package var capability: Capability

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

    package static let none = StationLimits()

    package var responseTime: TimeSpan { .milliseconds(Int(self.responseMilliseconds)) }
}
