extension V2 {
    /// 2.1: which controls stand (R04).
    package struct GetDERControlRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "GetDERControl"
        package static let statuses = ["Accepted", "Rejected", "NotSupported", "NotFound"]
        package var requestId = 0
        package var isDefault: Bool?
        package var controlType: String?
        package var controlId: String?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("requestId", \.requestId), .init("isDefault", \.isDefault),
            .init("controlType", \.controlType, of: DERWords.controls), .init("controlId", \.controlId, length: 36),
        ]
    }
}
