import Testing

@testable import OCPP

@Suite struct FrameTests {
    private func answer(_ text: String, _ version: OCPPVersion) -> String? {
        guard case .broken(let broken) = Frame.read(Array(text.utf8), version: version) else {
            return "not broken"
        }
        return broken.answer(version: version).map { bytes in
            let parts = JSONDocument.parse(bytes).document.root.elements
            return "\(parts[0].int ?? 0) \(parts[1].string ?? "") \(parts[2].string ?? "")"
        }
    }

    /// Each malformed frame gets exactly the code of its version.
    @Test(arguments: [
        ("{", OCPPVersion.v21, "4 -1 RpcFrameworkError"), ("{", .v16, "4 -1 ProtocolError"),
        ("[2,", .v21, "4 -1 RpcFrameworkError"), ("{}", .v21, "4 -1 RpcFrameworkError"),
        ("[]", .v201, "4 -1 RpcFrameworkError"),
        (#"[2,"a","Heartbeat",{]"#, .v21, "4 a FormatViolation"),
        (#"[2,"a","Heartbeat",{]"#, .v16, "4 a FormationViolation"),
        (#"[2,"a","Heartbeat",[]]"#, .v201, "4 a FormatViolation"),
        (#"[2,"a","Heartbeat",[]]"#, .v16, "4 a FormationViolation"),
        (#"[2,"a","Heartbeat"]"#, .v21, "4 a RpcFrameworkError"),
        (#"[2,"a","Heartbeat"]"#, .v16, "4 a ProtocolError"),
        (#"[2,7,"Heartbeat",{}]"#, .v21, "4 -1 RpcFrameworkError"),
        (#"["2","a","Heartbeat",{}]"#, .v21, "4 -1 RpcFrameworkError"),
        (#"[3,"a",[]]"#, .v21, "5 a FormatViolation"),
    ])
    func broken(_ text: String, _ version: OCPPVersion, _ wanted: String) {
        #expect(self.answer(text, version) == wanted)
    }

    @Test func aBrokenResultIsNotAnsweredBefore21() {
        #expect(self.answer(#"[3,"a",[]]"#, .v16) == nil)
        #expect(self.answer(#"[3,"a",[]]"#, .v201) == nil)
    }

    @Test func typesByVersion() {
        func isUnknown(_ text: String, _ version: OCPPVersion) -> Bool {
            if case .unknown = Frame.read(Array(text.utf8), version: version) {
                true
            } else {
                false
            }
        }
        #expect(isUnknown(#"[6,"a","X",{}]"#, .v201))
        #expect(isUnknown(#"[5,"a","X","",{}]"#, .v16))
        #expect(isUnknown(#"[9,"a","X",{}]"#, .v21))
        guard case .send(_, "X", _) = Frame.read(Array(#"[6,"a","X",{}]"#.utf8), version: .v21)
        else {
            Issue.record("SEND is known to 2.1")
            return
        }
    }

    @Test func errorCodesAreReadInEverySpelling() {
        for code in RPCErrorCode.allCases {
            #expect(RPCErrorCode(wire: code.wire(in: .v21)) == code)
        }
        #expect(RPCErrorCode(wire: "FormationViolation") == .formatViolation)
        #expect(
            RPCErrorCode(wire: "OccurenceConstraintViolation") == .occurrenceConstraintViolation)
        #expect(RPCErrorCode(wire: "Nonsense") == nil)
    }

    @Test func subprotocols() {
        #expect(OCPPVersion.negotiated(offers: ["ocpp0.1", "ocpp1.6"]) == .v16)
        #expect(OCPPVersion.negotiated(offers: ["ocpp2.1", "ocpp1.6"]) == .v21)
        #expect(OCPPVersion.negotiated(offers: ["ocpp1.5"]) == nil)
        #expect(OCPPVersion.v201.number == "2.0.1")
    }

    private func code<Message: Payload>(_ type: Message.Type, _ text: String) -> RPCErrorCode? {
        let json = JSONDocument.parse(Array(text.utf8)).document.root
        do throws(OCPPError) {
            _ = try Message(json)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func wrongShapesByCode() {
        typealias Event = V2.TransactionEventRequest
        let base = #""timestamp":"2026-11-23T20:00:00Z","seqNo":1,"triggerReason":"Trigger""#
        #expect(code(Event.self, "{}") == .occurrenceConstraintViolation)
        #expect(code(Event.self, "{\(base),\"eventType\":\"X\"}") == .propertyConstraintViolation)
        #expect(code(Event.self, "{\(base),\"eventType\":[]}") == .typeConstraintViolation)
        #expect(
            code(Event.self, "{\(base),\"eventType\":\"Ended\",\"transactionInfo\":3}")
                == .typeConstraintViolation)
        #expect(
            code(
                Event.self,
                "{\(base),\"eventType\":\"Ended\",\"transactionInfo\":{\"transactionId\":\"t\"}}")
                == nil)
        #expect(
            code(V16.MeterValuesRequest.self, #"{"connectorId":1,"meterValue":[]}"#)
                == .occurrenceConstraintViolation)
        #expect(
            code(
                V16.StartTransactionRequest.self,
                #"{"connectorId":1,"idTag":"x","meterStart":0,"timestamp":"yesterday"}"#)
                == .propertyConstraintViolation)
    }

    /// Lenient in: strings for numbers, unknown fields, null.
    @Test func lenient() throws {
        let text =
            #"{"connectorId":"1","transactionId":null,"vendor":{"x":1},"meterValue":[{"timestamp":"2026-11-23T20:00:00Z","sampledValue":[{"value":7.4,"unit":"kW","measurand":"Power.Active.Export"},{"value":"x"},{"value":"63","measurand":"SoC"}]}]}"#
        let request = try V16.MeterValuesRequest(JSONDocument.parse(Array(text.utf8)).document.root)
        let sample = request.meterValue[0].sample
        #expect(sample.power == -7_400)
        #expect(sample.stateOfCharge == 6_300)
        #expect(sample.importRegister == nil)
    }

    @Test func phasesAreSummedUnlessTheSumIsThere() {
        var sample = MeterSnapshot(at: DateTime(microseconds: 0))
        for phase in ["L1", "L2", "L3"] {
            sample.take(
                Milli(1_000), measurand: "Power.Active.Import", unit: "W", phase: phase,
                location: nil)
        }
        #expect(sample.power == 3_000)
        sample.take(
            Milli(2_990), measurand: "Power.Active.Import", unit: "W", phase: nil, location: nil)
        #expect(sample.power == 2_990)
        sample.take(
            Milli(9), measurand: "Power.Active.Import", unit: "W", phase: nil, location: "Inlet")
        #expect(sample.power == 2_990)
    }
}
