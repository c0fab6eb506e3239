extension V2 {
    /// Watches a variable (N04, N08); on 2.1 also as a periodic stream.
    package struct SetVariableMonitoringRequest: TableRequest {
        package typealias Answer = SetVariableMonitoringResponse
        package static let action = "SetVariableMonitoring"
        package static let types = ["UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned"]
        package static let newTypes = ["TargetDelta", "TargetDeltaRelative"]

        package struct MonitoringData: Table {
            /// Given to replace a monitor.
            package var id: Int?
            package var periodicEventStream: PeriodicEventStreamParams?
            package var transaction: Bool?
            package var value = Milli.zero
            package var type = ""
            package var severity = 0
            package var component = Component("")
            package var variable = Variable("")
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("id", \.id, least: 0), .init("periodicEventStream", \.periodicEventStream, since: .v21),
                .init("transaction", \.transaction), .init("value", \.value),
                .init(
                    "type", \.type, of: SetVariableMonitoringRequest.types, new: SetVariableMonitoringRequest.newTypes),
                .init("severity", \.severity, least: 0, greatest: 9), .init("component", \.component),
                .init("variable", \.variable),
            ]
        }

        package var setMonitoringData: [MonitoringData] = []
        package init() {}
        package static let fields: [Field<Self>] = [.init("setMonitoringData", \.setMonitoringData)]
    }

    package struct SetVariableMonitoringResponse: Table {
        package struct Result: Table {
            package var id: Int?
            package var statusInfo: StatusInfo?
            package var status = ""
            package var type = ""
            package var component = Component("")
            package var variable = Variable("")
            package var severity = 0
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("id", \.id, least: 0), .init("statusInfo", \.statusInfo),
                .init(
                    "status", \.status,
                    of: [
                        "Accepted", "UnknownComponent", "UnknownVariable", "UnsupportedMonitorType", "Rejected",
                        "Duplicate",
                    ]),
                .init(
                    "type", \.type, of: SetVariableMonitoringRequest.types, new: SetVariableMonitoringRequest.newTypes),
                .init("component", \.component), .init("variable", \.variable),
                .init("severity", \.severity, least: 0, greatest: 9),
            ]
        }

        package var setMonitoringResult: [Result] = []
        package init() {}
        package static let fields: [Field<Self>] = [.init("setMonitoringResult", \.setMonitoringResult)]
    }
}
