extension V2 {
    /// How far the publishing is (L03).
    package struct PublishFirmwareStatusNotificationRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "PublishFirmwareStatusNotification"
        package var status = ""
        package var location: [String]?
        package var requestId: Int?
        package var statusInfo: StatusInfo?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init(
                "status", \.status,
                of: [
                    "Idle", "DownloadScheduled", "Downloading", "Downloaded", "Published", "DownloadFailed",
                    "DownloadPaused", "InvalidChecksum", "ChecksumVerified", "PublishFailed",
                ]),
            .init("location", \.location, length: 2_000, length201: 512), .init("requestId", \.requestId, least: 0),
            .init("statusInfo", \.statusInfo, since: .v21),
        ]
    }
}
