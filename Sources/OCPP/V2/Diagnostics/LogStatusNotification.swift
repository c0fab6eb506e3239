extension V2 {
    /// How far the upload is (N01).
    package struct LogStatusNotificationRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "LogStatusNotification"
        package var status = ""
        package var requestId: Int?
        package var statusInfo: StatusInfo?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init(
                "status", \.status,
                of: [
                    "BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure",
                    "Uploading", "AcceptedCanceled",
                ]),
            .init("requestId", \.requestId), .init("statusInfo", \.statusInfo, since: .v21),
        ]
    }
}
