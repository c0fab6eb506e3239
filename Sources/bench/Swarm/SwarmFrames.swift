import CZlib
import NIOCore

/// What a lean station says, as bytes on the wire. Masked with zeros (RFC 6455 allows any key), so that a load
/// generator need not touch the payload.
enum SwarmFrames {
    static let boot = Self.text(
        #"[2,"b","BootNotification",{"reason":"PowerUp","chargingStation":{"vendorName":"Bench","model":"Lean"}}]"#)
    static let started = Self.text(Self.event("Started", "Authorized", sequence: 0))

    /// Sixteen reports with an id each, so that none is taken for one that came before. One after the other.
    static let reports = (1...16).map { Self.text(Self.event("Updated", "MeterValuePeriodic", sequence: $0)) }
    /// The same, compressed as permessage-deflate has it.
    static let compressedReports = (1...16).map {
        Self.compressed(Array(Self.event("Updated", "MeterValuePeriodic", sequence: $0).utf8))
    }

    /// With the values that a station of 2.1 reports each interval.
    private static func event(_ type: String, _ trigger: String, sequence: Int) -> String {
        let values = [
            ("1834520", "Energy.Active.Import.Register", "Wh"), ("412300", "Energy.Active.Export.Register", "Wh"),
            ("0", "Power.Active.Import", "W"), ("7390", "Power.Active.Export", "W"), ("63", "SoC", "Percent"),
        ].map { #"{"value":\#($0),"measurand":"\#($1)","unitOfMeasure":{"unit":"\#($2)"}}"# }
        let token = type == "Started" ? #""idToken":{"idToken":"DE8AACA2B3C4D51","type":"eMAID"},"# : ""
        return #"[2,"r\#(sequence)","TransactionEvent",{"eventType":"\#(type)","timestamp":"2026-11-23T20:00:05Z","#
            + #""triggerReason":"\#(trigger)","seqNo":\#(sequence),"#
            + #""transactionInfo":{"transactionId":"3f1c8a52-7d0e-4f0a-9a55-0e8d5f7a1b22","chargingState":"Charging"},"#
            + #""evse":{"id":1,"connectorId":1},"# + token
            + #""meterValue":[{"timestamp":"2026-11-23T20:00:05.250Z","sampledValue":["#
            + values.joined(separator: ",") + "]}]}]"
    }

    /// The payload of an answer, by the action that was called: what makes a station one for V2G, else a plain yes.
    static func answer(to action: ByteBufferView) -> StaticString {
        if action.elementsEqual("GetVariables".utf8) {
            return """
                {"getVariableResult":[{"attributeStatus":"Accepted","attributeValue":"ChargingOnly,CentralSetpoint",\
                "component":{"name":"V2XChargingCtrlr","evse":{"id":1}},"variable":{"name":"SupportedOperationModes"}}]}
                """
        }
        if action.elementsEqual("SetVariables".utf8) {
            return """
                {"setVariableResult":[{"attributeStatus":"Accepted","component":{"name":"SampledDataCtrlr"},\
                "variable":{"name":"TxUpdatedInterval"}}]}
                """
        }
        return #"{"status":"Accepted"}"#
    }

    static func text(_ payload: String) -> ByteBuffer {
        var frame = ByteBuffer()
        self.head(of: payload.utf8.count, isCompressed: false, into: &frame)
        frame.writeString(payload)
        return frame
    }

    /// First byte, length and the mask of zeros.
    static func head(of count: Int, isCompressed: Bool, into frame: inout ByteBuffer) {
        frame.writeInteger(UInt8(isCompressed ? 0xC1 : 0x81))
        if count < 126 {
            frame.writeInteger(0x80 | UInt8(count))
        } else {
            frame.writeInteger(UInt8(0xFE))
            frame.writeInteger(UInt16(count))
        }
        frame.writeInteger(UInt32(0))
    }

    private static func compressed(_ payload: [UInt8]) -> ByteBuffer {
        var bytes = [UInt8](repeating: 0, count: payload.count + 64)
        let count = unsafe payload.withUnsafeBufferPointer { source in
            unsafe bytes.withUnsafeMutableBufferPointer { target in
                guard let stream = unsafe headroom_deflater(6, 15, 8) else { return 0 }
                defer { unsafe headroom_deflater_free(stream) }
                return unsafe Int(
                    headroom_deflate(stream, source.baseAddress, source.count, target.baseAddress, target.count))
            }
        }
        precondition(count > 0, "zlib refuses")
        var frame = ByteBuffer()
        self.head(of: count, isCompressed: true, into: &frame)
        frame.writeBytes(bytes[..<count])
        return frame
    }
}
