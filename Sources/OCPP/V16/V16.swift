/// Types and messages of OCPP 1.6J.
package enum V16 {}

extension V16 {
    /// `{"status": …}`, kept as it came.
    package struct StatusAnswer: Payload {
        package var status: String

        package init(_ status: String) {
            self.status = status
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.status = try json.string("status")
        }

        package func write(to out: inout JSONWriter) {
            out.field("status", self.status)
        }
    }

    package struct StatusNotificationRequest: Request {
        package typealias Answer = EmptyPayload
        package static let action = "StatusNotification"
        /// 0 = the station itself.
        package var connectorId: Int
        package var errorCode: String
        package var status: String
        package var timestamp: DateTime?

        package init(connectorId: Int, errorCode: String, status: String, timestamp: DateTime?) {
            self.connectorId = connectorId
            self.errorCode = errorCode
            self.status = status
            self.timestamp = timestamp
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.connectorId = try json.optionalInt("connectorId") ?? 1
            self.errorCode = try json.optionalString("errorCode") ?? "NoError"
            self.status = try json.string("status")
            self.timestamp = try json.optionalDateTime("timestamp")
        }

        package func write(to out: inout JSONWriter) {
            out.field("connectorId", self.connectorId)
            out.field("errorCode", self.errorCode)
            out.field("status", self.status)
            out.field("timestamp", self.timestamp)
        }
    }

}
