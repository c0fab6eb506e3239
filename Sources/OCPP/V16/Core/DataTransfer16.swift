extension V16 {
    /// What a vendor adds; a string on 1.6.
    package struct DataTransferRequest: TableRequest {
        package typealias Answer = DataTransferResponse
        package static let action = "DataTransfer"
        package var vendorId = ""
        package var messageId: String?
        package var data: String?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("vendorId", \.vendorId, length: 255), .init("messageId", \.messageId, length: 50),
            .init("data", \.data),
        ]
    }

    package struct DataTransferResponse: Table {
        package var status = ""
        package var data: String?
        package init() {}
        package init(_ status: String) { self.status = status }
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]),
            .init("data", \.data),
        ]
    }
}
