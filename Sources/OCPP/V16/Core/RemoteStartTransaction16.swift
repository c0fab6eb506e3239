extension V16 {
    /// Starts a transaction from afar, with a profile where it is to be limited from its first second.
    package struct RemoteStartTransactionRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "RemoteStartTransaction"
        package var connectorId: Int?
        package var idTag = ""
        package var chargingProfile: ChargingProfile?
        package init() {}
        package init(connectorId: Int?, idTag: String) {
            self.connectorId = connectorId
            self.idTag = idTag
        }
        package static let fields: [Field<Self>] = [
            .init("connectorId", \.connectorId), .init("idTag", \.idTag, length: 20),
            .init("chargingProfile", \.chargingProfile),
        ]
    }
}
