extension V2 {
    /// Something that concerns security happened at the station (A04).
    package struct SecurityEventNotificationRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "SecurityEventNotification"
        package var type = ""
        package var timestamp = DateTime(microseconds: 0)
        package var techInfo: String?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("type", \.type, length: 50), .init("timestamp", \.timestamp),
            .init("techInfo", \.techInfo, length: 255),
        ]
    }
}
