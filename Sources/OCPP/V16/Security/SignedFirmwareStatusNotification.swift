extension V16 {
    /// How far the signed update is.
    package struct SignedFirmwareStatusNotificationRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "SignedFirmwareStatusNotification"
        package var status = ""
        package var requestId: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: V2.FirmwareStatusNotificationRequest.statuses),
            .init("requestId", \.requestId),
        ]
    }
}
