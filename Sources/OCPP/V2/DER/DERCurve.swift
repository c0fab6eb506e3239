extension V2 {
    /// A curve of a DER control; what x and y are follows from the control.
    package struct DERCurve: Table {
        package struct Point: Table {
            package var x = Milli.zero
            package var y = Milli.zero
            package init() {}
            package init(x: Milli, y: Milli) {
                self.x = x
                self.y = y
            }
            package static let fields: [Field<Self>] = [.init("x", \.x), .init("y", \.y)]
        }

        package struct Hysteresis: Table {
            package var hysteresisHigh: Milli?
            package var hysteresisLow: Milli?
            package var hysteresisDelay: Milli?
            package var hysteresisGradient: Milli?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("hysteresisHigh", \.hysteresisHigh), .init("hysteresisLow", \.hysteresisLow),
                .init("hysteresisDelay", \.hysteresisDelay), .init("hysteresisGradient", \.hysteresisGradient),
            ]
        }

        package struct ReactivePowerParams: Table {
            package var vRef: Milli?
            package var autonomousVRefEnable: Bool?
            package var autonomousVRefTimeConstant: Milli?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("vRef", \.vRef), .init("autonomousVRefEnable", \.autonomousVRefEnable),
                .init("autonomousVRefTimeConstant", \.autonomousVRefTimeConstant),
            ]
        }

        package struct VoltageParams: Table {
            package var hv10MinMeanValue: Milli?
            package var hv10MinMeanTripDelay: Milli?
            package var powerDuringCessation: String?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("hv10MinMeanValue", \.hv10MinMeanValue), .init("hv10MinMeanTripDelay", \.hv10MinMeanTripDelay),
                .init("powerDuringCessation", \.powerDuringCessation, of: ["Active", "Reactive"]),
            ]
        }

        package var curveData: [Point] = []
        package var hysteresis: Hysteresis?
        /// 0 = highest.
        package var priority = 0
        package var reactivePowerParams: ReactivePowerParams?
        package var voltageParams: VoltageParams?
        package var yUnit = ""
        /// s.
        package var responseTime: Milli?
        package var startTime: DateTime?
        /// s.
        package var duration: Milli?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("curveData", \.curveData, items: 1...10), .init("hysteresis", \.hysteresis),
            .init("priority", \.priority, least: 0), .init("reactivePowerParams", \.reactivePowerParams),
            .init("voltageParams", \.voltageParams), .init("yUnit", \.yUnit, of: DERWords.units),
            .init("responseTime", \.responseTime), .init("startTime", \.startTime), .init("duration", \.duration),
        ]
    }
}
