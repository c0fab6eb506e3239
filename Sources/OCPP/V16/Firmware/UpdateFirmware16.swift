extension V16 {
    /// Unsigned firmware.
    package struct UpdateFirmwareRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "UpdateFirmware"
        package var location = ""
        package var retries: Int?
        package var retrieveDate = DateTime(microseconds: 0)
        package var retryInterval: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("location", \.location), .init("retries", \.retries), .init("retrieveDate", \.retrieveDate),
            .init("retryInterval", \.retryInterval),
        ]
    }
}
