extension V2 {
    /// When a price of energy or time holds.
    package struct TariffConditions: Table {
        package static let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        /// `HH:MM`, local.
        package var startTimeOfDay: String?
        package var endTimeOfDay: String?
        package var dayOfWeek: [String]?
        /// `YYYY-MM-DD`.
        package var validFromDate: String?
        package var validToDate: String?
        package var evseKind: String?
        /// Wh.
        package var minEnergy: Milli?
        package var maxEnergy: Milli?
        package var minCurrent: Milli?
        package var maxCurrent: Milli?
        package var minPower: Milli?
        package var maxPower: Milli?
        /// s.
        package var minTime: Int?
        package var maxTime: Int?
        package var minChargingTime: Int?
        package var maxChargingTime: Int?
        package var minIdleTime: Int?
        package var maxIdleTime: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("startTimeOfDay", \.startTimeOfDay), .init("endTimeOfDay", \.endTimeOfDay),
            .init("dayOfWeek", \.dayOfWeek, items: 1...7, of: Self.days), .init("validFromDate", \.validFromDate),
            .init("validToDate", \.validToDate), .init("evseKind", \.evseKind, of: ["AC", "DC"]),
            .init("minEnergy", \.minEnergy), .init("maxEnergy", \.maxEnergy), .init("minCurrent", \.minCurrent),
            .init("maxCurrent", \.maxCurrent), .init("minPower", \.minPower), .init("maxPower", \.maxPower),
            .init("minTime", \.minTime), .init("maxTime", \.maxTime), .init("minChargingTime", \.minChargingTime),
            .init("maxChargingTime", \.maxChargingTime), .init("minIdleTime", \.minIdleTime),
            .init("maxIdleTime", \.maxIdleTime),
        ]
    }

    /// When a fixed price holds.
    package struct TariffConditionsFixed: Table {
        package var startTimeOfDay: String?
        package var endTimeOfDay: String?
        package var dayOfWeek: [String]?
        package var validFromDate: String?
        package var validToDate: String?
        package var evseKind: String?
        package var paymentBrand: String?
        package var paymentRecognition: String?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("startTimeOfDay", \.startTimeOfDay), .init("endTimeOfDay", \.endTimeOfDay),
            .init("dayOfWeek", \.dayOfWeek, items: 1...7, of: TariffConditions.days),
            .init("validFromDate", \.validFromDate), .init("validToDate", \.validToDate),
            .init("evseKind", \.evseKind, of: ["AC", "DC"]), .init("paymentBrand", \.paymentBrand, length: 20),
            .init("paymentRecognition", \.paymentRecognition, length: 20),
        ]
    }
}
