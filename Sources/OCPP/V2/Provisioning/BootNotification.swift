extension V2 {
    /// A station starts (B01–B03).
    package struct BootNotificationRequest: TableRequest {
        package typealias Answer = BootNotificationResponse
        package static let action = "BootNotification"

        package struct Modem: Table {
            package var iccid: String?
            package var imsi: String?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("iccid", \.iccid, length: 20), .init("imsi", \.imsi, length: 20),
            ]
        }

        package struct ChargingStation: Table {
            package var vendorName = ""
            package var model = ""
            package var serialNumber: String?
            package var firmwareVersion: String?
            package var modem: Modem?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("vendorName", \.vendorName, length: 50), .init("model", \.model, length: 20),
                .init("serialNumber", \.serialNumber, length: 25),
                .init("firmwareVersion", \.firmwareVersion, length: 50),
                .init("modem", \.modem),
            ]
        }

        /// Stations in the field leave it out.
        package var reason: String?
        package var chargingStation = ChargingStation()
        package init() {}
        package static let fields: [Field<Self>] = [
            .init(
                "reason", \.reason,
                of: [
                    "ApplicationReset", "FirmwareUpdate", "LocalReset", "PowerUp", "RemoteReset", "ScheduledReset",
                    "Triggered", "Unknown", "Watchdog",
                ], needed: [.v201, .v21]),
            .init("chargingStation", \.chargingStation),
        ]
    }

    package struct BootNotificationResponse: Table {
        package var currentTime = DateTime(microseconds: 0)
        /// Heartbeat interval when accepted, else the wait before the next try; s.
        package var interval = 0
        package var status = ""
        package var statusInfo: StatusInfo?
        package init() {}
        package init(currentTime: DateTime, interval: Int, status: String) {
            self.currentTime = currentTime
            self.interval = interval
            self.status = status
        }
        package static let fields: [Field<Self>] = [
            .init("currentTime", \.currentTime), .init("interval", \.interval),
            .init("status", \.status, of: ["Accepted", "Pending", "Rejected"]), .init("statusInfo", \.statusInfo),
        ]
    }
}
