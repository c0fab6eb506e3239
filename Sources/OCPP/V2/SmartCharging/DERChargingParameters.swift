extension V2 {
    /// What a car can do as a distributed energy resource.
    package struct DERChargingParameters: Table {
        package var evSupportedDERControl: [String]?
        package var evOverExcitedMaxDischargePower: Milli?
        package var evOverExcitedPowerFactor: Milli?
        package var evUnderExcitedMaxDischargePower: Milli?
        package var evUnderExcitedPowerFactor: Milli?
        package var maxApparentPower: Milli?
        package var maxChargeApparentPower: Milli?
        package var maxChargeApparentPowerL2: Milli?
        package var maxChargeApparentPowerL3: Milli?
        package var maxDischargeApparentPower: Milli?
        package var maxDischargeApparentPowerL2: Milli?
        package var maxDischargeApparentPowerL3: Milli?
        package var maxChargeReactivePower: Milli?
        package var maxChargeReactivePowerL2: Milli?
        package var maxChargeReactivePowerL3: Milli?
        package var minChargeReactivePower: Milli?
        package var minChargeReactivePowerL2: Milli?
        package var minChargeReactivePowerL3: Milli?
        package var maxDischargeReactivePower: Milli?
        package var maxDischargeReactivePowerL2: Milli?
        package var maxDischargeReactivePowerL3: Milli?
        package var minDischargeReactivePower: Milli?
        package var minDischargeReactivePowerL2: Milli?
        package var minDischargeReactivePowerL3: Milli?
        package var nominalVoltage: Milli?
        package var nominalVoltageOffset: Milli?
        package var maxNominalVoltage: Milli?
        package var minNominalVoltage: Milli?
        package var evInverterManufacturer: String?
        package var evInverterModel: String?
        package var evInverterSerialNumber: String?
        package var evInverterSwVersion: String?
        package var evInverterHwVersion: String?
        package var evIslandingDetectionMethod: [String]?
        package var evIslandingTripTime: Milli?
        package var evMaximumLevel1DCInjection: Milli?
        package var evDurationLevel1DCInjection: Milli?
        package var evMaximumLevel2DCInjection: Milli?
        package var evDurationLevel2DCInjection: Milli?
        package var evReactiveSusceptance: Milli?
        package var evSessionTotalDischargeEnergyAvailable: Milli?
        package init() {}
        package static let fields: [Field<Self>] = Self.power + Self.inverter

        private static let power: [Field<Self>] = [
            .init("evSupportedDERControl", \.evSupportedDERControl, of: DERWords.controls),
            .init("evOverExcitedMaxDischargePower", \.evOverExcitedMaxDischargePower),
            .init("evOverExcitedPowerFactor", \.evOverExcitedPowerFactor),
            .init("evUnderExcitedMaxDischargePower", \.evUnderExcitedMaxDischargePower),
            .init("evUnderExcitedPowerFactor", \.evUnderExcitedPowerFactor),
            .init("maxApparentPower", \.maxApparentPower), .init("maxChargeApparentPower", \.maxChargeApparentPower),
            .init("maxChargeApparentPower_L2", \.maxChargeApparentPowerL2),
            .init("maxChargeApparentPower_L3", \.maxChargeApparentPowerL3),
            .init("maxDischargeApparentPower", \.maxDischargeApparentPower),
            .init("maxDischargeApparentPower_L2", \.maxDischargeApparentPowerL2),
            .init("maxDischargeApparentPower_L3", \.maxDischargeApparentPowerL3),
            .init("maxChargeReactivePower", \.maxChargeReactivePower),
            .init("maxChargeReactivePower_L2", \.maxChargeReactivePowerL2),
            .init("maxChargeReactivePower_L3", \.maxChargeReactivePowerL3),
            .init("minChargeReactivePower", \.minChargeReactivePower),
            .init("minChargeReactivePower_L2", \.minChargeReactivePowerL2),
            .init("minChargeReactivePower_L3", \.minChargeReactivePowerL3),
            .init("maxDischargeReactivePower", \.maxDischargeReactivePower),
            .init("maxDischargeReactivePower_L2", \.maxDischargeReactivePowerL2),
            .init("maxDischargeReactivePower_L3", \.maxDischargeReactivePowerL3),
            .init("minDischargeReactivePower", \.minDischargeReactivePower),
            .init("minDischargeReactivePower_L2", \.minDischargeReactivePowerL2),
            .init("minDischargeReactivePower_L3", \.minDischargeReactivePowerL3),
        ]

        private static let inverter: [Field<Self>] = [
            .init("nominalVoltage", \.nominalVoltage), .init("nominalVoltageOffset", \.nominalVoltageOffset),
            .init("maxNominalVoltage", \.maxNominalVoltage), .init("minNominalVoltage", \.minNominalVoltage),
            .init("evInverterManufacturer", \.evInverterManufacturer, length: 50),
            .init("evInverterModel", \.evInverterModel, length: 50),
            .init("evInverterSerialNumber", \.evInverterSerialNumber, length: 50),
            .init("evInverterSwVersion", \.evInverterSwVersion, length: 50),
            .init("evInverterHwVersion", \.evInverterHwVersion, length: 50),
            .init(
                "evIslandingDetectionMethod", \.evIslandingDetectionMethod,
                of: [
                    "NoAntiIslandingSupport", "RoCoF", "UVP_OVP", "UFP_OFP", "VoltageVectorShift",
                    "ZeroCrossingDetection", "OtherPassive", "ImpedanceMeasurement", "ImpedanceAtFrequency",
                    "SlipModeFrequencyShift", "SandiaFrequencyShift", "SandiaVoltageShift", "FrequencyJump",
                    "RCLQFactor", "OtherActive",
                ]),
            .init("evIslandingTripTime", \.evIslandingTripTime),
            .init("evMaximumLevel1DCInjection", \.evMaximumLevel1DCInjection),
            .init("evDurationLevel1DCInjection", \.evDurationLevel1DCInjection),
            .init("evMaximumLevel2DCInjection", \.evMaximumLevel2DCInjection),
            .init("evDurationLevel2DCInjection", \.evDurationLevel2DCInjection),
            .init("evReactiveSusceptance", \.evReactiveSusceptance),
            .init("evSessionTotalDischargeEnergyAvailable", \.evSessionTotalDischargeEnergyAvailable),
        ]
    }
}
