public import Domain

/// A station's own meter: two registers that only rise, and a momentary reading with a little noise.
public struct PlantMeter: Hashable, Sendable {
    /// Cumulative, in thousandths of a watt-second, ≥ 0.
    private var importMilliJoules = 0
    private var exportMilliJoules = 0
    /// What the meter shows now, W, + = charge.
    public private(set) var reading = Power.zero

    public init() {}

    public var importRegister: Energy { Energy(wattSeconds: self.importMilliJoules / 1_000) }
    public var exportRegister: Energy { Energy(wattSeconds: self.exportMilliJoules / 1_000) }

    /// Counts `power` for `span`. The registers count what flowed; only the momentary reading is noisy.
    mutating func count(
        _ power: Power, for span: TimeSpan, noisePerMille: Int,
        with generator: inout SeededGenerator
    ) {
        let energy = power.watts * span.milliseconds
        if energy >= 0 {
            self.importMilliJoules += energy
        } else {
            self.exportMilliJoules -= energy
        }
        let width = abs(power.watts) * noisePerMille / 1_000
        let noise = width > 0 ? Int.random(in: -width...width, using: &generator) : 0
        self.reading = power + Power(watts: noise)
    }
}
