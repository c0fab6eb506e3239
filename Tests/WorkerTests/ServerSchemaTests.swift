import Domain
import Foundation
import OCPP
import TestSupport
import Testing

@testable import Worker

/// A whole life of one station on the worker's link: everything that the link says in it, by action.
private struct Conversation {
    private var link: StationLink
    private var now = Instant(seconds: 1_795_464_000)
    private var call = 0
    /// Frames in the form that `Tests/Interop/ocpp_schema.py` reads.
    private(set) var frames: [String] = []
    private(set) var actions: Set<String> = []
    private let version: OCPPVersion

    init(_ version: OCPPVersion) {
        self.version = version
        self.link = StationLink(
            station: "CP1", version: version, configuration: LinkConfiguration(), record: StationRecord(),
            salt: 1,
            policy: StationPolicy(accepts: { $0 != "BAD" && $1 == "CP1" }, transactionID: { _, done in done(1) }))
    }

    /// Keeps what was said and answers our calls until the link is quiet.
    private mutating func take(_ outputs: [LinkOutput], of action: String = "") {
        for output in outputs {
            switch output {
            case .send(let bytes): self.keep(String(decoding: bytes, as: UTF8.self), action)
            case .facts(_, let ticket?): self.take(self.link.acknowledged(ticket, at: self.now), of: action)
            case .wantsTransactionID(_, let ticket):
                self.take(self.link.issued(77, for: ticket, at: self.now), of: action)
            default: break
            }
        }
    }

    private mutating func keep(_ text: String, _ action: String) {
        guard case .call(let id, let ours, _) = Frame.read(Array(text.utf8), version: self.version) else {
            self.actions.insert(action + "Response")
            return self.frames.append("[\"\(action)\",\(text)]")
        }
        self.actions.insert(ours)
        self.frames.append(text)
        self.take(self.link.receive(Array("[3,\"\(id)\",{\"status\":\"Accepted\"}]".utf8), at: self.now))
    }

    mutating func say(_ action: String, _ payload: String) {
        self.call += 1
        self.take(
            self.link.receive(Array("[2,\"s\(self.call)\",\"\(action)\",\(payload)]".utf8), at: self.now), of: action)
    }

    mutating func order(_ command: StationCommand) {
        self.now = self.now + .seconds(1)
        self.take(
            self.link.order(StationOrder(station: "CP1", evse: 1, command: command, trace: .none), at: self.now))
    }

    /// A station that does not boot is asked to.
    mutating func open() {
        self.take(self.link.opened(at: self.now))
        self.now = self.now + .seconds(5)
        self.take(self.link.tick(at: self.now))
    }

    mutating func comeBack() {
        self.take(self.link.closed(at: self.now))
        self.take(self.link.opened(at: self.now))
    }

    mutating func orders() {
        self.order(.setpoint(Power(watts: -5_000), validFor: .seconds(60)))
        self.order(.setpoint(Power(watts: 3_680), validFor: .seconds(60)))
        let points = [(49_500, -5_000), (49_985, 0), (50_015, 0), (50_500, 5_000)].map {
            FrequencyWatts(milliHertz: $0.0, power: Power(watts: $0.1))
        }
        self.order(.armCurve(points, baseline: Power(watts: 500), validFor: .seconds(300)))
        self.order(.clear)
    }
}

/// Every frame that the worker's link sends, held against the schemas that PyPI `ocpp` ships.
@Suite(.ownThreads) struct ServerSchemaTests {
    private static let time = "\"timestamp\":\"2026-11-23T20:00:00Z\""
    private static let meter =
        "\"meterValue\":[{\(time),\"sampledValue\":[{\"value\":VALUE,\"measurand\":\"Power.Active.Import\"}]}]"

    private func conversation(_ version: OCPPVersion) -> Conversation {
        var talk = Conversation(version)
        talk.open()
        if version == .v16 { self.speak16(&talk) } else { self.speak2(&talk, version) }
        return talk
    }

