extension V2 {
    /// 2.1: another tariff from now on (I11).
    package struct ChangeTransactionTariffRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ChangeTransactionTariff"
        package static let statuses = [
            "Accepted", "Rejected", "TooManyElements", "ConditionNotSupported", "TxNotFound", "NoCurrencyChange",
        ]
        package var transactionId = ""
        package var tariff = Tariff()
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("tariff", \.tariff), .init("transactionId", \.transactionId, length: 36),
        ]
    }
}
