import Domain
import Testing
import Twin

@testable import Stations

@Suite struct MachineTests {
    static func charging(_ spec: StationSpec) -> ScriptedOperator {
        var desk = ScriptedOperator(spec)
        desk.connect()
        desk.run(for: .seconds(5))
        return desk
    }

    static func setpointProfile(_ watts: Int, duration: Int = 60, id: Int = 10, level: Int = 5)
        -> String
    {
        #"{"evseId":1,"chargingProfile":{"id":\#(id),"stackLevel":\#(level),"chargingProfilePurpose":"TxProfile","#
            + #""chargingProfileKind":"Dynamic","chargingSchedule":[{"id":1,"chargingRateUnit":"W","duration":"#
            + #"\#(duration),"chargingSchedulePeriod":[{"startPeriod":0,"operationMode":"CentralSetpoint","setpoint":\#(watts)}]}]}}"#
    }

    static let fallback =
        #"{"evseId":1,"chargingProfile":{"id":2,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","#
        + #""chargingProfileKind":"Absolute","chargingSchedule":[{"id":1,"chargingRateUnit":"W","#
        + #""chargingSchedulePeriod":[{"startPeriod":0,"limit":0}]}]}}"#

    @Test(arguments: StationVersion.allCases)
    func livesFromBootToDeparture(version: StationVersion) {
        var desk = Self.charging(.sample(version))
        let start = version == .v16 ? "StartTransaction" : "TransactionEvent"
        let opening = desk.calls.map(\.action)
        #expect(opening.first == "BootNotification")
        #expect(opening.contains("Authorize") && opening.contains(start))
        #expect(desk.machine.isInTransaction)
        #expect(desk.machine.plant.power.watts == 22_000, "no profile: without limit")
        desk.run(for: .minutes(10))
        #expect(!desk.machine.isInTransaction && desk.machine.plant.power.watts == 0)
        let end = version == .v16 ? desk.last("StopTransaction") : desk.last("TransactionEvent")
        if version == .v16 {
            #expect(end?["transactionId"]?.int == 77)
            #expect((end?["meterStop"]?.int ?? 0) > 3_000)
        } else {
            #expect(end?["eventType"]?.string == "Ended")
            #expect(desk.last("StatusNotification")?["connectorStatus"]?.string == "Available")
        }
    }

    /// The demo's short stays end at their minute, with the target where charging was left to them; what the
    /// operator learns last is the charge that they left with.
    @Test func theDemosShortStaysLeaveInTimeAndServed() {
        let soon = DemoFleet.draw(count: 120, seed: 1).stations.filter {
            $0.departure.instant(start: .distantPast) < Instant(seconds: 30 * 60)
        }
        for spec in soon {
            let stay = spec.departure.instant(start: .distantPast) - .distantPast
            var desk = Self.charging(spec)
            desk.run(for: stay - .seconds(65))
            #expect(desk.machine.isInTransaction)
            #expect((desk.machine.battery?.stateOfCharge ?? spec.charge) >= spec.target, "a minute before")
            desk.run(for: .seconds(61))
            #expect(!desk.machine.isInTransaction && desk.machine.battery == nil)
            let end = spec.version == .v16 ? "StopTransaction" : "TransactionEvent"
            #expect(desk.count(end) > 0)
        }
        #expect(soon.count >= 5)
    }

    /// Events of a transaction are numbered without a hole.
    @Test func numbersItsEvents() {
        var desk = Self.charging(.sample(.v21))
        desk.run(for: .minutes(10))
        let events = desk.calls.filter { $0.action == "TransactionEvent" }.compactMap {
            $0.payload["seqNo"]?.int
        }
        #expect(events == Array(0..<events.count) && events.count > 50)
    }

