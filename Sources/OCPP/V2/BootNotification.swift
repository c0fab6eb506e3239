extension V2 {
    package struct BootNotificationRequest: Request {
        package typealias Answer = BootNotificationResponse
        package static let action = "BootNotification"
        package var reason: String
        package var vendorName: String
        package var model: String
        package var serialNumber: String?
        package var firmwareVersion: String?

        package init(
            reason: String, vendorName: String, model: String, serialNumber: String? = nil,
            firmwareVersion: String? = nil
        ) {
            self.reason = reason
            self.vendorName = vendorName
            self.model = model
            self.serialNumber = serialNumber
            self.firmwareVersion = firmwareVersion
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.reason = try json.optionalString("reason") ?? "Unknown"
            guard let station = json["chargingStation"] else {
                throw OCPPError(.occurrenceConstraintViolation, "chargingStation is missing")
            }
            guard station.isObject else {
                throw OCPPError(.typeConstraintViolation, "chargingStation must be an object")
            }
            self.vendorName = try station.string("vendorName")
            self.model = try station.string("model")
            self.serialNumber = try station.optionalString("serialNumber")
            self.firmwareVersion = try station.optionalString("firmwareVersion")
        }

        package func write(to out: inout JSONWriter) {
            out.field("reason", self.reason)
            out.object("chargingStation") { out in
                out.field("vendorName", self.vendorName)
                out.field("model", self.model)
                out.field("serialNumber", self.serialNumber)
                out.field("firmwareVersion", self.firmwareVersion)
            }
        }
    }

    package struct BootNotificationResponse: Payload {
        package var currentTime: DateTime
        /// Heartbeat interval when accepted, else the wait before the next try; s.
        package var interval: Int
        package var status: String

        package init(currentTime: DateTime, interval: Int, status: String) {
            self.currentTime = currentTime
            self.interval = interval
            self.status = status
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.currentTime = try json.dateTime("currentTime")
            self.interval = try json.int("interval")
            self.status = try json.string("status")
        }

        package func write(to out: inout JSONWriter) {
            out.field("currentTime", self.currentTime)
            out.field("interval", self.interval)
            out.field("status", self.status)
        }
    }

    package struct HeartbeatRequest: Request {
        package typealias Answer = HeartbeatResponse
        package static let action = "Heartbeat"
        package init() {}
        package init(_ json: JSONValue) throws(OCPPError) {}
        package func write(to out: inout JSONWriter) {}
    }

    package struct HeartbeatResponse: Payload {
        package var currentTime: DateTime

        package init(currentTime: DateTime) {
            self.currentTime = currentTime
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.currentTime = try json.dateTime("currentTime")
        }

        package func write(to out: inout JSONWriter) {
            out.field("currentTime", self.currentTime)
        }
    }

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

    package struct AuthorizeRequest: Request {
        package typealias Answer = AuthorizeResponse
        package static let action = "Authorize"
        package var idToken: IdToken

        package init(idToken: IdToken) {
            self.idToken = idToken
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.idToken = try json.object("idToken")
        }

        package func write(to out: inout JSONWriter) {
            out.object("idToken", self.idToken)
        }
    }

    package struct AuthorizeResponse: Payload {
        package var idTokenInfo: IdTokenInfo
        /// 2.1; left out where it is not decided (Q01.FR.08).
        package var allowedEnergyTransfer: [String]

        package init(status: String, allowedEnergyTransfer: [String] = []) {
            self.idTokenInfo = IdTokenInfo(status)
            self.allowedEnergyTransfer = allowedEnergyTransfer
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.idTokenInfo = try json.object("idTokenInfo")
            self.allowedEnergyTransfer = try json.strings("allowedEnergyTransfer")
        }

        package func write(to out: inout JSONWriter) {
            out.object("idTokenInfo", self.idTokenInfo)
            if out.version == .v21 {
                out.strings("allowedEnergyTransfer", self.allowedEnergyTransfer)
            }
        }
    }
}
