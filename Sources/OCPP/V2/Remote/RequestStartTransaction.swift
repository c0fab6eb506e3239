extension V2 {
    /// Starts a transaction from afar, with a profile where it is to be limited from its first second (F01, F02).
    package struct RequestStartTransactionRequest: TableRequest {
        package typealias Answer = RequestStartTransactionResponse
        package static let action = "RequestStartTransaction"
        package var remoteStartId = 0
        package var idToken = IdToken("", type: "")
        package var evseId: Int?
        package var groupIdToken: IdToken?
        package var chargingProfile: ChargingProfile?
        package init() {}
        package init(remoteStartId: Int, idToken: IdToken, evseId: Int?) {
            self.remoteStartId = remoteStartId
            self.idToken = idToken
            self.evseId = evseId
        }
        package static let fields: [Field<Self>] = [
            .init("remoteStartId", \.remoteStartId), .init("idToken", \.idToken),
            .init("evseId", \.evseId, least: 1), .init("groupIdToken", \.groupIdToken),
            .init("chargingProfile", \.chargingProfile),
        ]
    }

    package struct RequestStartTransactionResponse: Table {
        package var status = ""
        package var transactionId: String?
        package var statusInfo: StatusInfo?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["Accepted", "Rejected"]),
            .init("transactionId", \.transactionId, length: 36), .init("statusInfo", \.statusInfo),
        ]
    }
}
