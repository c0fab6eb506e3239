extension V2 {
    /// Does a transaction run, and are messages of it queued (E14)?
    package struct GetTransactionStatusRequest: TableRequest {
        package typealias Answer = GetTransactionStatusResponse
        package static let action = "GetTransactionStatus"
        package var transactionId: String?
        package init() {}
        package static let fields: [Field<Self>] = [.init("transactionId", \.transactionId, length: 36)]
    }

    package struct GetTransactionStatusResponse: Table {
        package var ongoingIndicator: Bool?
        package var messagesInQueue = false
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("ongoingIndicator", \.ongoingIndicator), .init("messagesInQueue", \.messagesInQueue),
        ]
    }
}
