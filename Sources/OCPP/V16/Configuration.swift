extension V16 {
    package struct GetConfigurationRequest: Request {
        package typealias Answer = GetConfigurationResponse
        package static let action = "GetConfiguration"
        /// Empty = all.
        package var key: [String]

        package init(key: [String]) {
            self.key = key
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.key = try json.strings("key")
        }

        package func write(to out: inout JSONWriter) {
            out.strings("key", self.key)
        }
    }

    package struct ConfigurationKey: Payload {
        package var key: String
        package var readonly: Bool
        package var value: String?

        package init(key: String, readonly: Bool, value: String?) {
            self.key = key
            self.readonly = readonly
            self.value = value
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.key = try json.string("key")
            self.readonly = try json.optionalBool("readonly") ?? false
            self.value = try json.optionalString("value")
        }

        package func write(to out: inout JSONWriter) {
            out.field("key", self.key)
            out.field("readonly", self.readonly)
            out.field("value", self.value)
        }
    }

    package struct GetConfigurationResponse: Payload {
        package var configurationKey: [ConfigurationKey]
        package var unknownKey: [String]

        package init(configurationKey: [ConfigurationKey], unknownKey: [String] = []) {
            self.configurationKey = configurationKey
            self.unknownKey = unknownKey
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.configurationKey = try json.objects("configurationKey")
            self.unknownKey = try json.strings("unknownKey")
        }

        package func write(to out: inout JSONWriter) {
            out.objects("configurationKey", self.configurationKey)
            out.strings("unknownKey", self.unknownKey)
        }
    }

    package struct ChangeConfigurationRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "ChangeConfiguration"
        package var key: String
        package var value: String

        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.key = try json.string("key")
            self.value = try json.string("value")
        }

        package func write(to out: inout JSONWriter) {
            out.field("key", self.key)
            out.field("value", self.value)
        }
    }

    package struct TriggerMessageRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "TriggerMessage"
        package var requestedMessage: String
        package var connectorId: Int?

        package init(_ requestedMessage: String, connectorId: Int? = nil) {
            self.requestedMessage = requestedMessage
            self.connectorId = connectorId
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.requestedMessage = try json.string("requestedMessage")
            self.connectorId = try json.optionalInt("connectorId")
        }

        package func write(to out: inout JSONWriter) {
            out.field("requestedMessage", self.requestedMessage)
            out.field("connectorId", self.connectorId)
        }
    }

    package struct RemoteStartTransactionRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "RemoteStartTransaction"
        package var connectorId: Int?
        package var idTag: String

        package init(connectorId: Int?, idTag: String) {
            self.connectorId = connectorId
            self.idTag = idTag
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.connectorId = try json.optionalInt("connectorId")
            self.idTag = try json.string("idTag")
        }

        package func write(to out: inout JSONWriter) {
            out.field("connectorId", self.connectorId)
            out.field("idTag", self.idTag)
        }
    }

    package struct RemoteStopTransactionRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "RemoteStopTransaction"
        package var transactionId: Int

        package init(transactionId: Int) {
            self.transactionId = transactionId
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.transactionId = try json.int("transactionId")
        }

        package func write(to out: inout JSONWriter) {
            out.field("transactionId", self.transactionId)
        }
    }
}
