extension Dialect {
    /// Least step between two setpoints, W, ≥ 1.
    package var stepWatts: Int {
        let tenths =
            self.unit == "A" ? self.stepTenths * self.voltage * self.phases : self.stepTenths
        return max((tenths + 9) / 10, 1)
    }

    /// The number for the wire, in the dialect's unit, and the power that it means: rounded towards 0 to the
    /// dialect's step, nothing between 0 and its minimum, no discharge where it knows none.
    package func quantized(
        watts: Int, canDischarge: Bool, maxCharge: Int?, maxDischarge: Int?
    ) -> (wire: Milli, watts: Int) {
        var watts = canDischarge ? watts : max(watts, 0)
        if let maxCharge { watts = min(watts, maxCharge) }
        if let maxDischarge { watts = max(watts, -maxDischarge) }
        let perUnit = self.unit == "A" ? self.voltage * self.phases : 1
        var tenths = watts * 10 / perUnit
        tenths = tenths / self.stepTenths * self.stepTenths
        let rounded = tenths * perUnit / 10
        if abs(rounded) < self.minimumWatts || tenths == 0 {
            // Where 0 is refused, the least that pauses is said, and what it means is booked.
            return (Milli(thousandths: self.pauseTenths * 100), self.pauseTenths * perUnit / 10)
        }
        return (Milli(thousandths: tenths * 100), rounded)
    }

    package var rateUnit: V2.ChargingRateUnit { self.unit == "A" ? .amperes : .watts }
}
