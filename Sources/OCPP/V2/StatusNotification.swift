extension V2 {
    package struct StatusNotificationRequest: Request {
        package typealias Answer = EmptyPayload
        package static let action = "StatusNotification"
        package var timestamp: DateTime?
        /// Available, Occupied, Reserved, Unavailable or Faulted; kept as it came.
        package var connectorStatus: String
        package var evseId: Int
        package var connectorId: Int

        package init(timestamp: DateTime?, connectorStatus: String, evseId: Int, connectorId: Int) {
            self.timestamp = timestamp
            self.connectorStatus = connectorStatus
            self.evseId = evseId
            self.connectorId = connectorId
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.timestamp = try json.optionalDateTime("timestamp")
            self.connectorStatus = try json.string("connectorStatus")
            self.evseId = try json.int("evseId")
            self.connectorId = try json.optionalInt("connectorId") ?? 1
        }

        package func write(to out: inout JSONWriter) {
            out.field("timestamp", self.timestamp)
            out.field("connectorStatus", self.connectorStatus)
            out.field("evseId", self.evseId)
            out.field("connectorId", self.connectorId)
        }
    }

}
