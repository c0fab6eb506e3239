/// A set of names that the standard lists and anybody may extend: an unknown name is kept as it is.
package protocol OpenEnumeration: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral,
    CustomStringConvertible
where RawValue == String {
    init(rawValue: String)
}

extension OpenEnumeration {
    package init(stringLiteral value: String) { self.init(rawValue: value) }
    package var description: String { self.rawValue }
}

/// What a payload's values mean. Private strings are legal (Definition 3.1.0, enumerations).
package struct PayloadType: OpenEnumeration {
    package var rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    // Events.
    package static let simple: PayloadType = "SIMPLE"
    package static let price: PayloadType = "PRICE"
    package static let exportPrice: PayloadType = "EXPORT_PRICE"
    package static let chargeStateSetpoint: PayloadType = "CHARGE_STATE_SETPOINT"
    package static let dispatchSetpoint: PayloadType = "DISPATCH_SETPOINT"
    package static let dispatchSetpointRelative: PayloadType = "DISPATCH_SETPOINT_RELATIVE"
    package static let dispatchInstruction: PayloadType = "DISPATCH_INSTRUCTION"
    package static let controlSetpoint: PayloadType = "CONTROL_SETPOINT"
    package static let curve: PayloadType = "CURVE"
    package static let ols: PayloadType = "OLS"
    package static let importCapacityReservation: PayloadType = "IMPORT_CAPACITY_RESERVATION"
    package static let importCapacityReservationFee: PayloadType = "IMPORT_CAPACITY_RESERVATION_FEE"
    package static let exportCapacityReservation: PayloadType = "EXPORT_CAPACITY_RESERVATION"
    package static let exportCapacityReservationFee: PayloadType = "EXPORT_CAPACITY_RESERVATION_FEE"
    package static let alertGridEmergency: PayloadType = "ALERT_GRID_EMERGENCY"

    // Reports.
    package static let reading: PayloadType = "READING"
    package static let setpoint: PayloadType = "SETPOINT"
    package static let deltaUsage: PayloadType = "DELTA_USAGE"
    package static let baseline: PayloadType = "BASELINE"
    package static let operatingState: PayloadType = "OPERATING_STATE"
    package static let upRegulationAvailable: PayloadType = "UP_REGULATION_AVAILABLE"
    package static let downRegulationAvailable: PayloadType = "DOWN_REGULATION_AVAILABLE"
    package static let regulationSetpoint: PayloadType = "REGULATION_SETPOINT"
    package static let storageUsableCapacity: PayloadType = "STORAGE_USABLE_CAPACITY"
    package static let storageChargeLevel: PayloadType = "STORAGE_CHARGE_LEVEL"
    package static let storageMaxDischargePower: PayloadType = "STORAGE_MAX_DISCHARGE_POWER"
    package static let storageMaxChargePower: PayloadType = "STORAGE_MAX_CHARGE_POWER"
    package static let dataQuality: PayloadType = "DATA_QUALITY"

    /// Whether several values split an interval evenly; those of the other types belong together (UG 7.4).
    /// A private type is taken as one whole, because nothing says what its values are.
    package var isScalar: Bool {
        switch self {
        case .simple, .price, .exportPrice, .chargeStateSetpoint, .dispatchSetpoint,
            .dispatchSetpointRelative, .controlSetpoint, .importCapacityReservation,
            .importCapacityReservationFee, .exportCapacityReservation,
            .exportCapacityReservationFee,
            "PRICE_ALTERNATE", "GHG", "CONTROL_LEVEL_OFFSET", "CONTROL_LEVEL_OFFSET_PERCENT",
            "IMPORT_CAPACITY_SUBSCRIPTION", "IMPORT_CAPACITY_AVAILABLE",
            "IMPORT_CAPACITY_AVAILABLE_PRICE", "EXPORT_CAPACITY_SUBSCRIPTION",
            "EXPORT_CAPACITY_AVAILABLE", "EXPORT_CAPACITY_AVAILABLE_PRICE", "IMPORT_CAPACITY_LIMIT",
            "EXPORT_CAPACITY_LIMIT":
            true
        default: false
        }
    }
}

/// How a reported value came about.
package struct ReadingType: OpenEnumeration {
    package var rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package static let directRead: ReadingType = "DIRECT_READ"
    package static let mean: ReadingType = "MEAN"
    package static let summed: ReadingType = "SUMMED"
    package static let forecast: ReadingType = "FORECAST"
}

/// What a value counts in.
package struct Unit: OpenEnumeration {
    package var rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package static let kilowatt: Unit = "KW"
    package static let kilowattHour: Unit = "KWH"
    package static let percent: Unit = "PERCENT"
}

/// The kinds of object that a VTN keeps.
package enum ObjectType: String, Hashable, Sendable, CaseIterable {
    case program = "PROGRAM"
    case event = "EVENT"
    case report = "REPORT"
    case subscription = "SUBSCRIPTION"
    case ven = "VEN"
    case resource = "RESOURCE"

    /// The collection's name in a path, such as `programs`.
    package var collection: String { self.rawValue.lowercased() + "s" }
}

/// What was done to an object, as subscriptions and notifications of 3.1 say it.
package enum Operation: String, Hashable, Sendable, CaseIterable {
    case create = "CREATE"
    case read = "READ"
    case update = "UPDATE"
    case delete = "DELETE"
}

/// The id of an object: 1 … 128 letters, digits, `-` and `_`.
package struct ObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let text: String

    /// Nil where the text breaks the pattern, or is `null` or `undefined`, which are slips of a client.
    package init?(_ text: String) {
        let allowed = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte)
                || byte == 0x2D || byte == 0x5F
        }
        guard allowed, (1...128).contains(text.utf8.count), text != "null", text != "undefined"
        else {
            return nil
        }
        self.text = text
    }

    package var description: String { self.text }
    package static func < (lhs: ObjectID, rhs: ObjectID) -> Bool { lhs.text < rhs.text }
}
