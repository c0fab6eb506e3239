extension V2 {
    /// Power or current over time; at most one of its price fields.
    package struct ChargingSchedule: Table {
        package struct LimitAtSoC: Table {
            /// Percent.
            package var soc = 0
            package var limit = Milli.zero
            package init() {}
            package init(soc: Int, limit: Milli) {
                self.soc = soc
                self.limit = limit
            }
            package static let fields: [Field<Self>] = [
                .init("soc", \.soc, least: 0, greatest: 100), .init("limit", \.limit),
            ]
        }

        package var id = 0
        package var chargingRateUnit = ChargingRateUnit.watts
        package var startSchedule: DateTime?
        /// Seconds; of a Dynamic profile the watchdog since the last update (K28.FR.13).
        package var duration: Int?
        package var chargingSchedulePeriod: [ChargingSchedulePeriod] = []
        package var minChargingRate: Milli?
        /// 2.1: caps limit and setpoint from that state of charge on (K01.FR.100).
        package var limitAtSoC: LimitAtSoC?
        package var powerTolerance: Milli?
        package var signatureId: Int?
        package var digestValue: String?
        /// 2.1: the zone of `startSchedule` is disregarded (K01.FR.90).
        package var useLocalTime: Bool?
        /// 2.1; s; shifts every period but the first (K01.FR.92, 95).
        package var randomizedDelay: Int?
        package var salesTariff: SalesTariff?
        package var absolutePriceSchedule: AbsolutePriceSchedule?
        package var priceLevelSchedule: PriceLevelSchedule?

        package init() {}

        package init(
            id: Int, unit: ChargingRateUnit, startSchedule: DateTime? = nil, duration: Int? = nil,
            periods: [ChargingSchedulePeriod]
        ) {
            self.id = id
            self.chargingRateUnit = unit
            self.startSchedule = startSchedule
            self.duration = duration
            self.chargingSchedulePeriod = periods
        }

        package static let fields: [Field<Self>] = [
            .init("id", \.id), .init("startSchedule", \.startSchedule), .init("duration", \.duration),
            .init("chargingRateUnit", \.chargingRateUnit),
            .init("chargingSchedulePeriod", \.chargingSchedulePeriod, items: 1...1_024),
            .init("minChargingRate", \.minChargingRate), .init("limitAtSoC", \.limitAtSoC, since: .v21),
            .init("powerTolerance", \.powerTolerance, since: .v21),
            .init("signatureId", \.signatureId, least: 0, since: .v21),
            .init("digestValue", \.digestValue, length: 88, since: .v21),
            .init("useLocalTime", \.useLocalTime, since: .v21),
            .init("randomizedDelay", \.randomizedDelay, least: 0, since: .v21), .init("salesTariff", \.salesTariff),
            .init("absolutePriceSchedule", \.absolutePriceSchedule, since: .v21),
            .init("priceLevelSchedule", \.priceLevelSchedule, since: .v21),
        ]

        package func conflict(in version: OCPPVersion) -> OCPPError? {
            let prices = [
                self.salesTariff != nil, self.absolutePriceSchedule != nil, self.priceLevelSchedule != nil,
            ].count { $0 }
            return prices > 1 ? OCPPError(.propertyConstraintViolation, "a schedule has one kind of prices") : nil
        }
    }
}
