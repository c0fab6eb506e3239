extension V16 {
    /// A charge point starts.
    package struct BootNotificationRequest: TableRequest {
        package typealias Answer = BootNotificationResponse
        package static let action = "BootNotification"
        package var chargePointVendor = ""
        package var chargePointModel = ""
        package var chargePointSerialNumber: String?
        package var chargeBoxSerialNumber: String?
        package var firmwareVersion: String?
        package var iccid: String?
        package var imsi: String?
        package var meterType: String?
        package var meterSerialNumber: String?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("chargePointVendor", \.chargePointVendor, length: 20),
            .init("chargePointModel", \.chargePointModel, length: 20),
            .init("chargePointSerialNumber", \.chargePointSerialNumber, length: 25),
            .init("chargeBoxSerialNumber", \.chargeBoxSerialNumber, length: 25),
            .init("firmwareVersion", \.firmwareVersion, length: 50), .init("iccid", \.iccid, length: 20),
            .init("imsi", \.imsi, length: 20), .init("meterType", \.meterType, length: 25),
            .init("meterSerialNumber", \.meterSerialNumber, length: 25),
        ]
    }

    package struct BootNotificationResponse: Table {
        package var currentTime = DateTime(microseconds: 0)
        /// Heartbeat interval when accepted, else the wait before the next try; s.
        package var interval = 0
        package var status = ""
        package init() {}
        package init(currentTime: DateTime, interval: Int, status: String) {
            self.currentTime = currentTime
            self.interval = interval
            self.status = status
        }
        package static let fields: [Field<Self>] = [
            .init("currentTime", \.currentTime), .init("interval", \.interval),
            .init("status", \.status, of: ["Accepted", "Pending", "Rejected"]),
        ]
    }
}
