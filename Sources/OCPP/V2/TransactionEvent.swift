extension V2 {
    package enum TransactionEventKind: String, Hashable, Sendable {
        case started = "Started"
        case updated = "Updated"
        case ended = "Ended"
    }

    package struct TransactionEventRequest: Request {
        package typealias Answer = TransactionEventResponse
        package static let action = "TransactionEvent"
        package var eventType: TransactionEventKind
        package var timestamp: DateTime
        package var triggerReason: String
        package var seqNo: Int
        package var offline: Bool?
        /// Any string of at most 36 characters.
        package var transactionId: String
        package var chargingState: String?
        package var operationMode: String?
        package var stoppedReason: String?
        package var evse: EVSE?
        package var idToken: IdToken?
        package var meterValue: [MeterValue]

        package init(
            _ eventType: TransactionEventKind, timestamp: DateTime, triggerReason: String,
            seqNo: Int,
            transactionId: String, evse: EVSE? = nil, idToken: IdToken? = nil,
            meterValue: [MeterValue] = []
        ) {
            self.eventType = eventType
            self.timestamp = timestamp
            self.triggerReason = triggerReason
            self.seqNo = seqNo
            self.transactionId = transactionId
            self.evse = evse
            self.idToken = idToken
            self.meterValue = meterValue
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.eventType = try json.word("eventType")
            self.timestamp = try json.dateTime("timestamp")
            self.triggerReason = try json.optionalString("triggerReason") ?? "Trigger"
            self.seqNo = try json.optionalInt("seqNo") ?? 0
            self.offline = try json.optionalBool("offline")
            guard let info = json["transactionInfo"] else {
                throw OCPPError(.occurrenceConstraintViolation, "transactionInfo is missing")
            }
            guard info.isObject else {
                throw OCPPError(.typeConstraintViolation, "transactionInfo must be an object")
            }
            self.transactionId = try info.string("transactionId")
            guard (1...64).contains(self.transactionId.utf8.count) else {
                throw OCPPError(
                    .propertyConstraintViolation, "transactionId has 1 to 36 characters")
            }
            self.chargingState = try info.optionalString("chargingState")
            self.operationMode = try info.optionalString("operationMode")
            self.stoppedReason = try info.optionalString("stoppedReason")
            self.evse = try json.optionalObject("evse")
            self.idToken = try json.optionalObject("idToken")
            self.meterValue = try json.objects("meterValue")
        }

        package func write(to out: inout JSONWriter) {
            out.field("eventType", self.eventType.rawValue)
            out.field("timestamp", self.timestamp)
            out.field("triggerReason", self.triggerReason)
            out.field("seqNo", self.seqNo)
            out.field("offline", self.offline)
            out.object("transactionInfo") { out in
                out.field("transactionId", self.transactionId)
                out.field("chargingState", self.chargingState)
                if out.version == .v21 { out.field("operationMode", self.operationMode) }
                out.field("stoppedReason", self.stoppedReason)
            }
            out.object("evse", self.evse)
            out.object("idToken", self.idToken)
            out.objects("meterValue", self.meterValue)
        }
    }

}
