import Domain
import Twin

/// CALLs of the operator that a 2.x station answers.
extension V2Wire {
    func reply(to action: String, _ payload: JSON, machine: inout StationMachine) -> StationReply {
        if self.version == .v201, Self.onlySince21.contains(action) {
            return .error(code: "NotImplemented", description: "2.0.1 has no \(action)")
        }
        switch action {
        case "UpdateDynamicSchedule": return self.update(payload, machine: &machine)
        case "SetChargingProfile": return self.setProfile(payload, machine: &machine)
        case "ClearChargingProfile": return self.clear(payload, machine: &machine)
        case "GetCompositeSchedule": return self.composite(payload, machine: machine)
        case "GetVariables": return self.getVariables(payload, machine: machine)
        case "SetVariables": return self.setVariables(payload, machine: &machine)
        case "GetBaseReport", "GetReport":
            guard let requestId = payload["requestId"]?.int else {
                return Self.missing("requestId")
            }
            machine.enqueue(.deviceModel(requestId: requestId, at: machine.now))
            return Self.status("Accepted")
        case "TriggerMessage":
            let done = machine.trigger(payload["requestedMessage"]?.string ?? "")
            return Self.status(done ? "Accepted" : "NotImplemented")
        case "GetTransactionStatus":
            let id = payload["transactionId"]?.string
            var result: [String: JSON] = ["messagesInQueue": .bool(!machine.waiting.isEmpty)]
            if let id {
                result["ongoingIndicator"] = .bool(
                    machine.isInTransaction && id == machine.transactionId)
            }
            return .result(.object(result))
        case "Reset":
            machine.reset()
            return Self.status("Accepted")
        case "NotifyAllowedEnergyTransfer": return Self.status("Accepted")
        case "SetDERControl": return self.setControl(payload, machine: &machine)
        case "ClearDERControl": return self.clearControl(payload, machine: &machine)
        case "AFRRSignal": return self.signal(payload, machine: &machine)
        case "ChangeAvailability", "RequestStartTransaction", "RequestStopTransaction",
            "UsePriorityCharging":
            return Self.status("Rejected")
        case "UnlockConnector": return Self.status("UnlockFailed")
        case "DataTransfer": return Self.status("UnknownVendorId")
        case "ClearCache": return Self.status("Accepted")
        default:
            return .error(code: "NotImplemented", description: "this station has no \(action)")
        }
    }

    private static let onlySince21: Set<String> = [
        "UpdateDynamicSchedule", "NotifyAllowedEnergyTransfer", "AFRRSignal", "UsePriorityCharging",
        "SetDERControl", "ClearDERControl",
    ]

    static func missing(_ field: String) -> StationReply {
        .error(code: "OccurrenceConstraintViolation", description: "\(field) is missing")
    }

    static func status(_ status: String, reason: String? = nil) -> StationReply {
        var result: [String: JSON] = ["status": .string(status)]
        if let reason { result["statusInfo"] = .object(["reasonCode": .string(reason)]) }
        return .result(.object(result))
    }

    static func verdict(_ verdict: StationMachine.Verdict) -> StationReply {
        switch verdict {
        case .accepted: self.status("Accepted")
        case .rejected(let reason): self.status("Rejected", reason: reason)
        case .silent: .silence
        }
    }

    private func getVariables(_ payload: JSON, machine: StationMachine) -> StationReply {
        guard let asked = payload["getVariableData"]?.array, !asked.isEmpty else {
            return Self.missing("getVariableData")
        }
        let results = asked.map { item -> JSON in
            let component = item["component"] ?? .object([:])
            let variable = item["variable"] ?? .object([:])
            let name = component["name"]?.string ?? ""
            var result: [String: JSON] = ["component": component, "variable": variable]
            let found = machine.settings.find(
                name, variable["name"]?.string ?? "", variable["instance"]?.string)
            let ofCar = self.version == .v21 && name == "ConnectedEV" ? machine.car : nil
            if let value = found?.value ?? ofCar?[variable["name"]?.string ?? ""] {
                result["attributeStatus"] = .string("Accepted")
                result["attributeValue"] = .string(value)
            } else {
                let isKnown = machine.settings.knows(name)
                result["attributeStatus"] = .string(
                    isKnown ? "UnknownVariable" : "UnknownComponent")
            }
            return .object(result)
        }
        return .result(.object(["getVariableResult": .array(results)]))
    }

    private func setVariables(_ payload: JSON, machine: inout StationMachine) -> StationReply {
        guard let asked = payload["setVariableData"]?.array, !asked.isEmpty else {
            return Self.missing("setVariableData")
        }
        var results: [JSON] = []
        for item in asked {
            let variable = item["variable"] ?? .object([:])
            let outcome = machine.settings.set(
                item["component"]?["name"]?.string ?? "", variable["name"]?.string ?? "",
                variable["instance"]?.string, to: item["attributeValue"]?.string ?? "")
            let status =
                switch outcome {
                case .accepted: "Accepted"
                case .rejected: "Rejected"
                case .unknownComponent: "UnknownComponent"
                case .unknownVariable: "UnknownVariable"
                }
            results.append(
                .object([
                    "attributeStatus": .string(status), "variable": variable,
                    "component": item["component"] ?? .object([:]),
                ]))
        }
        machine.settingsChanged()
        return .result(.object(["setVariableResult": .array(results)]))
    }
}
