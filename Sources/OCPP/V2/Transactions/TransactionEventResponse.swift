extension V2 {
    /// The answer to a TransactionEvent: whether the token may charge, and what it costs so far.
    package struct TransactionEventResponse: Table {
        /// In the tariff's currency.
        package var totalCost: Milli?
        package var chargingPriority: Int?
        package var idTokenInfo: IdTokenInfo?
        package var updatedPersonalMessage: MessageContent?
        package var updatedPersonalMessageExtra: [MessageContent]?
        package var transactionLimit: TransactionLimit?
        package init() {}
        package init(status: String?) { self.idTokenInfo = status.map { IdTokenInfo($0) } }
        package static let fields: [Field<Self>] = [
            .init("totalCost", \.totalCost), .init("chargingPriority", \.chargingPriority),
            .init("idTokenInfo", \.idTokenInfo), .init("transactionLimit", \.transactionLimit, since: .v21),
            .init("updatedPersonalMessage", \.updatedPersonalMessage),
            .init(
                "updatedPersonalMessageExtra", \.updatedPersonalMessageExtra, items: 1...4, since: .v21),
        ]
    }

    /// 2.1: where a transaction ends by itself.
    package struct TransactionLimit: Table {
        package var maxCost: Milli?
        /// Wh.
        package var maxEnergy: Milli?
        /// s.
        package var maxTime: Int?
        package var maxSoC: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("maxCost", \.maxCost), .init("maxEnergy", \.maxEnergy), .init("maxTime", \.maxTime),
            .init("maxSoC", \.maxSoC, least: 0, greatest: 100),
        ]
    }
}
