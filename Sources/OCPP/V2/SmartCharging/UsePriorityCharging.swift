extension V2 {
    /// 2.1: the driver overrules V2G: charge at once (K21).
    package struct UsePriorityChargingRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "UsePriorityCharging"
        package static let statuses = ["Accepted", "Rejected", "NoProfile"]
        package var transactionId = ""
        package var activate = false
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("transactionId", \.transactionId, length: 36), .init("activate", \.activate),
        ]
    }
}
