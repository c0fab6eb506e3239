extension V2 {
    /// 2.1: a grid event at the inverter; it shrinks what may be sold (R05).
    package struct NotifyDERAlarmRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "NotifyDERAlarm"
        package var controlType = ""
        package var gridEventFault: String?
        package var alarmEnded: Bool?
        package var timestamp = DateTime(microseconds: 0)
        package var extraInfo: String?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("controlType", \.controlType, of: DERWords.controls),
            .init("gridEventFault", \.gridEventFault, of: DERWords.faults), .init("alarmEnded", \.alarmEnded),
            .init("timestamp", \.timestamp), .init("extraInfo", \.extraInfo, length: 200),
        ]
    }
}
