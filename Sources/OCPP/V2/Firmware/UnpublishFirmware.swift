extension V2 {
    /// Withdraws it (L04).
    package struct UnpublishFirmwareRequest: TableRequest {
        package typealias Answer = UnpublishFirmwareResponse
        package static let action = "UnpublishFirmware"
        package var checksum = ""
        package init() {}
        package static let fields: [Field<Self>] = [.init("checksum", \.checksum, length: 32)]
    }

    package struct UnpublishFirmwareResponse: Table {
        package var status = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["DownloadOngoing", "NoFirmware", "Unpublished"])
        ]
    }
}
