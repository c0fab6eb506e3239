import Testing

@testable import OCPP

/// What a strict session complains about and a lenient one reads.
@Suite struct StrictnessTests {
    private func code(_ version: OCPPVersion, _ action: String, _ payload: String, isStrict: Bool) -> RPCErrorCode? {
        var limits = SessionLimits()
        limits.isStrict = isStrict
        var session = Session(version: version, salt: 1, limits: limits)
        guard case .request(let call) = session.receive(Array("[2,\"a\",\"\(action)\",\(payload)]".utf8)),
            let entry = Catalogue.entry(action, in: version)
        else { return .internalError }
        do throws(OCPPError) {
            _ = try entry.request(call.payload)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(arguments: [
        (
            OCPPVersion.v21, "SignCertificate", #"{"csr":"\#(String(repeating: "x", count: 5_501))"}"#,
            RPCErrorCode.propertyConstraintViolation
        ),
        (
            .v21, "NotifyDERAlarm", #"{"controlType":"Nothing","timestamp":"2026-11-23T20:00:00Z"}"#,
            .propertyConstraintViolation
        ),
        (
            .v21, "NotifyDERAlarm", #"{"controlType":"VoltVar","timestamp":"2026-11-23T20:00:00Z","x":1}"#,
            .formatViolation
        ),
        (.v21, "LogStatusNotification", #"{"status":"Idle","statusInfo":{"reasonCode":"x","y":1}}"#, .formatViolation),
        (.v201, "SignCertificate", #"{"csr":"x","requestId":7}"#, .formatViolation),
        (
            .v201, "BootNotification", #"{"chargingStation":{"vendorName":"v","model":"m"}}"#,
            .occurrenceConstraintViolation
        ),
        (
            .v201, "ReservationStatusUpdate", #"{"reservationId":-1,"reservationUpdateStatus":"Expired"}"#,
            .propertyConstraintViolation
        ),
        (.v16, "FirmwareStatusNotification", #"{"status":"Burning"}"#, .propertyConstraintViolation),
        (.v16, "Authorize", #"{"idTag":"123456789012345678901"}"#, .propertyConstraintViolation),
    ])
    func strict(_ version: OCPPVersion, _ action: String, _ payload: String, _ wanted: RPCErrorCode) {
        #expect(self.code(version, action, payload, isStrict: true) == wanted)
        #expect(self.code(version, action, payload, isStrict: false) == nil)
    }

    /// `customData` is everybody's on 2.x.
    @Test func customDataIsNoStranger() {
        let payload = #"{"csr":"x","customData":{"vendorId":"v","x":1}}"#
        #expect(self.code(.v21, "SignCertificate", payload, isStrict: true) == nil)
    }
}
