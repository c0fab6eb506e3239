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

    package struct IdTagInfo: Payload {
        /// Accepted, Blocked, Expired, Invalid or ConcurrentTx.
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

    package struct AuthorizeRequest: Request {
        package typealias Answer = AuthorizeResponse
        package static let action = "Authorize"
        package var idTag: String

        package init(idTag: String) {
            self.idTag = idTag
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.idTag = try json.string("idTag")
            guard self.idTag.utf8.count <= 64 else {
                throw OCPPError(.propertyConstraintViolation, "idTag is longer than 20")
            }
        }

        package func write(to out: inout JSONWriter) {
            out.field("idTag", self.idTag)
        }
    }

    package struct AuthorizeResponse: Payload {
        package var idTagInfo: IdTagInfo

        package init(status: String) {
            self.idTagInfo = IdTagInfo(status)
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.idTagInfo = try json.object("idTagInfo")
        }

        package func write(to out: inout JSONWriter) {
            out.object("idTagInfo", self.idTagInfo)
        }
    }

    package struct BootNotificationRequest: Request {
        package typealias Answer = V2.BootNotificationResponse
        package static let action = "BootNotification"
        package var chargePointVendor: String
        package var chargePointModel: String
        package var chargePointSerialNumber: String?
        package var firmwareVersion: String?

        package init(
            chargePointVendor: String, chargePointModel: String,
            chargePointSerialNumber: String? = nil, firmwareVersion: String? = nil
        ) {
            self.chargePointVendor = chargePointVendor
            self.chargePointModel = chargePointModel
            self.chargePointSerialNumber = chargePointSerialNumber
            self.firmwareVersion = firmwareVersion
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.chargePointVendor = try json.string("chargePointVendor")
            self.chargePointModel = try json.string("chargePointModel")
            self.chargePointSerialNumber = try json.optionalString("chargePointSerialNumber")
            self.firmwareVersion = try json.optionalString("firmwareVersion")
        }

        package func write(to out: inout JSONWriter) {
            out.field("chargePointVendor", self.chargePointVendor)
            out.field("chargePointModel", self.chargePointModel)
            out.field("chargePointSerialNumber", self.chargePointSerialNumber)
            out.field("firmwareVersion", self.firmwareVersion)
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

    package struct DataTransferRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "DataTransfer"
        package var vendorId: String
        package var messageId: String?
        package var data: String?

        package init(vendorId: String, messageId: String?, data: String?) {
            self.vendorId = vendorId
            self.messageId = messageId
            self.data = data
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.vendorId = try json.string("vendorId")
            self.messageId = try json.optionalString("messageId")
            self.data = json["data"]?.string
        }

        package func write(to out: inout JSONWriter) {
            out.field("vendorId", self.vendorId)
            out.field("messageId", self.messageId)
            out.field("data", self.data)
        }
    }
}
