extension V2 {
    /// Keeps an EVSE for a token (H01).
    package struct ReserveNowRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ReserveNow"
        package static let statuses = ["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"]
        package static let connectorTypes = [
            "cCCS1", "cCCS2", "cG105", "cTesla", "cType1", "cType2", "s309-1P-16A", "s309-1P-32A", "s309-3P-16A",
            "s309-3P-32A", "sBS1361", "sCEE-7-7", "sType2", "sType3", "Other1PhMax16A", "Other1PhOver16A", "Other3Ph",
            "Pan", "wInductive", "wResonant", "Undetermined", "Unknown",
        ]
        package var id = 0
        package var expiryDateTime = DateTime(microseconds: 0)
        package var connectorType: String?
        package var evseId: Int?
        package var idToken = IdToken("", type: "")
        package var groupIdToken: IdToken?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("id", \.id, least: 0), .init("expiryDateTime", \.expiryDateTime),
            .init("connectorType", \.connectorType, length: 20, of201: Self.connectorTypes),
            .init("idToken", \.idToken),
            .init("evseId", \.evseId, least: 0), .init("groupIdToken", \.groupIdToken),
        ]
    }
}
