extension V2 {
    /// What is known of a token.
    package struct IdTokenInfo: Table {
        package static let statuses = [
            "Accepted", "Blocked", "ConcurrentTx", "Expired", "Invalid", "NoCredit", "NotAllowedTypeEVSE",
            "NotAtThisLocation", "NotAtThisTime", "Unknown",
        ]
        package var status = ""
        package var cacheExpiryDateTime: DateTime?
        package var chargingPriority: Int?
        package var groupIdToken: IdToken?
        package var language1: String?
        package var language2: String?
        package var evseId: [Int]?
        package var personalMessage: MessageContent?
        package init() {}
        package init(_ status: String) { self.status = status }
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: Self.statuses), .init("cacheExpiryDateTime", \.cacheExpiryDateTime),
            .init("chargingPriority", \.chargingPriority), .init("groupIdToken", \.groupIdToken),
            .init("language1", \.language1, length: 8), .init("language2", \.language2, length: 8),
            .init("evseId", \.evseId, least: 0), .init("personalMessage", \.personalMessage),
        ]
    }
}
