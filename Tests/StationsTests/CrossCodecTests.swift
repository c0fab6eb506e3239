import Domain
import OCPP
import Testing
import Twin

@testable import Stations

/// Two codecs that share nothing, written from the specification: what the stations say the server's module reads,
/// and what the server's module writes the stations obey.
@Suite struct CrossCodecTests {
    static let versions: [StationVersion: OCPPVersion] = [.v16: .v16, .v201: .v201, .v21: .v21]

    static func request(_ action: String, _ version: OCPPVersion, _ json: JSONValue) throws -> Bool {
        switch (version, action) {
        case (_, "Heartbeat"): break
        case (.v16, "BootNotification"): _ = try V16.BootNotificationRequest(json)
        case (.v16, "Authorize"): _ = try V16.AuthorizeRequest(json)
        case (.v16, "StatusNotification"): _ = try V16.StatusNotificationRequest(json)
        case (.v16, "StartTransaction"): _ = try V16.StartTransactionRequest(json)
        case (.v16, "StopTransaction"): _ = try V16.StopTransactionRequest(json)
        case (.v16, "MeterValues"): _ = try V16.MeterValuesRequest(json)
        case (_, "BootNotification"): _ = try V2.BootNotificationRequest(json)
        case (_, "Authorize"): _ = try V2.AuthorizeRequest(json)
        case (_, "StatusNotification"): _ = try V2.StatusNotificationRequest(json)
        case (_, "TransactionEvent"): _ = try V2.TransactionEventRequest(json)
        case (_, "NotifyEVChargingNeeds"): _ = try V2.NotifyEVChargingNeedsRequest(json)
        case (_, "NotifyReport"): _ = try V2.NotifyReportRequest(json)
        default: return false
        }
        return true
    }

    @Test(arguments: StationVersion.allCases)
    func theServerReadsWhatStationsSay(version: StationVersion) throws {
        let theirs = try #require(Self.versions[version])
        var desk = MachineTests.charging(.sample(version))
        if version != .v16 {
            _ = desk.call("GetBaseReport", #"{"requestId":1,"reportBase":"FullInventory"}"#)
        }
        desk.run(for: .minutes(10))
        #expect(desk.calls.count > 40)
        for (action, payload) in desk.calls {
            let parts: [JSON] = [.int(2), .string("7"), .string(action), payload]
            let frame = Frame.read(JSON.array(parts).bytes, version: theirs)
            guard case .call("7", action, let json) = frame else {
                Issue.record("\(action): \(frame)")
                continue
            }
            let isRead = try Self.request(action, theirs, json)
            #expect(isRead, "\(action) has no type on the server's side")
        }
    }

    @Test func theMeterIsReadAsItWasMeasured() throws {
        var desk = MachineTests.charging(.sample(.v21))
        _ = desk.call("SetChargingProfile", MachineTests.setpointProfile(-9_000))
        desk.run(for: .seconds(15))
        let payload = try #require(desk.last("TransactionEvent"))
        let parts: [JSON] = [.int(2), .string("7"), .string("TransactionEvent"), payload]
        guard case .call(_, _, let json) = Frame.read(JSON.array(parts).bytes, version: .v21) else {
            Issue.record("no call")
            return
        }
        let event = try V2.TransactionEventRequest(json)
        let snapshot = try #require(event.meterValue.first?.sample)
        #expect(abs((snapshot.power ?? 0) + 9_000) <= 18)
        #expect((snapshot.exportRegister ?? 0) > 0 && snapshot.milliHertz == 50_000)
        let battery = try #require(desk.machine.battery)
        #expect(abs((snapshot.stateOfCharge ?? 0) - battery.stateOfCharge.basisPoints) <= 5)
    }

    /// Bytes of the server's writer, as the station takes them.
    static func send(_ bytes: [UInt8], to desk: inout ScriptedOperator) -> String? {
        let outputs = desk.machine.received(bytes, at: desk.now)
        guard case .send(let answer) = outputs.first,
            let parts = JSONReader.read(answer)?.array, parts[0].int == 3
        else { return nil }
        return parts[2]["status"]?.string
    }

    @Test func stationsObeyWhatTheServerWrites() {
        var desk = MachineTests.charging(.sample(.v21, v2x: .curve))
        var period = V2.ChargingSchedulePeriod(startPeriod: 0)
        period.operationMode = .centralSetpoint
        period.setpoint = Milli(-7_000)
        let profile = V2.ChargingProfile(
            id: 100, stackLevel: 5, purpose: .txProfile, kind: .dynamic,
            transactionId: desk.machine.transactionId,
            schedule: V2.ChargingSchedule(id: 1, unit: .watts, periods: [period]))
        let set = FrameWriter.call(
            id: "a", V2.SetChargingProfileRequest(evseId: 1, chargingProfile: profile),
            version: .v21)
        #expect(Self.send(set, to: &desk) == "Accepted")
        desk.run(for: .seconds(3))
        #expect(desk.machine.plant.power.watts == -7_000)
        let update = FrameWriter.call(
            id: "b",
            V2.UpdateDynamicScheduleRequest(chargingProfileId: 100, setpoint: Milli(4_000)),
            version: .v21)
        #expect(Self.send(update, to: &desk) == "Accepted")
        desk.run(for: .seconds(3))
        #expect(desk.machine.plant.power.watts == 4_000)
        let clear = FrameWriter.call(
            id: "c", V2.ClearChargingProfileRequest(chargingProfileId: 100), version: .v21)
        #expect(Self.send(clear, to: &desk) == "Accepted")
        desk.run(for: .seconds(3))
        #expect(desk.machine.plant.power.watts == 22_000)
    }

    @Test func aPointOf16ObeysWhatTheServerWrites() {
        var desk = MachineTests.charging(.sample(.v16))
        let schedule = V16.ChargingSchedule(
            duration: 60, startSchedule: DateTime(microseconds: desk.now.microseconds - 30_000_000),
            unit: .watts,
            periods: [V16.ChargingSchedulePeriod(startPeriod: 0, limit: Milli(-6_000))])
        let profile = V16.ChargingProfile(
            id: 3, transactionId: 77, stackLevel: 4, purpose: .txProfile, kind: .absolute,
            schedule: schedule)
        let set = FrameWriter.call(
            id: "a", V16.SetChargingProfileRequest(connectorId: 1, csChargingProfiles: profile),
            version: .v16)
        #expect(Self.send(set, to: &desk) == "Accepted")
        desk.run(for: .seconds(3))
        #expect(desk.machine.plant.power.watts == -6_000)
        desk.run(for: .seconds(40))
        #expect(
            desk.machine.plant.power.watts == 22_000, "its minute is over; nothing lies beneath")
    }
}

@Suite struct StationModelTests {
    /// The names by which `Config/demo/dialects.yaml` tells the dialects apart.
    @Test(arguments: StationVersion.allCases)
    func theNameTellsTheDialect(version: StationVersion) throws {
        let server = try #require(CrossCodecTests.versions[version])
        var able = Dialect(name: "able", versions: [version.rawValue], discharge: .negativeLimit)
        able.vendor = StationModel.vendor
        able.model = "V2G-*"
        let book = DialectBook([able])
        for v2x in StationV2X.allCases {
            let model = StationModel.name(.sample(version, v2x: v2x))
            #expect(model.utf8.count <= 20, "1.6 allows no more")
            let found = book.dialect(vendor: StationModel.vendor, model: model, version: server)
            #expect((found.name == "able") == (v2x != .no))
        }
    }
}
