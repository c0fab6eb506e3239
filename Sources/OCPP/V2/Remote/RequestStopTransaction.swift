extension V2 {
    /// Ends a transaction from afar (F03).
    package struct RequestStopTransactionRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "RequestStopTransaction"
        package var transactionId = ""
        package init() {}
        package init(transactionId: String) { self.transactionId = transactionId }
        package static let fields: [Field<Self>] = [.init("transactionId", \.transactionId, length: 36)]
    }
}
