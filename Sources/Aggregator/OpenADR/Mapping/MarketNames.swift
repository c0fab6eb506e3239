import Domain
import OpenADR

/// Private strings that this product says where the standard has no word, and number formats for both
/// sides of a capacity market. `Protocols/openadr/STATUS.md` lists them.
enum MarketNames {
    // Programme attributes.
    /// The grid product that is bought, by its id.
    static let product: PayloadType = "PRODUCT"
    /// How long before a block starts bids are taken, as a duration.
    static let gateClosure: PayloadType = "GATE_CLOSURE"

    // Report payloads of a bid.
    static let upPrice: PayloadType = "UP_REGULATION_PRICE"
    static let downPrice: PayloadType = "DOWN_REGULATION_PRICE"
    /// `SUBMITTED` or `REDECLARED`.
    static let bidState: PayloadType = "BID_STATE"
    static let explanation: PayloadType = "EXPLANATION"

    // Report payloads about an award.
    static let awardAcknowledged: PayloadType = "AWARD_ACK"
    static let requestedUsage: PayloadType = "REQUESTED_USAGE"
    static let overDelivery: PayloadType = "OVER_DELIVERY"
    /// Delivered ÷ requested, 0 … 1.
    static let performance: PayloadType = "PERFORMANCE"

    static let bidPrefix = "BID-"
    static let awardPrefix = "AWARD-"
    static let performancePrefix = "PERFORMANCE-"
    static let telemetryName = "TELEMETRY"
    static let acknowledgementName = "AWARD-ACK"

    static func availability(_ direction: Direction) -> PayloadType {
        direction == .up ? .upRegulationAvailable : .downRegulationAvailable
    }

    static func price(_ direction: Direction) -> PayloadType {
        direction == .up ? Self.upPrice : Self.downPrice
    }

    /// Up is towards export, down towards import.
    static func reservation(_ direction: Direction) -> PayloadType {
        direction == .up ? .exportCapacityReservation : .importCapacityReservation
    }

    static func fee(_ direction: Direction) -> PayloadType {
        direction == .up ? .exportCapacityReservationFee : .importCapacityReservationFee
    }

    /// Report units hold the currency too, because a report descriptor has no member for it.
    static func pricePerMegawattHour(_ currency: Currency) -> Unit {
        Unit(rawValue: "\(currency.rawValue)_PER_MW_H")
    }
}

extension ValuesMap {
    /// Power in KW, as its sign stands.
    init(_ type: PayloadType, kilowatts power: Power) {
        self.init(type, scaled: power.watts, decimals: 3)
    }

    /// Energy in KWH to the watt-second, as its sign stands.
    init(_ type: PayloadType, kilowattHours energy: Energy) {
        // 1 kWh is 3.6 million watt-seconds; six decimals of a kWh are 3.6 watt-seconds.
        self.init(type, scaled: roundedDivision(energy.wattSeconds * 10, 36), decimals: 6)
    }

    /// An amount in units of its currency, exact.
    init(_ type: PayloadType, money: Money) {
        self.init(type, scaled: money.microUnits, decimals: 6)
    }

    /// The first value, read as KW.
    var power: Power? { self.number?.scaled(decimals: 3).map(Power.init(watts:)) }
    /// The first value, read as KWH.
    var energy: Energy? {
        self.number?.scaled(decimals: 6).map { Energy(wattSeconds: roundedDivision($0 * 36, 10)) }
    }
}

extension DateTime {
    init(_ instant: Instant) {
        self.init(microseconds: instant.microseconds)
    }

    var instant: Instant { Instant(microseconds: self.microseconds) }
}

extension Instant {
    /// ISO 8601 in UTC.
    var iso8601: String { DateTime(self).text }
}

/// Names one interval of an event in a Domain id: `event.interval`, and `event.interval.up` for one
/// direction. The dot is outside the alphabet of OpenADR ids, so the parts come out again.
struct IntervalReference: Hashable {
    var event: ObjectID
    var interval: Int

    init(event: ObjectID, interval: Int) {
        self.event = event
        self.interval = interval
    }

    /// Nil where the text was not made here.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, let event = ObjectID(String(parts[0])), let interval = Int(parts[1])
        else {
            return nil
        }
        self.event = event
        self.interval = interval
    }

    var text: String { "\(self.event).\(self.interval)" }

    func award(_ direction: Direction) -> AwardID {
        AwardID("\(self.text).\(direction.rawValue)")
    }
}
