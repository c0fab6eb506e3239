extension V2 {
    /// 2.1: the driver asked for priority charging at the station, or gave it up (K22).
    package struct NotifyPriorityChargingRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "NotifyPriorityCharging"
        package var transactionId = ""
        package var activated = false
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("transactionId", \.transactionId, length: 36), .init("activated", \.activated),
        ]
    }
}
