extension V16 {
    package struct StartTransactionRequest: Request {
        package typealias Answer = StartTransactionResponse
        package static let action = "StartTransaction"
        package var connectorId: Int
        package var idTag: String
        /// Wh.
        package var meterStart: Int
        package var timestamp: DateTime

        package init(connectorId: Int, idTag: String, meterStart: Int, timestamp: DateTime) {
            self.connectorId = connectorId
            self.idTag = idTag
            self.meterStart = meterStart
            self.timestamp = timestamp
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.connectorId = try json.int("connectorId")
            self.idTag = try json.string("idTag")
            self.meterStart = try json.number("meterStart").rounded
            self.timestamp = try json.dateTime("timestamp")
        }

        package func write(to out: inout JSONWriter) {
            out.field("connectorId", self.connectorId)
            out.field("idTag", self.idTag)
            out.field("meterStart", self.meterStart)
            out.field("timestamp", self.timestamp)
        }
    }

    package struct StartTransactionResponse: Payload {
        package var transactionId: Int
        package var idTagInfo: IdTagInfo

        package init(transactionId: Int, status: String) {
            self.transactionId = transactionId
            self.idTagInfo = IdTagInfo(status)
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.transactionId = try json.int("transactionId")
            self.idTagInfo = try json.object("idTagInfo")
        }

        package func write(to out: inout JSONWriter) {
            out.field("transactionId", self.transactionId)
            out.object("idTagInfo", self.idTagInfo)
        }
    }

    package struct StopTransactionRequest: Request {
        package typealias Answer = StopTransactionResponse
        package static let action = "StopTransaction"
        package var transactionId: Int
        package var meterStop: Int
        package var timestamp: DateTime
        package var reason: String?
        package var transactionData: [MeterValue]

        package init(transactionId: Int, meterStop: Int, timestamp: DateTime, reason: String? = nil) {
            self.transactionId = transactionId
            self.meterStop = meterStop
            self.timestamp = timestamp
            self.reason = reason
            self.transactionData = []
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.transactionId = try json.int("transactionId")
            self.meterStop = try json.number("meterStop").rounded
            self.timestamp = try json.dateTime("timestamp")
            self.reason = try json.optionalString("reason")
            self.transactionData = try json.objects("transactionData")
        }

        package func write(to out: inout JSONWriter) {
            out.field("transactionId", self.transactionId)
            out.field("meterStop", self.meterStop)
            out.field("timestamp", self.timestamp)
            out.field("reason", self.reason)
            out.objects("transactionData", self.transactionData)
        }
    }

    package struct StopTransactionResponse: Payload {
        package init() {}
        package init(_ json: JSONValue) throws(OCPPError) {}
        package func write(to out: inout JSONWriter) {}
    }

    /// The value is a string on the wire.
    package struct SampledValue: Payload {
        package var value: Milli?
        package var measurand: String
        package var phase: String?
        package var location: String?
        package var unit: String?

        package init(_ value: Milli, measurand: String, unit: String? = nil) {
            self.value = value
            self.measurand = measurand
            self.unit = unit
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            guard let value = json["value"] else {
                throw OCPPError(.occurrenceConstraintViolation, "value is missing")
            }
            // Signed data and words are no numbers; they are skipped, not refused.
            self.value = value.number
            self.measurand =
                try json.optionalString("measurand") ?? "Energy.Active.Import.Register"
            self.phase = try json.optionalString("phase")
            self.location = try json.optionalString("location")
            self.unit = try json.optionalString("unit")
        }

        package func write(to out: inout JSONWriter) {
            var digits = JSONWriter(version: out.version, capacity: 16)
            digits.element(self.value ?? .zero)
            out.field("value", String(decoding: digits.bytes, as: UTF8.self))
            out.field("measurand", self.measurand)
            out.field("phase", self.phase)
            out.field("location", self.location)
            out.field("unit", self.unit)
        }
    }

    package struct MeterValue: Payload {
        package var timestamp: DateTime
        package var sampledValue: [SampledValue]

        package init(timestamp: DateTime, sampledValue: [SampledValue]) {
            self.timestamp = timestamp
            self.sampledValue = sampledValue
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.timestamp = try json.dateTime("timestamp")
            self.sampledValue = try json.objects("sampledValue", atLeast: 1)
        }

        package func write(to out: inout JSONWriter) {
            out.field("timestamp", self.timestamp)
            out.objects("sampledValue", self.sampledValue)
        }

        /// The same in the terms that all versions share.
        package var sample: MeterSnapshot {
            var snapshot = MeterSnapshot(at: self.timestamp)
            for sampled in self.sampledValue {
                guard let value = sampled.value else { continue }
                snapshot.take(
                    value, measurand: sampled.measurand, unit: sampled.unit, phase: sampled.phase,
                    location: sampled.location)
            }
            return snapshot
        }
    }

    package struct MeterValuesRequest: Request {
        package typealias Answer = EmptyPayload
        package static let action = "MeterValues"
        package var connectorId: Int
        package var transactionId: Int?
        package var meterValue: [MeterValue]

        package init(connectorId: Int, transactionId: Int?, meterValue: [MeterValue]) {
            self.connectorId = connectorId
            self.transactionId = transactionId
            self.meterValue = meterValue
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.connectorId = try json.optionalInt("connectorId") ?? 1
            self.transactionId = try json.optionalInt("transactionId")
            self.meterValue = try json.objects("meterValue", atLeast: 1)
        }

        package func write(to out: inout JSONWriter) {
            out.field("connectorId", self.connectorId)
            out.field("transactionId", self.transactionId)
            out.objects("meterValue", self.meterValue)
        }
    }
}
