import Foundation
import TestSupport
import Testing

@testable import OCPP

/// Every kind of frame that we send, as it stands in `Protocols/ocpp`; `UPDATE_GOLDEN=1` rewrites the files.
/// `ServerSchemaTests` holds the same files against the published schemas.
@Suite struct GoldenTests {
    private let now = DateTime(microseconds: 1_795_464_000_000_000)

    private func line(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func dispatch(
        _ version: OCPPVersion, _ dialect: Dialect? = nil, model: DeviceModel? = nil
    ) -> [String] {
        var dispatcher = DispatcherTests.dispatcher(version, dialect, model: model)
        var session = Session(version: version, salt: 1)
        var lines: [String] = []
        func settle(_ time: DateTime) {
            var reports: [DispatchReport] = []
            while lines.count < 40, let call = dispatcher.next(at: time, reports: &reports) {
                lines.append(self.line(call.begin(on: &session, tag: 0, at: time)))
                _ = session.closed()
                _ = dispatcher.completed(.accepted, at: time)
            }
        }
        settle(self.now)
        _ = dispatcher.command(
            .setpoint(watts: -7_400), order: 1, validForSeconds: 60, at: self.now)
        settle(self.now)
        _ = dispatcher.command(
            .setpoint(watts: 3_680), order: 2, validForSeconds: 60, at: self.now + 1)
        settle(self.now + 1)
        let points = [
            CurveWatts(milliHertz: 49_500, watts: -10_000),
            CurveWatts(milliHertz: 49_985, watts: 0),
            CurveWatts(milliHertz: 50_015, watts: 0), CurveWatts(milliHertz: 50_500, watts: 10_000),
        ]
        _ = dispatcher.command(
            .curve(points: points, baseline: 500), order: 3, validForSeconds: 300, at: self.now + 2)
        settle(self.now + 2)
        _ = dispatcher.command(.clear, order: 4, validForSeconds: 60, at: self.now + 3)
        settle(self.now + 3)
        return lines
    }

    /// Answers by action, in the form that the schema check reads: `["Action", [3, id, {…}]]`.
    private func answers(_ version: OCPPVersion) -> [String] {
        func answer(_ action: String, _ payload: some Payload) -> String {
            "[\"\(action)\",\(self.line(FrameWriter.result(id: "m-1", payload, version: version)))]"
        }
        let boot = V2.BootNotificationResponse(
            currentTime: self.now, interval: 300, status: "Accepted")
        var lines = [
            answer("BootNotification", boot),
            answer("Heartbeat", V2.HeartbeatResponse(currentTime: self.now)),
            answer("StatusNotification", EmptyPayload()), answer("MeterValues", EmptyPayload()),
        ]
        if version == .v16 {
            return lines + [
                answer("Authorize", V16.AuthorizeResponse(status: "Accepted")),
                answer(
                    "StartTransaction",
                    V16.StartTransactionResponse(transactionId: 77, status: "Accepted")),
                answer("StopTransaction", V16.StopTransactionResponse()),
                answer("DataTransfer", V16.StatusAnswer("UnknownVendorId")),
            ]
        }
        lines += [
            answer("Authorize", V2.AuthorizeResponse(status: "Invalid")),
            answer("TransactionEvent", V2.TransactionEventResponse(status: "Accepted")),
            answer("NotifyEVChargingNeeds", V2.StatusAnswer("Accepted")),
            answer("NotifyEVChargingSchedule", V2.StatusAnswer("Accepted")),
            answer("NotifyReport", EmptyPayload()), answer("NotifyEvent", EmptyPayload()),
            answer("SecurityEventNotification", EmptyPayload()),
            answer("NotifyChargingLimit", EmptyPayload()),
        ]
        if version == .v21 {
            lines += [
                answer(
                    "PullDynamicScheduleUpdate",
                    V2.PullDynamicScheduleUpdateResponse(setpoint: Milli(-5_000))),
                answer(
                    "PullDynamicScheduleUpdate", V2.PullDynamicScheduleUpdateResponse(setpoint: nil)
                ),
            ]
        }
        return lines
    }

    @Test(arguments: OCPPVersion.allCases)
    func framesThatWeSend(_ version: OCPPVersion) throws {
        var dialects = [DialectBook.standard(version)]
        if version != .v21 {
            dialects.append(
                Dialect(name: "n", versions: [version.number], discharge: .negativeLimit))
        }
        var amperes = Dialect(name: "a", versions: [version.number], discharge: .none)
        amperes.unit = "A"
        dialects.append(amperes)
        var calls = dialects.flatMap { self.dispatch(version, $0) }
        if version == .v21 {
            calls += self.dispatch(version, model: DispatcherTests.v2xModel(curve: false, controls: "FreqWatt"))
            calls += self.dispatch(version, SignalTests.dialect)
        }
        #expect(calls.count > 5)
        let all = calls + self.answers(version)
        let text = "[\n" + all.joined(separator: ",\n") + "\n]\n"
        let url = Workspace.root.appending(path: "Protocols/ocpp/sent-\(version.number).json")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: url, encoding: .utf8)
        #expect(golden == text, "UPDATE_GOLDEN=1 rewrites \(url.lastPathComponent)")
    }

    /// What we send is read back to the same value.
    @Test(arguments: OCPPVersion.allCases)
    func sentFramesAreReadBack(_ version: OCPPVersion) throws {
        for line in self.dispatch(version, nil) {
            guard
                case .call(_, let action, let payload) = Frame.read(
                    Array(line.utf8), version: version)
            else {
                Issue.record("no call: \(line)")
                continue
            }
            func again<Message: Request>(_ type: Message.Type) throws {
                let message = try Message(payload)
                let bytes = FrameWriter.call(id: "x", message, version: version)
                guard case .call(_, _, let second) = Frame.read(bytes, version: version) else {
                    return
                }
                #expect(try Message(second) == message)
            }
            switch (action, version) {
            case ("SetChargingProfile", .v16): try again(V16.SetChargingProfileRequest.self)
            case ("SetChargingProfile", _):
                try again(V2.SetChargingProfileRequest.self)
                let request = try V2.SetChargingProfileRequest(payload)
                #expect(request.fault(version: version) == nil, "our own rules hold: \(line)")
            case ("UpdateDynamicSchedule", _): try again(V2.UpdateDynamicScheduleRequest.self)
            case ("ClearChargingProfile", .v16): try again(V16.ClearChargingProfileRequest.self)
            case ("ClearChargingProfile", _): try again(V2.ClearChargingProfileRequest.self)
            default: Issue.record("unexpected \(action)")
            }
        }
    }
}
