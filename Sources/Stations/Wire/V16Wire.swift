import Domain
import Twin

/// OCPP 1.6J as a charge point speaks it.
struct V16Wire: StationWire {
    static let measurands =
        "Power.Active.Import,Power.Active.Export,Energy.Active.Import.Register,"
        + "Energy.Active.Export.Register,SoC"

    func call(_ report: StationReport, machine: StationMachine) -> (action: String, payload: JSON) {
        switch report {
        case .boot:
            return ("BootNotification", self.boot(machine.spec))
        case .heartbeat, .chargingNeeds, .deviceModel:
            return ("Heartbeat", .object([:]))
        case .status(let status, let at):
            return ("StatusNotification", self.status(status, at: at))
        case .authorize:
            return ("Authorize", .object(["idTag": .string(machine.spec.token.rawValue)]))
        case .transaction(let event, let sample, _, _):
            return self.transaction(event, sample, machine: machine)
        }
    }

    private func boot(_ spec: StationSpec) -> JSON {
        .object([
            "chargePointVendor": .string(StationModel.vendor),
            "chargePointModel": .string(StationModel.name(spec)),
            "chargePointSerialNumber": .string(String(spec.station.rawValue.prefix(25))),
            "firmwareVersion": .string("1.0"),
        ])
    }

    private func status(_ status: StationReport.Status, at: Instant) -> JSON {
        let name =
            switch status {
            case .available: "Available"
            case .preparing: "Preparing"
            case .charging: "Charging"
            case .finishing: "Finishing"
            }
        return .object([
            "connectorId": .int(1), "errorCode": .string("NoError"), "status": .string(name),
            "timestamp": WireText.time(at),
        ])
    }

    private func transaction(
        _ event: StationReport.Event, _ sample: StationReport.Sample, machine: StationMachine
    ) -> (action: String, payload: JSON) {
        let token = JSON.string(machine.spec.token.rawValue)
        let id = JSON.int(machine.transactionId.flatMap { Int($0) } ?? 0)
        switch event {
        case .started:
            return (
                "StartTransaction",
                .object([
                    "connectorId": .int(1), "idTag": token,
                    "meterStart": .int(sample.importRegister.wattHours),
                    "timestamp": WireText.time(sample.at),
                ])
            )
        case .ended:
            return (
                "StopTransaction",
                .object([
                    "transactionId": id, "idTag": token, "reason": .string("EVDisconnected"),
                    "meterStop": .int(sample.importRegister.wattHours),
                    "timestamp": WireText.time(sample.at),
                ])
            )
        case .charging, .periodic, .triggered:
            let context = event == .triggered ? "Trigger" : "Sample.Periodic"
            return (
                "MeterValues",
                .object([
                    "connectorId": .int(1), "transactionId": id,
                    "meterValue": .array([self.meterValue(sample, context: context)]),
                ])
            )
        }
    }

    private func meterValue(_ sample: StationReport.Sample, context: String) -> JSON {
        func value(_ measurand: String, _ value: String, _ unit: String) -> JSON {
            .object([
                "measurand": .string(measurand), "value": .string(value), "unit": .string(unit),
                "context": .string(context),
            ])
        }
        let percent = DecimalText.fraction(sample.charge.basisPoints, of: 100)
        return .object([
            "timestamp": WireText.time(sample.at),
            "sampledValue": .array([
                value("Power.Active.Import", String(max(sample.power.watts, 0)), "W"),
                value("Power.Active.Export", String(max(-sample.power.watts, 0)), "W"),
                value(
                    "Energy.Active.Import.Register", String(sample.importRegister.wattHours), "Wh"),
                value(
                    "Energy.Active.Export.Register", String(sample.exportRegister.wattHours), "Wh"),
                value("SoC", percent, "Percent"),
            ]),
        ])
    }

    func answer(to report: StationReport, _ payload: JSON) -> StationAnswer {
        let isAccepted = payload["idTagInfo"]?["status"]?.string == "Accepted"
        switch report {
        case .boot:
            guard let status = payload["status"]?.string else { return .refused }
            return .boot(isAccepted: status == "Accepted", interval: payload["interval"]?.int ?? 60)
        case .authorize:
            return .authorized(isAccepted)
        case .transaction(.started, _, _, _):
            guard let id = payload["transactionId"]?.int else { return .refused }
            return .started(transaction: id, isAccepted: isAccepted)
        default:
            return .other
        }
    }

    func reply(to action: String, _ payload: JSON, machine: inout StationMachine) -> StationReply {
        switch action {
        case "SetChargingProfile": return self.setProfile(payload, machine: &machine)
        case "ClearChargingProfile": return self.clear(payload, machine: &machine)
        case "GetCompositeSchedule": return self.composite(payload, machine: machine)
        case "GetConfiguration": return self.getConfiguration(payload, machine: machine)
        case "ChangeConfiguration": return self.changeConfiguration(payload, machine: &machine)
        case "TriggerMessage":
            let done = machine.trigger(payload["requestedMessage"]?.string ?? "")
            return .result(Self.status(done ? "Accepted" : "NotImplemented"))
        case "Reset":
            machine.reset()
            return .result(Self.status("Accepted"))
        case "ChangeAvailability", "RemoteStartTransaction", "RemoteStopTransaction":
            return .result(Self.status("Rejected"))
        case "UnlockConnector":
            return .result(Self.status("UnlockFailed"))
        case "DataTransfer":
            return .result(Self.status("UnknownVendorId"))
        case "ClearCache":
            return .result(Self.status("Accepted"))
        default:
            return .error(code: "NotImplemented", description: "this charge point has no \(action)")
        }
    }

    static func status(_ status: String) -> JSON { .object(["status": .string(status)]) }
}
