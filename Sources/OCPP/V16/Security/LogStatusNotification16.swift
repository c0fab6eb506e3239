extension V16 {
    /// How far the upload is.
    package struct LogStatusNotificationRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "LogStatusNotification"
        package var status = ""
        package var requestId: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init(
                "status", \.status,
                of: [
                    "BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure",
                    "Uploading",
                ]),
            .init("requestId", \.requestId),
        ]
    }
}
