import Foundation
import OCPP

/// The frequent messages of stations, from bytes in to answer bytes out, through the session of each connection:
/// TransactionEvents and MeterValues of 2.1 and MeterValues of 1.6 with four and more values each, in turn.
/// Beside it the same frames by Foundation's JSONDecoder (read only, no answer), by our tree, and what dispatch costs.
let ocppMeterValues = Benchmark(name: "ocpp-metervalues") {
    let count = 3_000
    let frames = (0..<count).map { meterFrame($0) }
    var sessions = (
        Session(version: .v21, salt: 1), Session(version: .v16, salt: 2)
    )
    var watts = 0
    var answered = 0
    let hot = medianNanoseconds(rounds: 21) {
        watts = 0
        answered = 0
        for (index, frame) in frames.enumerated() {
            if index % 3 == 2 {
                answer(frame, on: &sessions.1, watts: &watts, answered: &answered)
            } else {
                answer(frame, on: &sessions.0, watts: &watts, answered: &answered)
            }
        }
    }
    guard answered == count, watts == -7_390 * count else {
        throw WrongResult(description: "\(answered) frames were answered, \(watts) W were read")
    }
    var beside = try readByOthers(frames)
    for (name, value) in dispatchCosts() { beside[name] = value }
    beside["ns/frame"] = hot / Double(count)
    return Measurement(
        name: "ocpp-metervalues", unit: "frames/s", value: 1_000_000_000 * Double(count) / hot, beside: beside)
}

private func answer(_ frame: [UInt8], on session: inout Session, watts: inout Int, answered: inout Int) {
    guard case .request(let call) = session.receive(frame) else { return }
    let bytes: [UInt8]
    switch call.hot {
    case .meterValues(let report):
        watts += report.samples.first?.power ?? 0
        bytes = session.answer(call, EmptyPayload())
    case .transactionEvent(let report):
        watts += report.samples.first?.power ?? 0
        bytes = session.answer(call, V2.TransactionEventResponse())
    default: return
    }
    if bytes.count > 5 { answered += 1 }
}

/// About 600 bytes as stations send them; each with an id of its own.
private func meterFrame(_ number: Int) -> [UInt8] {
    let id = "\(number)-4f0a-9a55-0e8d5f7a1b22"
    func values(_ isOld: Bool) -> String {
        [
            ("1834520", "Energy.Active.Import.Register", "Wh"), ("412300", "Energy.Active.Export.Register", "Wh"),
            ("0", "Power.Active.Import", "W"), ("7390", "Power.Active.Export", "W"), ("63", "SoC", "Percent"),
        ].map { value, measurand, unit in
            isOld
                ? #"{"value":"\#(value)","context":"Sample.Periodic","measurand":"\#(measurand)","unit":"\#(unit)"}"#
                : #"{"value":\#(value),"measurand":"\#(measurand)","unitOfMeasure":{"unit":"\#(unit)"}}"#
        }.joined(separator: ",")
    }
    func meter(_ isOld: Bool) -> String {
        #""meterValue":[{"timestamp":"2026-11-23T20:00:05.250Z","sampledValue":[\#(values(isOld))]}]"#
    }
    let text =
        switch number % 3 {
        case 0:
            #"[2,"\#(id)","TransactionEvent",{"eventType":"Updated","timestamp":"2026-11-23T20:00:05Z","triggerReason":"MeterValuePeriodic","seqNo":\#(number),"transactionInfo":{"transactionId":"3f1c8a52-7d0e-4f0a-9a55-0e8d5f7a1b22","chargingState":"Charging"},"evse":{"id":1,"connectorId":1},\#(meter(false))}]"#
        case 1: #"[2,"\#(id)","MeterValues",{"evseId":1,\#(meter(false))}]"#
        default: #"[2,"\#(id)","MeterValues",{"connectorId":1,"transactionId":77,\#(meter(true))}]"#
        }
    return Array(text.utf8)
}

/// What the same frames cost Foundation's decoder and our own tree.
private func readByOthers(_ frames: [[UInt8]]) throws -> [String: Double] {
    let few = Array(frames.prefix(300))
    let data = few.map { Data($0) }
    let decoder = JSONDecoder()
    var read = 0
    let foundation = try medianNanoseconds(rounds: 5) {
        read = 0
        for frame in data { read += try decoder.decode(FoundationFrame.self, from: frame).payload.count }
    }
    let readByFoundation = read
    let tree = medianNanoseconds(rounds: 11) {
        read = 0
        for (index, frame) in few.enumerated() {
            let version = index % 3 == 2 ? OCPPVersion.v16 : .v21
            guard case .call(_, let action, let payload) = Frame.read(frame, version: version),
                (try? HotMessage(action: action, payload, version: version)) != nil
            else { continue }
            read += 1
        }
    }
    guard read == few.count, readByFoundation == few.count else {
        throw WrongResult(description: "\(read) and \(readByFoundation) frames were read by others")
    }
    return [
        "JSONDecoder, frames/s": 1_000_000_000 * Double(few.count) / foundation,
        "our tree, frames/s": 1_000_000_000 * Double(few.count) / tree,
    ]
}

/// A frame with its meter values as Codable types.
private struct FoundationFrame: Decodable {
    struct Payload: Decodable {
        struct MeterValue: Decodable {
            struct Sampled: Decodable {
                struct Unit: Decodable { var unit: String? }
                var measurand: String?
                var unitOfMeasure: Unit?
            }
            var timestamp: String
            var sampledValue: [Sampled]
        }
        var meterValue: [MeterValue]
        var count: Int { self.meterValue.count }
    }
    var payload: Payload

    init(from decoder: any Decoder) throws {
        var parts = try decoder.unkeyedContainer()
        _ = try parts.decode(Int.self)
        _ = try parts.decode(String.self)
        _ = try parts.decode(String.self)
        self.payload = try parts.decode(Payload.self)
    }
}

/// A dispatch call written, and its answer read.
private func dispatchCosts() -> [String: Double] {
    let rounds = 1_000
    let now = DateTime(microseconds: 1_795_464_000_000_000)
    var session = Session(version: .v21, salt: 3)
    var period = V2.ChargingSchedulePeriod(startPeriod: 0)
    period.operationMode = .centralSetpoint
    period.setpoint = Milli(-7_400)
    let schedule = V2.ChargingSchedule(id: 1_012, unit: .watts, duration: 30, periods: [period])
    let profile = V2.SetChargingProfileRequest(
        evseId: 1,
        chargingProfile: V2.ChargingProfile(
            id: 1_012, stackLevel: 2, purpose: .txProfile, kind: .dynamic,
            transactionId: "3f1c8a52-7d0e-4f0a-9a55-0e8d5f7a1b22", schedule: schedule))
    let set = medianNanoseconds(rounds: 21) {
        for _ in 0..<rounds {
            _ = session.begin(profile, tag: 0, at: now)
            _ = session.closed()
        }
    }
    var completed = 0
    let update = medianNanoseconds(rounds: 21) {
        for number in 0..<rounds {
            let call = V2.UpdateDynamicScheduleRequest(chargingProfileId: 1_012, setpoint: Milli(-number))
            _ = session.begin(call, tag: 0, at: now)
            let answer = #"[3,""# + (session.open?.id ?? "") + #"",{"status":"Accepted"}]"#
            if case .completed = session.receive(Array(answer.utf8)) { completed += 1 }
        }
    }
    return [
        "SetChargingProfile written, ns": set / Double(rounds),
        "UpdateDynamicSchedule written and answer read, ns": update / Double(rounds),
    ]
}
