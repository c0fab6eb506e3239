extension V2 {
    /// 2.1: the operator's signal, for stations that hold a signal curve (Q08.FR.12).
    package struct AFRRSignalRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "AFRRSignal"
        package var timestamp = DateTime(microseconds: 0)
        package var signal = 0
        package init() {}
        package static let fields: [Field<Self>] = [.init("timestamp", \.timestamp), .init("signal", \.signal)]
    }
}
