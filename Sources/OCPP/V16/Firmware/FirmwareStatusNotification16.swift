extension V16 {
    /// How far the firmware update is.
    package struct FirmwareStatusNotificationRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "FirmwareStatusNotification"
        package var status = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init(
                "status", \.status,
                of: [
                    "Downloaded", "DownloadFailed", "Downloading", "Idle", "InstallationFailed", "Installing",
                    "Installed",
                ])
        ]
    }
}
