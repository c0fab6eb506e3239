extension V16 {
    /// Gives a reservation up.
    package struct CancelReservationRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "CancelReservation"
        package var reservationId = 0
        package init() {}
        package static let fields: [Field<Self>] = [.init("reservationId", \.reservationId)]
    }
}
