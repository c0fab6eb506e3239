extension V16 {
    /// Keeps a connector for a tag.
    package struct ReserveNowRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ReserveNow"
        package static let statuses = ["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"]
        package var connectorId = 0
        package var expiryDate = DateTime(microseconds: 0)
        package var idTag = ""
        package var parentIdTag: String?
        package var reservationId = 0
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("connectorId", \.connectorId), .init("expiryDate", \.expiryDate), .init("idTag", \.idTag, length: 20),
            .init("parentIdTag", \.parentIdTag, length: 20), .init("reservationId", \.reservationId),
        ]
    }
}
