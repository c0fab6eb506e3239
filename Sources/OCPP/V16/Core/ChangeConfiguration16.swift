extension V16 {
    /// Sets one configuration key.
    package struct ChangeConfigurationRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ChangeConfiguration"
        package static let statuses = ["Accepted", "Rejected", "RebootRequired", "NotSupported"]
        package var key = ""
        package var value = ""
        package init() {}
        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }
        package static let fields: [Field<Self>] = [
            .init("key", \.key, length: 50), .init("value", \.value, length: 500),
        ]
    }
}