    private func speak16(_ talk: inout Conversation) {
        let time = Self.time
        talk.say("BootNotification", #"{"chargePointVendor":"V","chargePointModel":"M"}"#)
        talk.say("Heartbeat", "{}")
        talk.say("StatusNotification", #"{"connectorId":1,"errorCode":"NoError","status":"Preparing"}"#)
        for token in ["CAR", "BAD"] {
            talk.say("Authorize", "{\"idTag\":\"\(token)\"}")
            talk.say("StartTransaction", "{\"connectorId\":1,\"idTag\":\"\(token)\",\"meterStart\":1000,\(time)}")
        }
        let meter = Self.meter.replacing("VALUE", with: "\"7400\"")
        talk.say("MeterValues", "{\"connectorId\":1,\"transactionId\":77,\(meter)}")
        talk.orders()
        talk.say("DataTransfer", #"{"vendorId":"V"}"#)
        talk.say("SecurityEventNotification", "{\"type\":\"SettingSystemTime\",\(time)}")
        talk.comeBack()
        talk.say("StopTransaction", "{\"transactionId\":77,\"meterStop\":2000,\(time)}")
    }

    private func speak2(_ talk: inout Conversation, _ version: OCPPVersion) {
        let time = Self.time
        let generated = "\"requestId\":1,\"generatedAt\":\"2026-11-23T20:00:00Z\",\"seqNo\":0"
        let variable = "\"component\":{\"name\":\"SmartChargingCtrlr\"},\"variable\":{\"name\":\"Available\"}"
        func event(_ kind: String, _ token: String?) -> String {
            let token = token.map { ",\"idToken\":{\"idToken\":\"\($0)\",\"type\":\"Central\"}" } ?? ""
            return "{\"eventType\":\"\(kind)\",\(time),\"triggerReason\":\"Trigger\",\"seqNo\":1,"
                + "\"transactionInfo\":{\"transactionId\":\"T\"},\"evse\":{\"id\":1}\(token)}"
        }
        talk.say("BootNotification", #"{"reason":"PowerUp","chargingStation":{"vendorName":"V","model":"M"}}"#)
        talk.say("Heartbeat", "{}")
        talk.say("StatusNotification", "{\(time),\"connectorStatus\":\"Occupied\",\"evseId\":1,\"connectorId\":1}")
        for token in ["BAD", "CAR"] {
            talk.say("Authorize", "{\"idToken\":{\"idToken\":\"\(token)\",\"type\":\"Central\"}}")
            talk.say("TransactionEvent", event("Started", token))
        }
        talk.say("MeterValues", "{\"evseId\":1,\(Self.meter.replacing("VALUE", with: "7400"))}")
        talk.say(
            "NotifyReport", "{\(generated),\"reportData\":[{\(variable),\"variableAttribute\":[{\"value\":\"true\"}]}]}"
        )
        talk.say("NotifyEVChargingNeeds", #"{"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"DC_BPT"}}"#)
        talk.say("NotifyEVChargingNeeds", #"{"evseId":0,"chargingNeeds":{"requestedEnergyTransfer":"DC_BPT"}}"#)
        talk.say(
            "NotifyEVChargingSchedule",
            "{\"timeBase\":\"2026-11-23T20:00:00Z\",\"evseId\":1,\"chargingSchedule\":{\"id\":1,\"chargingRateUnit\":\"W\",\"chargingSchedulePeriod\":[{\"startPeriod\":0,\"limit\":7400}]}}"
        )
        talk.orders()
        if version == .v21 { talk.say("PullDynamicScheduleUpdate", #"{"chargingProfileId":1010}"#) }
        talk.say(
            "NotifyEvent",
            "{\(generated),\"eventData\":[{\"eventId\":1,\(time),\"trigger\":\"Delta\",\"actualValue\":\"true\",\"eventNotificationType\":\"CustomMonitor\",\(variable)}]}"
        )
        talk.say("SecurityEventNotification", "{\"type\":\"SettingSystemTime\",\(time)}")
        talk.say("NotifyChargingLimit", #"{"chargingLimit":{"chargingLimitSource":"SO"}}"#)
        talk.say("TransactionEvent", event("Updated", nil))
        talk.comeBack()
        talk.say("TransactionEvent", event("Ended", nil))
    }

    /// Actions that a version's link has to have said, so that none is left out of the check unseen.
    private func expected(_ version: OCPPVersion) -> Set<String> {
        let answers = [
            "BootNotification", "Heartbeat", "StatusNotification", "MeterValues", "Authorize",
            "SecurityEventNotification",
        ]
        let calls = ["SetChargingProfile", "ClearChargingProfile", "TriggerMessage"]
        let own =
            version == .v16
            ? [
                "ChangeConfiguration", "GetConfiguration", "StartTransactionResponse", "StopTransactionResponse",
                "DataTransferResponse",
            ]
            : [
                "SetVariables", "GetVariables", "GetBaseReport", "TransactionEventResponse", "NotifyReportResponse",
                "NotifyEVChargingNeedsResponse", "NotifyEVChargingScheduleResponse", "NotifyEventResponse",
                "NotifyChargingLimitResponse",
            ]
        let rest = version == .v21 ? ["PullDynamicScheduleUpdateResponse"] : []
        return Set(answers.map { $0 + "Response" } + calls + own + rest)
    }

    @Test(arguments: OCPPVersion.allCases)
    func everythingThatTheLinkSaysIsOnFile(_ version: OCPPVersion) throws {
        let talk = self.conversation(version)
        #expect(talk.actions == self.expected(version))
        let text = "[\n" + talk.frames.joined(separator: ",\n") + "\n]\n"
        let url = Workspace.root.appending(path: "Protocols/ocpp/sent-link-\(version.number).json")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: url, encoding: .utf8)
        #expect(golden == text, "UPDATE_GOLDEN=1 rewrites \(url.lastPathComponent)")
    }

    private func check(_ version: OCPPVersion, _ files: [String]) throws -> Program.Outcome? {
        guard let python = Program.peersPython else {
            print("skipped: no peers' Python (ops/setup test makes it)")
            return nil
        }
        return try Program.run(python, ["Tests/Interop/ocpp_schema.py", version.number] + files)
    }

    @Test(arguments: OCPPVersion.allCases)
    func theSchemasOfOthersRefuseNothing(_ version: OCPPVersion) throws {
        let files = ["sent", "sent-link"].map { "Protocols/ocpp/\($0)-\(version.number).json" }
        guard let outcome = try self.check(version, files) else { return }
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("0 faults"))
    }

    /// The canary: one frame that lacks what its schema asks for is found and named.
    @Test(arguments: OCPPVersion.allCases)
    func aBrokenFrameIsFound(_ version: OCPPVersion) throws {
        let url = Workspace.root.appending(path: "Protocols/ocpp/sent-link-\(version.number).json")
        let text = try String(contentsOf: url, encoding: .utf8)
        let broken = text.replacing("\"requestedMessage\":\"BootNotification\"", with: "\"requestedMessage\":7")
        #expect(broken != text)
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "broken.json")
        try broken.write(to: file, atomically: true, encoding: .utf8)
        guard let outcome = try self.check(version, [file.path]) else { return }
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("TriggerMessage: /requestedMessage"), "\(outcome.output)\(outcome.errors)")
    }
}
