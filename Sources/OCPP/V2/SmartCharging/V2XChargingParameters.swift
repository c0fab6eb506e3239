extension V2 {
    /// Limits and energies of a bidirectional car (ISO 15118-20). Powers are magnitudes, energies may be negative.
    package struct V2XChargingParameters: Table {
        package var minChargePower: Milli?
        package var minChargePowerL2: Milli?
        package var minChargePowerL3: Milli?
        package var maxChargePower: Milli?
        package var maxChargePowerL2: Milli?
        package var maxChargePowerL3: Milli?
        package var minDischargePower: Milli?
        package var minDischargePowerL2: Milli?
        package var minDischargePowerL3: Milli?
        package var maxDischargePower: Milli?
        package var maxDischargePowerL2: Milli?
        package var maxDischargePowerL3: Milli?
        package var minChargeCurrent: Milli?
        package var maxChargeCurrent: Milli?
        package var minDischargeCurrent: Milli?
        package var maxDischargeCurrent: Milli?
        package var minVoltage: Milli?
        package var maxVoltage: Milli?
        /// Wh.
        package var evTargetEnergyRequest: Milli?
        package var evMinEnergyRequest: Milli?
        package var evMaxEnergyRequest: Milli?
        package var evMinV2XEnergyRequest: Milli?
        package var evMaxV2XEnergyRequest: Milli?
        package var targetSoC: Int?
        package init() {}

        package static let fields: [Field<Self>] = [
            .init("minChargePower", \.minChargePower), .init("minChargePower_L2", \.minChargePowerL2),
            .init("minChargePower_L3", \.minChargePowerL3), .init("maxChargePower", \.maxChargePower),
            .init("maxChargePower_L2", \.maxChargePowerL2), .init("maxChargePower_L3", \.maxChargePowerL3),
            .init("minDischargePower", \.minDischargePower), .init("minDischargePower_L2", \.minDischargePowerL2),
            .init("minDischargePower_L3", \.minDischargePowerL3), .init("maxDischargePower", \.maxDischargePower),
            .init("maxDischargePower_L2", \.maxDischargePowerL2),
            .init("maxDischargePower_L3", \.maxDischargePowerL3), .init("minChargeCurrent", \.minChargeCurrent),
            .init("maxChargeCurrent", \.maxChargeCurrent), .init("minDischargeCurrent", \.minDischargeCurrent),
            .init("maxDischargeCurrent", \.maxDischargeCurrent), .init("minVoltage", \.minVoltage),
            .init("maxVoltage", \.maxVoltage), .init("evTargetEnergyRequest", \.evTargetEnergyRequest),
            .init("evMinEnergyRequest", \.evMinEnergyRequest), .init("evMaxEnergyRequest", \.evMaxEnergyRequest),
            .init("evMinV2XEnergyRequest", \.evMinV2XEnergyRequest),
            .init("evMaxV2XEnergyRequest", \.evMaxV2XEnergyRequest),
            .init("targetSoC", \.targetSoC, least: 0, greatest: 100),
        ]

        /// Sums over the phases where the car gives them apart; cars in the field report discharge limits below 0.
        package var chargePower: Milli? {
            Self.sum(self.maxChargePower, self.maxChargePowerL2, self.maxChargePowerL3)
        }
        package var dischargePower: Milli? {
            Self.sum(self.maxDischargePower, self.maxDischargePowerL2, self.maxDischargePowerL3)
        }
        package var leastDischargePower: Milli? {
            Self.sum(self.minDischargePower, self.minDischargePowerL2, self.minDischargePowerL3)
        }

        private static func sum(_ first: Milli?, _ second: Milli?, _ third: Milli?) -> Milli? {
            first.map {
                Milli(thousandths: abs($0.thousandths + (second?.thousandths ?? 0) + (third?.thousandths ?? 0)))
            }
        }
    }
}
