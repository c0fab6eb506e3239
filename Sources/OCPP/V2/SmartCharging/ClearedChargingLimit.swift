extension V2 {
    /// The outside limit is gone (K13).
    package struct ClearedChargingLimitRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "ClearedChargingLimit"
        package var chargingLimitSource = ""
        package var evseId: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("chargingLimitSource", \.chargingLimitSource, length: 20, of201: V2.limitSources),
            .init("evseId", \.evseId, least: 0),
        ]
    }
}
