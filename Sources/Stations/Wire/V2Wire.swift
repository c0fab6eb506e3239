import Domain
import Twin

/// OCPP 2.0.1 and 2.1 as a charging station speaks them.
struct V2Wire: StationWire {
    static let measurands =
        "Power.Active.Import,Power.Active.Export,Energy.Active.Import.Register,"
        + "Energy.Active.Export.Register,SoC,Frequency"

    let version: StationVersion

    /// Operation modes of a 2.1 station; every V2X station has the first three (Q01.FR.31).
    static func modes(of spec: StationSpec) -> [String] {
        switch spec.v2x {
        case .no: ["ChargingOnly"]
        case .yes, .control: ["ChargingOnly", "CentralSetpoint", "CentralFrequency", "Idle"]
        case .curve:
            ["ChargingOnly", "CentralSetpoint", "CentralFrequency", "LocalFrequency", "Idle"]
        }
    }

    func call(_ report: StationReport, machine: StationMachine) -> (action: String, payload: JSON) {
        switch report {
        case .boot:
            return ("BootNotification", self.boot(machine.spec))
        case .heartbeat:
            return ("Heartbeat", .object([:]))
        case .status(let status, let at):
            return (
                "StatusNotification",
                .object([
                    "timestamp": WireText.time(at), "evseId": .int(1), "connectorId": .int(1),
                    "connectorStatus": .string(status == .available ? "Available" : "Occupied"),
                ])
            )
        case .authorize:
            return ("Authorize", .object(["idToken": self.token(machine.spec, withVehicle: false)]))
        case .transaction(let event, let sample, let sequence, let isOffline):
            return (
                "TransactionEvent",
                self.event(
                    event, sample, sequence: sequence, isOffline: isOffline, machine: machine)
            )
        case .chargingNeeds(let sample):
            return ("NotifyEVChargingNeeds", self.needs(sample, machine: machine))
        case .deviceModel(let requestId, let at):
            return (
                "NotifyReport",
                .object([
                    "requestId": .int(requestId), "generatedAt": WireText.time(at),
                    "seqNo": .int(0),
                    "reportData": .array(machine.settings.variables.map(self.reportData)),
                ])
            )
        }
    }

    private func boot(_ spec: StationSpec) -> JSON {
        .object([
            "reason": .string("PowerUp"),
            "chargingStation": .object([
                "vendorName": .string(StationModel.vendor),
                "model": .string(StationModel.name(spec)),
                "serialNumber": .string(String(spec.station.rawValue.prefix(25))),
                "firmwareVersion": .string("1.0"),
            ]),
        ])
    }

    private func token(_ spec: StationSpec, withVehicle: Bool) -> JSON {
        var token: [String: JSON] = [
            "idToken": .string(spec.token.rawValue),
            "type": .string(self.version == .v201 ? "ISO14443" : "eMAID"),
        ]
        if withVehicle, self.version == .v21 {
            token["additionalInfo"] = .array([
                .object([
                    "additionalIdToken": .string(spec.vehicle.rawValue), "type": .string("EVCCID"),
                ])
            ])
        }
        return .object(token)
    }

    private func event(
        _ event: StationReport.Event, _ sample: StationReport.Sample, sequence: Int,
        isOffline: Bool, machine: StationMachine
    ) -> JSON {
        var info: [String: JSON] = ["transactionId": .string(machine.transactionId ?? "0")]
        var payload: [String: JSON] = [
            "timestamp": WireText.time(sample.at), "seqNo": .int(sequence),
            "evse": .object(["id": .int(1), "connectorId": .int(1)]),
        ]
        let type: String
        let trigger: String
        switch event {
        case .started:
            (type, trigger) = ("Started", "Authorized")
            info["chargingState"] = .string("EVConnected")
            payload["idToken"] = self.token(machine.spec, withVehicle: true)
        case .charging:
            (type, trigger) = ("Updated", "ChargingStateChanged")
            info["chargingState"] = .string("Charging")
        case .periodic, .triggered:
            (type, trigger) = ("Updated", event == .triggered ? "Trigger" : "MeterValuePeriodic")
            info["chargingState"] = .string("Charging")
        case .ended:
            (type, trigger) = ("Ended", "EVDeparted")
            info["chargingState"] = .string("Idle")
            info["stoppedReason"] = .string("EVDisconnected")
        }
        payload["eventType"] = .string(type)
        payload["triggerReason"] = .string(trigger)
        payload["transactionInfo"] = .object(info)
        if isOffline { payload["offline"] = .bool(true) }
        payload["meterValue"] = .array([self.meterValue(sample, event: event)])
        return .object(payload)
    }

