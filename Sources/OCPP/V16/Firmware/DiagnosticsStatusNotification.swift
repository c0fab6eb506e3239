extension V16 {
    /// How far the upload of diagnostics is.
    package struct DiagnosticsStatusNotificationRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "DiagnosticsStatusNotification"
        package var status = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["Idle", "Uploaded", "UploadFailed", "Uploading"])
        ]
    }
}
