extension V2 {
    /// 2.1: somebody pays for an EVSE on the web (C25).
    package struct NotifyWebPaymentStartedRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "NotifyWebPaymentStarted"
        package var evseId = 0
        /// s.
        package var timeout = 0
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("evseId", \.evseId, least: 0), .init("timeout", \.timeout),
        ]
    }
}
