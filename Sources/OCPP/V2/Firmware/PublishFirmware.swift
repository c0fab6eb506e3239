extension V2 {
    /// A local controller is to offer firmware to its stations (L03).
    package struct PublishFirmwareRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "PublishFirmware"
        package var location = ""
        package var retries: Int?
        package var checksum = ""
        package var requestId = 0
        package var retryInterval: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("location", \.location, length: 2_000, length201: 512), .init("retries", \.retries, least: 0),
            .init("checksum", \.checksum, length: 32), .init("requestId", \.requestId, least: 0),
            .init("retryInterval", \.retryInterval, least: 0),
        ]
    }
}
