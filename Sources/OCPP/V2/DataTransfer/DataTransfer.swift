extension V2 {
    /// What a vendor adds (P01, P02).
    package struct DataTransferRequest: TableRequest {
        package typealias Answer = DataTransferResponse
        package static let action = "DataTransfer"
        package var vendorId = ""
        package var messageId: String?
        package var data: AnyJSON?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("messageId", \.messageId, length: 50), .init("data", \.data),
            .init("vendorId", \.vendorId, length: 255),
        ]
    }

    package struct DataTransferResponse: Table {
        package var status = ""
        package var data: AnyJSON?
        package var statusInfo: StatusInfo?
        package init() {}
        package init(_ status: String) { self.status = status }
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]),
            .init("statusInfo", \.statusInfo), .init("data", \.data),
        ]
    }
}
