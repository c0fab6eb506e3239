import Domain
import Foundation
import TestSupport
import Testing
import Twin

@testable import Stations

/// Every frame that a simulated station says is legal in the eyes of a program that is not ours.
@Suite(.ownThreads) struct SchemaTests {
    @Test func framesObeyTheSchemasOfThePeer() throws {
        guard let python = Program.peersPython else {
            print("skipped: no peers' Python; `ops/setup test` makes it")
            return
        }
        var lines: [String] = []
        for version in StationVersion.allCases {
            for v2x in [StationV2X.no, .yes, .curve, .control] {
                lines += Self.frames(.sample(version, v2x: v2x))
            }
        }
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "frames")
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        let script = Workspace.root.appending(path: "Tests/Interop/station_frames.py").path
        let outcome = try Program.run(python, [script, file.path])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(Int(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)) == lines.count)
        #expect(lines.count > 300)
    }

    /// What one life of a station says: its CALLs, and its answers to ours.
    static func frames(_ spec: StationSpec) -> [String] {
        var desk = ScriptedOperator(spec)
        desk.connect()
        desk.run(for: .seconds(5))
        var lines: [String] = []
        for (action, payload) in self.questions(spec.version) {
            if let answer = desk.call(action, payload) {
                lines.append(Self.line(spec, "result", action, answer))
            }
        }
        desk.machine.disconnected(at: desk.now)
        desk.run(for: .seconds(15))
        desk.connect()
        desk.run(for: .minutes(10))
        return lines + desk.calls.map { Self.line(spec, "call", $0.action, $0.payload) }
    }

    static func line(_ spec: StationSpec, _ kind: String, _ action: String, _ payload: JSON)
        -> String
    {
        let parts: [JSON] = [
            .string(spec.version.rawValue), .string(kind), .string(action), payload,
        ]
        return String(decoding: JSON.array(parts).bytes, as: UTF8.self)
    }

    static func questions(_ version: StationVersion) -> [(String, String)] {
        guard version != .v16 else {
            return [
                ("GetConfiguration", "{}"), ("GetConfiguration", #"{"key":["Nope"]}"#),
                ("ChangeConfiguration", #"{"key":"HeartbeatInterval","value":"5"}"#),
                ("GetCompositeSchedule", #"{"connectorId":1,"duration":60}"#),
                ("TriggerMessage", #"{"requestedMessage":"MeterValues"}"#),
                ("ClearChargingProfile", "{}"), ("DataTransfer", #"{"vendorId":"x"}"#),
                ("UnlockConnector", #"{"connectorId":1}"#), ("ClearCache", "{}"),
                ("ChangeAvailability", #"{"connectorId":1,"type":"Operative"}"#),
                ("RemoteStartTransaction", #"{"idTag":"x"}"#),
            ]
        }
        return [
            ("GetBaseReport", #"{"requestId":1,"reportBase":"FullInventory"}"#),
            (
                "GetVariables",
                #"{"getVariableData":[{"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}},{"component":{"name":"X"},"variable":{"name":"Y"}}]}"#
            ),
            (
                "SetVariables",
                #"{"setVariableData":[{"component":{"name":"SampledDataCtrlr"},"variable":{"name":"TxUpdatedInterval"},"attributeValue":"2"}]}"#
            ),
            ("SetChargingProfile", MachineTests.fallback),
            ("SetChargingProfile", MachineTests.setpointProfile(-5_000)),
            (
                "UpdateDynamicSchedule",
                #"{"chargingProfileId":10,"scheduleUpdate":{"setpoint":-9}}"#
            ),
            (
                "UpdateDynamicSchedule",
                #"{"chargingProfileId":99,"scheduleUpdate":{"setpoint":-9}}"#
            ),
            ("GetCompositeSchedule", #"{"evseId":1,"duration":60}"#),
            ("ClearChargingProfile", #"{"chargingProfileId":10}"#),
            ("TriggerMessage", #"{"requestedMessage":"StatusNotification"}"#),
            ("TriggerMessage", #"{"requestedMessage":"TransactionEvent"}"#),
            ("GetTransactionStatus", #"{"transactionId":"x"}"#), ("GetTransactionStatus", "{}"),
            ("DataTransfer", #"{"vendorId":"x"}"#), ("ClearCache", "{}"),
            ("UnlockConnector", #"{"evseId":1,"connectorId":1}"#),
            ("AFRRSignal", #"{"timestamp":"2027-01-15T08:00:00Z","signal":1}"#),
            (
                "NotifyAllowedEnergyTransfer",
                #"{"transactionId":"x","allowedEnergyTransfer":["DC"]}"#
            ),
            ("UsePriorityCharging", #"{"transactionId":"x","activate":true}"#),
            (
                "SetDERControl",
                #"{"isDefault":false,"controlId":"c","controlType":"FreqWatt","curve":{"priority":0,"yUnit":"PctMaxW","curveData":[{"x":49.5,"y":50},{"x":50.5,"y":-50}]}}"#
            ),
            ("SetDERControl", #"{"isDefault":false,"controlId":"c","controlType":"VoltVar"}"#),
            ("ClearDERControl", #"{"isDefault":false,"controlId":"c"}"#),
            ("ClearDERControl", #"{"isDefault":false,"controlId":"c"}"#),
        ]
    }
}
