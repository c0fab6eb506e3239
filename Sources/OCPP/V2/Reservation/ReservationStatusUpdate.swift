extension V2 {
    /// A reservation ended without being used (H04).
    package struct ReservationStatusUpdateRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "ReservationStatusUpdate"
        package var reservationId = 0
        package var reservationUpdateStatus = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("reservationId", \.reservationId, least: 0),
            .init(
                "reservationUpdateStatus", \.reservationUpdateStatus, of: ["Expired", "Removed"], new: ["NoTransaction"]
            ),
        ]
    }
}
