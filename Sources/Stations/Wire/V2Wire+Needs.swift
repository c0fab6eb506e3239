import Domain
import Twin

/// The car's wishes, as far as ISO 15118 carries them over OCPP.
extension V2Wire {
    /// The car lets V2X use what lies between these, in 1/100 %.
    static let v2xWindow = (low: 2_000, high: 9_500)
    static let volts = 400

    func needs(_ sample: StationReport.Sample, machine: StationMachine) -> JSON {
        let spec = machine.spec
        var needs: [String: JSON] = ["departureTime": WireText.time(machine.departure)]
        if self.version == .v21, spec.v2x != .no {
            needs["requestedEnergyTransfer"] = .string("DC_BPT")
            needs["availableEnergyTransfer"] = .array([.string("DC"), .string("DC_BPT")])
            needs["controlMode"] = .string("DynamicControl")
            needs["v2xChargingParameters"] = self.v2xParameters(spec, at: sample.charge)
        } else {
            needs["requestedEnergyTransfer"] = .string("DC")
            needs["dcChargingParameters"] = self.dcParameters(spec, at: sample.charge)
        }
        var payload: [String: JSON] = ["evseId": .int(1), "chargingNeeds": .object(needs)]
        if self.version == .v21 { payload["timestamp"] = WireText.time(sample.at) }
        return .object(payload)
    }

    private func v2xParameters(_ spec: StationSpec, at charge: StateOfCharge) -> JSON {
        func toReach(_ basisPoints: Int) -> JSON {
            let share = StateOfCharge(basisPoints: basisPoints - charge.basisPoints)
            return .int(share.energy(of: spec.capacity).wattHours)
        }
        return .object([
            "minChargePower": .int(spec.minimum.watts),
            "maxChargePower": .int(spec.maxCharge.watts),
            "minDischargePower": .int(spec.minimum.watts),
            "maxDischargePower": .int(spec.maxDischarge.watts),
            "evTargetEnergyRequest": toReach(spec.target.basisPoints),
            "evMinEnergyRequest": toReach(1_000), "evMaxEnergyRequest": toReach(10_000),
            "evMinV2XEnergyRequest": toReach(Self.v2xWindow.low),
            "evMaxV2XEnergyRequest": toReach(Self.v2xWindow.high),
            "targetSoC": .int(spec.target.basisPoints / 100),
        ])
    }

    private func dcParameters(_ spec: StationSpec, at charge: StateOfCharge) -> JSON {
        let missing = StateOfCharge(
            basisPoints: max(spec.target.basisPoints - charge.basisPoints, 0))
        return .object([
            "evMaxCurrent": .int(max(spec.maxCharge.watts / Self.volts, 1)),
            "evMaxVoltage": .int(Self.volts), "evMaxPower": .int(spec.maxCharge.watts),
            "evEnergyCapacity": .int(spec.capacity.wattHours),
            "energyAmount": .int(missing.energy(of: spec.capacity).wattHours),
            "stateOfCharge": .int(charge.basisPoints / 100), "fullSoC": .int(100),
            "bulkSoC": .int(spec.target.basisPoints / 100),
        ])
    }
}