    @Test func dischargesOn21AndMetersIt() {
        var desk = Self.charging(.sample(.v21))
        #expect(desk.call("SetChargingProfile", Self.fallback)?["status"]?.string == "Accepted")
        #expect(
            desk.call("SetChargingProfile", Self.setpointProfile(-10_000, duration: 20))?["status"]?
                .string
                == "Accepted")
        desk.run(for: .seconds(3))
        #expect(desk.machine.plant.power.watts == -10_000)
        let update = #"{"chargingProfileId":10,"scheduleUpdate":{"setpoint":-15000}}"#
        #expect(desk.call("UpdateDynamicSchedule", update)?["status"]?.string == "Accepted")
        desk.run(for: .seconds(11))
        #expect(desk.machine.plant.power.watts == -15_000)
        let sampled =
            desk.last("TransactionEvent")?["meterValue"]?.array?[0]["sampledValue"]?.array ?? []
        let export = sampled.first { $0["measurand"]?.string == "Power.Active.Export" }
        #expect(abs((export?["value"]?.int ?? 0) - 15_000) <= 30)
        desk.run(for: .seconds(12))
        #expect(desk.machine.plant.power.watts == 0, "the watchdog falls to the fallback")
    }

    @Test func holdsALocalFrequencyCurve() {
        var desk = Self.charging(.sample(.v21, v2x: .curve))
        let curve =
            #"{"evseId":1,"chargingProfile":{"id":3,"stackLevel":3,"chargingProfilePurpose":"TxProfile","#
            + #""chargingProfileKind":"Absolute","chargingSchedule":[{"id":1,"chargingRateUnit":"W","#
            + #""chargingSchedulePeriod":[{"startPeriod":0,"operationMode":"LocalFrequency","v2xBaseline":5000,"#
            + #""v2xFreqWattCurve":[{"frequency":49.5,"power":-20000},{"frequency":49.985,"power":0}]}]}]}}"#
        #expect(desk.call("SetChargingProfile", curve)?["status"]?.string == "Accepted")
        desk.run(for: .seconds(3))
        #expect(desk.machine.plant.power.watts == 5_000)
        desk.run(for: .seconds(3), milliHertz: 49_400)
        #expect(desk.machine.plant.power.watts == -15_000)
        var plain = Self.charging(.sample(.v21, v2x: .yes))
        let refused = plain.call("SetChargingProfile", curve)
        #expect(refused?["statusInfo"]?["reasonCode"]?.string == "InvalidOperationMode")
    }

    @Test func negativeLimitIsADialect() {
        func profile(_ version: StationVersion) -> String {
            let schedule =
                #"{"id":1,"chargingRateUnit":"W","duration":60,"chargingSchedulePeriod":[{"startPeriod":0,"limit":-8000.0}]}"#
            return version == .v16
                ? #"{"connectorId":1,"csChargingProfiles":{"chargingProfileId":4,"transactionId":77,"stackLevel":2,"#
                    + #""chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","chargingSchedule":\#(schedule)}}"#
                : #"{"evseId":1,"chargingProfile":{"id":4,"stackLevel":2,"chargingProfilePurpose":"TxProfile","#
                    + #""chargingProfileKind":"Absolute","chargingSchedule":[\#(schedule)]}}"#
        }
        for version in [StationVersion.v16, .v201] {
            var able = Self.charging(.sample(version, v2x: .yes))
            #expect(
                able.call("SetChargingProfile", profile(version))?["status"]?.string == "Accepted")
            able.run(for: .seconds(3))
            #expect(able.machine.plant.power.watts == -8_000)
            var unable = Self.charging(.sample(version, v2x: .no))
            #expect(unable.call("SetChargingProfile", profile(version)) == nil)
            #expect(unable.lastError == "PropertyConstraintViolation")
            unable.run(for: .seconds(3))
            #expect(unable.machine.plant.power.watts == 22_000, "and it charges on")
        }
        var new = Self.charging(.sample(.v21))
        #expect(new.call("SetChargingProfile", profile(.v21)) == nil, "2.1 knows no negative limit")
    }

    @Test(arguments: [
        (#""setpoint":1,"operationMode":"CentralSetpoint","limit":5"#, "InvalidSchedule"),
        (#""operationMode":"CentralSetpoint""#, "InvalidSchedule"),
        (#""operationMode":"ExternalLimits","limit":5"#, "InvalidOperationMode"),
        (#""operationMode":"LocalFrequency","v2xBaseline":0"#, "InvalidOperationMode"),
    ])
    func refusesWithTheReason(period: String, reason: String) {
        var desk = Self.charging(.sample(.v21))
        let profile =
            #"{"evseId":1,"chargingProfile":{"id":9,"stackLevel":1,"chargingProfilePurpose":"TxProfile","#
            + #""chargingProfileKind":"Dynamic","chargingSchedule":[{"id":1,"chargingRateUnit":"W","#
            + #""chargingSchedulePeriod":[{"startPeriod":0,\#(period)}]}]}}"#
        let answer = desk.call("SetChargingProfile", profile)
        #expect(answer?["statusInfo"]?["reasonCode"]?.string == reason)
        #expect(desk.machine.plant.profiles.profiles.isEmpty)
    }

    @Test func txProfileNeedsItsTransaction() {
        var desk = ScriptedOperator(.sample(.v21))
        desk.refuses = ["Authorize"]
        desk.connect()
        desk.run(for: .seconds(5))
        #expect(!desk.machine.isInTransaction && desk.machine.plant.power.watts == 0)
        let answer = desk.call("SetChargingProfile", Self.setpointProfile(-5_000))
        #expect(answer?["statusInfo"]?["reasonCode"]?.string == "TxNotFound")
        desk.run(for: .seconds(3))
        #expect(desk.machine.plant.power.watts == 0)
    }

    @Test func rejectedNeedsEndTheTransaction() {
        var desk = ScriptedOperator(.sample(.v21))
        desk.refuses = ["NotifyEVChargingNeeds"]
        desk.connect()
        desk.run(for: .seconds(5))
        #expect(!desk.machine.isInTransaction)
        #expect(desk.last("TransactionEvent")?["eventType"]?.string == "Ended")
    }

    @Test func oneCallIsOpenAtATimeAndSilenceTimesOut() {
        var desk = ScriptedOperator(.sample(.v21))
        desk.isSilent = true
        desk.connect()
        desk.run(for: .seconds(29))
        #expect(desk.calls.count == 1)
        desk.run(for: .seconds(2))
        #expect(
            desk.calls.count == 2 && desk.last("BootNotification") != nil, "given up, said again")
    }

    @Test func queueIsBoundedAndKeepsWhatMatters() {
        var machine = StationMachine(spec: .sample(.v21), seed: 1, at: Instant(seconds: 1))
        machine.enqueue(.authorize)
        for _ in 0..<1_000 { machine.enqueue(.heartbeat) }
        #expect(machine.waiting.count == StationMachine.mostWaiting)
        #expect(machine.waiting.first == .authorize)
        for _ in 0..<1_000 { machine.enqueue(.boot) }
        #expect(machine.waiting.count == StationMachine.mostWaiting)
    }

    @Test func reconnectsWithoutBootAndReplaysWhatWasMissed() {
        var desk = Self.charging(.sample(.v21))
        desk.machine.disconnected(at: desk.now)
        desk.run(for: .seconds(35))
        let before = desk.count("TransactionEvent")
        desk.connect()
        desk.run(for: .seconds(1))
        #expect(desk.count("BootNotification") == 1)
        #expect(desk.count("TransactionEvent") - before >= 3)
        let offline = desk.calls.filter { $0.payload["offline"] == .bool(true) }
        #expect(offline.count >= 3)
    }

    @Test func settingsAreReadAndWritten() {
        var desk = Self.charging(.sample(.v21, v2x: .curve))
        let set = desk.call(
            "SetVariables",
            #"{"setVariableData":[{"component":{"name":"SampledDataCtrlr"},"variable":{"name":"TxUpdatedInterval"},"attributeValue":"1"},{"component":{"name":"SmartChargingCtrlr"},"variable":{"name":"RateUnit"},"attributeValue":"A"},{"component":{"name":"Nope"},"variable":{"name":"X"},"attributeValue":"1"}]}"#
        )
        let statuses = set?["setVariableResult"]?.array?.compactMap {
            $0["attributeStatus"]?.string
        }
        #expect(statuses == ["Accepted", "Rejected", "UnknownComponent"])
        let before = desk.count("TransactionEvent")
        desk.run(for: .seconds(10))
        #expect(abs(desk.count("TransactionEvent") - before - 10) <= 1)
        let got = desk.call(
            "GetVariables",
            #"{"getVariableData":[{"component":{"name":"v2xchargingctrlr"},"variable":{"name":"SupportedOperationModes"}}]}"#
        )
        let modes = got?["getVariableResult"]?.array?.first?["attributeValue"]?.string
        #expect(modes?.contains("LocalFrequency") == true)
        #expect(desk.call("GetBaseReport", #"{"requestId":8,"reportBase":"FullInventory"}"#) != nil)
        desk.run(for: .seconds(1))
        #expect((desk.last("NotifyReport")?["reportData"]?.array?.count ?? 0) > 10)
    }

    @Test func configurationKeysOf16() {
        var desk = Self.charging(.sample(.v16))
        let all = desk.call("GetConfiguration", "{}")?["configurationKey"]?.array?.count ?? 0
        let some = desk.call("GetConfiguration", #"{"key":["NumberOfConnectors","Nope"]}"#)
        #expect(all > 5 && some?["configurationKey"]?.array?.count == 1)
        #expect(some?["unknownKey"] == .array([.string("Nope")]))
        func change(_ key: String, _ value: String) -> String? {
            desk.call("ChangeConfiguration", #"{"key":"\#(key)","value":"\#(value)"}"#)?["status"]?
                .string
        }
        #expect(change("MeterValueSampleInterval", "2") == "Accepted")
        #expect(change("MeterValueSampleInterval", "two") == "Rejected")
        #expect(change("NumberOfConnectors", "2") == "Rejected")
        #expect(change("Nope", "1") == "NotSupported")
        let before = desk.count("MeterValues")
        desk.run(for: .seconds(10))
        #expect(abs(desk.count("MeterValues") - before - 5) <= 1)
    }

    @Test(
        arguments: [
            (Misbehaviour.rejects, "Rejected"), (.mute, nil), (.ignores, "Accepted"),
        ] as [(Misbehaviour, String?)])
    func misbehavesOnTheWire(kind: Misbehaviour, status: String?) {
        var desk = Self.charging(.sample(.v21) { $0.misbehaviour = kind })
        #expect(
            desk.call("SetChargingProfile", Self.setpointProfile(-10_000))?["status"]?.string
                == status)
        desk.run(for: .seconds(5))
        #expect(desk.machine.plant.power.watts == 22_000)
    }

    @Test func aDropperHangsUp() {
        var desk = Self.charging(.sample(.v21) { $0.misbehaviour = .drops })
        desk.run(for: .seconds(100))
        #expect(desk.isClosed)
    }

    @Test(arguments: ["", "[", "[2]", "{}", "[9,\"x\",{}]", "[3,\"nobody\",{}]", "[2,1,\"X\",{}]"])
    func oddFramesChangeNothing(text: String) {
        var desk = Self.charging(.sample(.v21))
        let outputs = desk.machine.received(Array(text.utf8), at: desk.now)
        #expect(outputs.isEmpty && desk.machine.isInTransaction)
    }

    @Test func unknownActionGetsItsError() {
        var desk = Self.charging(.sample(.v201))
        #expect(desk.call("MakeCoffee", "{}") == nil)
        #expect(desk.lastError == "NotImplemented")
        #expect(desk.call("UpdateDynamicSchedule", "{}") == nil, "2.0.1 has none")
    }

    @Test func sameSeedSameBytes() {
        func history() -> [String] {
            var desk = ScriptedOperator(.sample(.v21))
            desk.connect()
            desk.run(for: .seconds(60))
            return desk.calls.map { $0.action + String(decoding: $0.payload.bytes, as: UTF8.self) }
        }
        #expect(history() == history())
    }
}
