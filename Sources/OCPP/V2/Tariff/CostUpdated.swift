extension V2 {
    /// What a transaction has cost so far, for the display (I02).
    package struct CostUpdatedRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "CostUpdated"
        package var totalCost = Milli.zero
        package var transactionId = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("totalCost", \.totalCost), .init("transactionId", \.transactionId, length: 36),
        ]
    }
}
