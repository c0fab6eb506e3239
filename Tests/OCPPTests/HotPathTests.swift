import Foundation
import TestSupport
import Testing

@testable import OCPP

/// The hot reader says what the tree says, or leaves the frame to it; and the tree says what Foundation says.
@Suite struct HotPathTests {
    static let frames: [(OCPPVersion, String)] = [
        (
            .v21,
            #"[2,"m-1","TransactionEvent",{"eventType":"Updated","timestamp":"2026-11-23T20:00:05.250Z","triggerReason":"MeterValuePeriodic","seqNo":8,"offline":true,"transactionInfo":{"transactionId":"3f1c8a52-7d0e-4f0a-9a55-0e8d5f7a1b22","chargingState":"Charging","operationMode":"CentralSetpoint"},"evse":{"id":1,"connectorId":1},"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":1834520,"measurand":"Energy.Active.Import.Register","unitOfMeasure":{"unit":"Wh"},"context":"Sample.Periodic","location":"Outlet"},{"value":412.3,"measurand":"Energy.Active.Export.Register","unitOfMeasure":{"unit":"kWh","multiplier":0}},{"value":73.9e2,"measurand":"Power.Active.Export"},{"value":63,"measurand":"SoC","location":"EV"},{"value":49.952,"measurand":"Frequency"}]}],"numberOfPhasesUsed":3,"customData":{"vendorId":"x","y":[1,null,{"z":true}]}}]"#
        ),
        (
            .v201,
            #"[2,"m-2","TransactionEvent",{"eventType":"Started","timestamp":"2026-11-23T20:00:05+01:00","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":"t"},"idToken":{"idToken":"AA","type":"ISO14443"}}]"#
        ),
        (
            .v21,
            #"[2,"m-3","MeterValues",{"evseId":2,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":7000,"measurand":"Power.Active.Import","phase":"L1"},{"value":7100,"measurand":"Power.Active.Import","phase":"L2-N","signedMeterValue":{"signedMeterData":"a","publicKey":"b"}}]},{"timestamp":"2026-11-23T20:00:06Z","sampledValue":[{"value":-0}]}]}]"#
        ),
        (
            .v16,
            #"[2,"m-4","MeterValues",{"connectorId":1,"transactionId":77,"meterValue":[{"timestamp":"2026-11-23T20:00:00Z","sampledValue":[{"value":"63","measurand":"SoC","location":"EV","unit":"Percent","context":"Sample.Periodic","format":"Raw"},{"value":"7.4","measurand":"Power.Active.Export","unit":"kW"},{"value":"signed","format":"SignedData"},{"value":412300.5,"measurand":"Energy.Active.Export.Register","unit":"Wh"}]}]}]"#
        ),
        (
            .v16,
            #"[2,"m-5","StartTransaction",{"connectorId":1,"idTag":"AA","meterStart":12,"timestamp":"2026-11-23T20:00:00Z"}]"#
        ),
        (
            .v16,
            #"[2,"m-6","StopTransaction",{"transactionId":7,"idTag":"AA","meterStop":13,"timestamp":"2026-11-23T20:00:00Z","reason":"EVDisconnected","transactionData":[{"timestamp":"2026-11-23T20:00:00Z","sampledValue":[{"value":"5"}]}]}]"#
        ),
        (
            .v16,
            #"[2,"m-7","StatusNotification",{"connectorId":0,"errorCode":"NoError","status":"Available","timestamp":"2026-11-23T20:00:00Z"}]"#
        ),
        (
            .v21,
            #"[2,"m-8","StatusNotification",{"timestamp":"2026-11-23T20:00:00Z","connectorStatus":"Occupied","evseId":1,"connectorId":1}]"#
        ),
        (.v21, #" [ 2 , "m-9" , "Heartbeat" , { } ] "#),
    ]

    /// What the tree says of a frame of the hot path; nil where it complains or where the frame is not of it.
    static func byTree(_ bytes: [UInt8], _ version: OCPPVersion) -> HotFrame? {
        switch Frame.read(bytes, version: version) {
        case .call(let id, let action, let payload):
            guard let known = HotFrame.StaticAction(rawValue: action),
                let message = try? HotMessage(action: action, payload, version: version)
            else { return nil }
            return .call(id: id, action: known, message)
        case .result(let id, let payload):
            guard payload["status"]?.string == "Accepted" else { return nil }
            let at = bytes.indices.first { bytes[$0...].starts(with: id.utf8) } ?? 0
            return .accepted(id: at..<at + id.utf8.count)
        default: return nil
        }
    }

    @Test func theHotReaderReadsWhatTheTreeReads() {
        for (version, text) in Self.frames {
            let hot = HotFrame.read(Array(text.utf8), version: version)
            #expect(hot != nil, "left to the tree: \(text.prefix(60))")
            #expect(hot == Self.byTree(Array(text.utf8), version), "\(text.prefix(60))")
        }
        let answer = Array(#"[3,"x-1",{"status":"Accepted"}]"#.utf8)
        #expect(HotFrame.read(answer, version: .v16) == .accepted(id: 4..<7))
    }

    /// Nothing is read out of a frame that is cut, wherever it is cut.
    @Test func truncation() {
        for (version, text) in Self.frames {
            let bytes = Array(text.utf8)
            let last = bytes.lastIndex(of: UInt8(ascii: "]")) ?? 0
            for count in 0...last {
                #expect(
                    HotFrame.read(Array(bytes[..<count]), version: version) == nil, "\(count) of \(text.prefix(40))")
            }
        }
    }

    /// Frames broken by a seed: what the hot reader takes, the tree takes and reads to the same.
    @Test func mutation() {
        var state: UInt64 = 7
        func next(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        let spice = Array(#"{}[]",:\.-+eE019nulltrue "#.utf8) + [0, 0x0A, 0x7F, 0x80, 0xC3, 0xFF]
        var taken = 0
        for round in 0..<40_000 {
            let (version, text) = Self.frames[round % Self.frames.count]
            var bytes = Array(text.utf8)
            for _ in 0...next(3) {
                let at = next(bytes.count)
                switch next(4) {
                case 0: bytes.remove(at: at)
                case 1: bytes.insert(spice[next(spice.count)], at: at)
                case 2: bytes[at] = UInt8(next(256))
                default:
                    // A piece is doubled: doubled keys and elements come out of it.
                    let end = min(bytes.count, at + 1 + next(30))
                    bytes.insert(contentsOf: bytes[at..<end], at: at)
                }
            }
            guard let hot = HotFrame.read(bytes, version: version) else { continue }
            taken += 1
            #expect(hot == Self.byTree(bytes, version), "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(taken > 1_000 && taken < 39_000)
    }

    /// Odd things are left to the tree, which decides.
    @Test(arguments: [
        #"{"evseId":1,"evseId":1,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":1}]}]}"#,
        #"{"evseId":1,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":1,"value":1}]}]}"#,
        #"{"evseId":1,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":1,"customData":{"a":1,"a":2}}]}]}"#,
        #"{"evseId":1,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":NaN}]}]}"#,
        #"{"evseId":1,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":1e400}]}]}"#,
        #"{"evseId":1,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":01}]}]}"#,
        #"{"evseId":1,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":"7"}]}]}"#,
        #"{"evseId":1,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":1,"phase":"\ud83d\ude00"}]}]}"#,
        #"{"evseId":1,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":1,"phase":"é"}]}]}"#,
        #"{"evseId":1,"meterValue":[{"timestamp":"2026-02-30T20:00:05Z","sampledValue":[{"value":1}]}]}"#,
        #"{"evseId":1.5,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":1}]}]}"#,
        #"{"evseId":1,"meterValue":[]}"#, #"{"meterValue":[]}"#, #"{"evseId":1,"x":1}"#,
        #"{"evseId":1,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":1,"customData":[[[[[[[[1]]]]]]]]}]}]}"#,
    ])
    func oddFrames(_ payload: String) {
        let bytes = Array("[2,\"a\",\"MeterValues\",\(payload)]".utf8)
        #expect(HotFrame.read(bytes, version: .v21) == nil)
    }

    /// Numbers at the edge come out as in the tree.
    @Test func numbers() {
        for text in [
            "0", "-0", "0.0005", "-0.0005", "0.00049999", "999999999999.999", "-999999999999.999", "1e3", "1E+3",
            "25e-1",
            "123456789012345678", "9223372036854775", "9223372036854775.807", "0.1234567890123456789",
            "100000000000000",
        ] {
            let frame =
                #"[2,"a","MeterValues",{"evseId":1,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"measurand":"Frequency","value":"#
                + text + "}]}]}]"
            let bytes = Array(frame.utf8)
            let byTree = Self.byTree(bytes, .v21)
            #expect(byTree == nil || HotFrame.read(bytes, version: .v21) == byTree, "\(text)")
            let old = Array(
                frame.replacing("evseId", with: "connectorId").replacing(text + "}", with: "\"\(text)\"}").utf8)
            #expect(HotFrame.read(old, version: .v16) == Self.byTree(old, .v16), "\"\(text)\"")
        }
    }

    /// What no EVSE can measure moves nothing: the last credible value stands.
    @Test func incredibleValues() {
        var sample = MeterSnapshot(at: DateTime(microseconds: 0))
        func take(_ value: Milli, _ measurand: String, _ unit: String? = nil) {
            sample.take(value, measurand: measurand, unit: unit, phase: nil, location: nil)
        }
        take(Milli(7_000), "Power.Active.Import")
        take(Milli(100), "Energy.Active.Import.Register")
        for value in [Milli(thousandths: Milli.most), Milli(thousandths: -Milli.most), Milli(100_000_001)] {
            take(value, "Power.Active.Import")
            take(value, "Power.Active.Import", "kW")
        }
        take(Milli(-1), "Energy.Active.Import.Register")
        take(Milli(1_000_000_001), "Energy.Active.Import.Register", "kWh")
        take(Milli(101), "Frequency")
        take(Milli(101), "SoC")
        #expect(sample.power == 7_000 && sample.importRegister == 100)
        #expect(sample.milliHertz == nil && sample.stateOfCharge == nil)
        #expect(Milli(text: "9223372036854775.807".utf8) == nil)
        #expect(Milli(text: "1000000000000000".utf8)?.rounded == 1_000_000_000_000_000)
    }

    /// A session that is fed with hot frames behaves as with any other.
    @Test func theSessionAnswersHotFrames() {
        var session = Session(version: .v21, salt: 1)
        let frame = Array(Self.frames[0].1.utf8)
        guard case .request(let call) = session.receive(frame), case .transactionEvent(let report)? = call.hot else {
            Issue.record("a request")
            return
        }
        #expect(report.samples.first?.power == -7_390)
        #expect(report.samples.first?.exportRegister == 412_300)
        guard case .ignored(.doubledCall) = session.receive(frame) else {
            Issue.record("doubled")
            return
        }
        let answer = session.answer(call, EmptyPayload())
        #expect(String(decoding: answer, as: UTF8.self) == #"[3,"m-1",{}]"#)
        guard case .reply(let again, nil) = session.receive(frame) else {
            Issue.record("the same answer again")
            return
        }
        #expect(again == answer)
        _ = session.begin(V2.HeartbeatRequest(), tag: 5, at: DateTime(microseconds: 0))
        guard case .ignored(.lateAnswer) = session.receive(Array(#"[3,"nope",{"status":"Accepted"}]"#.utf8)) else {
            Issue.record("an answer to nothing")
            return
        }
        let id = session.open?.id ?? ""
        guard
            case .completed(let open, .accepted) = session.receive(
                Array("[3,\"\(id)\",{\"status\":\"Accepted\"}]".utf8))
        else {
            Issue.record("completed")
            return
        }
        #expect(open.tag == 5 && session.isFree)
    }
}
