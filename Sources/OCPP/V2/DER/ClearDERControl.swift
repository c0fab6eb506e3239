extension V2 {
    /// 2.1: removes controls (R04.FR.41–46).
    package struct ClearDERControlRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ClearDERControl"
        package static let statuses = ["Accepted", "Rejected", "NotSupported", "NotFound"]
        package var isDefault = false
        package var controlType: String?
        package var controlId: String?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("isDefault", \.isDefault), .init("controlType", \.controlType, of: DERWords.controls),
            .init("controlId", \.controlId, length: 36),
        ]
    }
}
