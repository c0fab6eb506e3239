extension V2 {
    /// Gives a reservation up (H02).
    package struct CancelReservationRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "CancelReservation"
        package var reservationId = 0
        package init() {}
        package static let fields: [Field<Self>] = [.init("reservationId", \.reservationId, least: 0)]
    }
}
