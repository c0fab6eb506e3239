extension V2 {
    /// Something happened in the device model; we read what moves capability.
    package struct NotifyEventRequest: Request {
        package typealias Answer = EmptyPayload
        package static let action = "NotifyEvent"

        package struct EventData: Payload {
            package var trigger: String
            package var actualValue: String
            package var component: Component
            package var variable: Variable

            package init(_ json: JSONValue) throws(OCPPError) {
                self.trigger = try json.optionalString("trigger") ?? ""
                self.actualValue = try json.optionalString("actualValue") ?? ""
                self.component = try json.object("component")
                self.variable = try json.object("variable")
            }

            package func write(to out: inout JSONWriter) {
                out.field("trigger", self.trigger)
                out.field("actualValue", self.actualValue)
                out.object("component", self.component)
                out.object("variable", self.variable)
            }
        }

        package var eventData: [EventData]

        package init(_ json: JSONValue) throws(OCPPError) {
            self.eventData = try json.objects("eventData", atLeast: 1)
        }

        package func write(to out: inout JSONWriter) {
            out.objects("eventData", self.eventData)
        }
    }

    /// Also in the security extension of 1.6.
    package struct SecurityEventNotificationRequest: Request {
        package typealias Answer = EmptyPayload
        package static let action = "SecurityEventNotification"
        package var type: String
        package var timestamp: DateTime?

        package init(_ json: JSONValue) throws(OCPPError) {
            self.type = try json.string("type")
            self.timestamp = try json.optionalDateTime("timestamp")
        }

        package func write(to out: inout JSONWriter) {
            out.field("type", self.type)
            out.field("timestamp", self.timestamp)
        }
    }

    /// An outside limit that shrinks what may be sold (section 2.14 of the sheet).
    package struct NotifyChargingLimitRequest: Request {
        package typealias Answer = EmptyPayload
        package static let action = "NotifyChargingLimit"
        package var evseId: Int?
        package var source: String

        package init(_ json: JSONValue) throws(OCPPError) {
            self.evseId = try json.optionalInt("evseId")
            self.source = try json["chargingLimit"]?.optionalString("chargingLimitSource") ?? ""
        }

        package func write(to out: inout JSONWriter) {
            out.field("evseId", self.evseId)
            out.object("chargingLimit") { $0.field("chargingLimitSource", self.source) }
        }
    }

    package struct TriggerMessageRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "TriggerMessage"
        package var requestedMessage: String
        package var evse: EVSE?

        package init(_ requestedMessage: String, evse: Int? = nil) {
            self.requestedMessage = requestedMessage
            self.evse = evse.map { EVSE(id: $0) }
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.requestedMessage = try json.string("requestedMessage")
            self.evse = try json.optionalObject("evse")
        }

        package func write(to out: inout JSONWriter) {
            out.field("requestedMessage", self.requestedMessage)
            out.object("evse", self.evse)
        }
    }

    package struct RequestStartTransactionRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "RequestStartTransaction"
        package var remoteStartId: Int
        package var idToken: IdToken
        package var evseId: Int?

        package init(remoteStartId: Int, idToken: IdToken, evseId: Int?) {
            self.remoteStartId = remoteStartId
            self.idToken = idToken
            self.evseId = evseId
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.remoteStartId = try json.int("remoteStartId")
            self.idToken = try json.object("idToken")
            self.evseId = try json.optionalInt("evseId")
        }

        package func write(to out: inout JSONWriter) {
            out.field("remoteStartId", self.remoteStartId)
            out.object("idToken", self.idToken)
            out.field("evseId", self.evseId)
        }
    }

    package struct RequestStopTransactionRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "RequestStopTransaction"
        package var transactionId: String

        package init(transactionId: String) {
            self.transactionId = transactionId
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.transactionId = try json.string("transactionId")
        }

        package func write(to out: inout JSONWriter) {
            out.field("transactionId", self.transactionId)
        }
    }

    package struct ResetRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "Reset"
        package var type: String

        package init(type: String) {
            self.type = type
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.type = try json.string("type")
        }

        package func write(to out: inout JSONWriter) {
            out.field("type", self.type)
        }
    }
}
