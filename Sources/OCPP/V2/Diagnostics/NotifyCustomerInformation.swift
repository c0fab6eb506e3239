extension V2 {
    /// What the station keeps (N09).
    package struct NotifyCustomerInformationRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "NotifyCustomerInformation"
        package var data = ""
        package var tbc: Bool?
        package var seqNo = 0
        package var generatedAt = DateTime(microseconds: 0)
        package var requestId = 0
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("data", \.data, length: 512), .init("tbc", \.tbc), .init("seqNo", \.seqNo, least: 0),
            .init("generatedAt", \.generatedAt), .init("requestId", \.requestId, least: 0),
        ]
    }
}