    private func meterValue(_ sample: StationReport.Sample, event: StationReport.Event) -> JSON {
        let context =
            switch event {
            case .started: "Transaction.Begin"
            case .ended: "Transaction.End"
            case .triggered: "Trigger"
            case .charging, .periodic: "Sample.Periodic"
            }
        func value(_ measurand: String, _ number: String, unit: String?) -> JSON {
            var sampled: [String: JSON] = [
                "measurand": .string(measurand), "value": .number(number),
                "context": .string(context), "location": .string("Outlet"),
            ]
            if let unit { sampled["unitOfMeasure"] = .object(["unit": .string(unit)]) }
            return .object(sampled)
        }
        return .object([
            "timestamp": WireText.time(sample.at),
            "sampledValue": .array([
                value("Power.Active.Import", String(max(sample.power.watts, 0)), unit: "W"),
                value("Power.Active.Export", String(max(-sample.power.watts, 0)), unit: "W"),
                value(
                    "Energy.Active.Import.Register", String(sample.importRegister.wattHours),
                    unit: "Wh"),
                value(
                    "Energy.Active.Export.Register", String(sample.exportRegister.wattHours),
                    unit: "Wh"),
                value(
                    "SoC", DecimalText.fraction(sample.charge.basisPoints, of: 100), unit: "Percent"
                ),
                value("Frequency", DecimalText.thousandths(sample.milliHertz), unit: "Hertz"),
            ]),
        ])
    }

    private func reportData(_ variable: StationVariable) -> JSON {
        var component: [String: JSON] = ["name": .string(variable.component)]
        if variable.isPerEVSE { component["evse"] = .object(["id": .int(1)]) }
        var name: [String: JSON] = ["name": .string(variable.name)]
        if let instance = variable.instance { name["instance"] = .string(instance) }
        var traits: [String: JSON] = [
            "dataType": .string(variable.type.rawValue), "supportsMonitoring": .bool(false),
        ]
        if let unit = variable.unit { traits["unit"] = .string(unit) }
        if let range = variable.range {
            traits["minLimit"] = .int(range.lowerBound)
            traits["maxLimit"] = .int(range.upperBound)
        }
        return .object([
            "component": .object(component), "variable": .object(name),
            "variableAttribute": .array([
                .object([
                    "type": .string("Actual"), "value": .string(variable.value),
                    "mutability": .string(variable.isWritable ? "ReadWrite" : "ReadOnly"),
                ])
            ]),
            "variableCharacteristics": .object(traits),
        ])
    }

    func answer(to report: StationReport, _ payload: JSON) -> StationAnswer {
        switch report {
        case .boot:
            guard let status = payload["status"]?.string else { return .refused }
            return .boot(isAccepted: status == "Accepted", interval: payload["interval"]?.int ?? 60)
        case .authorize:
            return .authorized(payload["idTokenInfo"]?["status"]?.string == "Accepted")
        case .transaction(.started, _, _, _):
            let status = payload["idTokenInfo"]?["status"]?.string ?? "Accepted"
            return .started(transaction: nil, isAccepted: status == "Accepted")
        case .chargingNeeds:
            return .needs(isAccepted: payload["status"]?.string != "Rejected")
        default:
            return .other
        }
    }
}
