extension V2 {
    /// 2.1: the tariff of an EVSE (I07).
    package struct SetDefaultTariffRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "SetDefaultTariff"
        package static let statuses = [
            "Accepted", "Rejected", "TooManyElements", "ConditionNotSupported", "DuplicateTariffId",
        ]
        package var evseId = 0
        package var tariff = Tariff()
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("evseId", \.evseId, least: 0), .init("tariff", \.tariff),
        ]
    }
}
