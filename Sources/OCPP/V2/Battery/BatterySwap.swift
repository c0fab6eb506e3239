extension V2 {
    /// 2.1: batteries were put in or taken out (S01–S03).
    package struct BatterySwapRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "BatterySwap"

        package struct BatteryData: Table {
            package var evseId = 0
            package var serialNumber = ""
            package var soC = Milli.zero
            package var soH = Milli.zero
            package var productionDate: DateTime?
            package var vendorInfo: String?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("evseId", \.evseId, least: 0), .init("serialNumber", \.serialNumber, length: 50),
                .init("soC", \.soC, least: 0, greatest: 100), .init("soH", \.soH, least: 0, greatest: 100),
                .init("productionDate", \.productionDate), .init("vendorInfo", \.vendorInfo, length: 500),
            ]
        }

        package var batteryData: [BatteryData] = []
        package var eventType = ""
        package var idToken = IdToken("", type: "")
        package var requestId = 0
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("batteryData", \.batteryData),
            .init("eventType", \.eventType, of: ["BatteryIn", "BatteryOut", "BatteryOutTimeout"]),
            .init("idToken", \.idToken), .init("requestId", \.requestId),
        ]
    }
}
