extension V16 {
    /// Ends a transaction from afar.
    package struct RemoteStopTransactionRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "RemoteStopTransaction"
        package var transactionId = 0
        package init() {}
        package init(transactionId: Int) { self.transactionId = transactionId }
        package static let fields: [Field<Self>] = [.init("transactionId", \.transactionId)]
    }
}
