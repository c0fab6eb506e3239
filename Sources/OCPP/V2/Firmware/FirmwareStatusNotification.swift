extension V2 {
    /// How far the update is (L01).
    package struct FirmwareStatusNotificationRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "FirmwareStatusNotification"
        package static let statuses = [
            "Downloaded", "DownloadFailed", "Downloading", "DownloadScheduled", "DownloadPaused", "Idle",
            "InstallationFailed", "Installing", "Installed", "InstallRebooting", "InstallScheduled",
            "InstallVerificationFailed", "InvalidSignature", "SignatureVerified",
        ]
        package var status = ""
        package var requestId: Int?
        package var statusInfo: StatusInfo?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: Self.statuses), .init("requestId", \.requestId),
            .init("statusInfo", \.statusInfo, since: .v21),
        ]
    }
}
