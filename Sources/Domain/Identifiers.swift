/// A string id with the kind of thing it names in its type. Ids are strings at the rim, dense indices inside.
public struct Identifier<Kind>: Hashable, Sendable, Comparable, Codable, RawRepresentable,
    ExpressibleByStringLiteral, CustomStringConvertible
{
    public var rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public init(_ rawValue: String) {
        self.rawValue = rawValue
    }

    public init(stringLiteral value: String) {
        self.rawValue = value
    }

    public init(from decoder: any Decoder) throws {
        self.rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.rawValue)
    }

    public var description: String { self.rawValue }
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
    // Written out: what `RawRepresentable` brings along looks its witnesses up at run time.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.rawValue == rhs.rawValue }
    public func hash(into hasher: inout Hasher) { hasher.combine(self.rawValue) }
}

/// The kinds that ids name.
public enum Kind {
    public enum Tenant {}
    public enum Owner {}
    public enum Contract {}
    public enum Site {}
    public enum Station {}
    public enum Vehicle {}
    public enum Token {}
    public enum Worker {}
    public enum Resource {}
    public enum Product {}
    public enum Region {}
    public enum Zone {}
    public enum Bid {}
    public enum Award {}
}

/// Whoever runs a fleet under its own contract with us; nobody sees another tenant's data.
public typealias TenantID = Identifier<Kind.Tenant>
/// A fleet owner, who gets a statement.
public typealias OwnerID = Identifier<Kind.Owner>
public typealias ContractID = Identifier<Kind.Contract>
/// A grid connection point with its own meter and limits.
public typealias SiteID = Identifier<Kind.Site>
/// A charging station, by its OCPP identity.
public typealias StationID = Identifier<Kind.Station>
public typealias VehicleID = Identifier<Kind.Vehicle>
/// What a driver identifies with: an idTag, an RFID UID or an eMAID.
public typealias TokenID = Identifier<Kind.Token>
extension TokenID {
    /// How two spellings of one token compare: OCPP's idTags know no case, and an eMAID is the same with and
    /// without its hyphens (ISO 15118-2, annex H).
    public var folded: TokenID { TokenID(self.rawValue.uppercased().filter { $0 != "-" }) }
}

public typealias WorkerID = Identifier<Kind.Worker>
/// The unit that a grid operator prequalifies and awards (dispatch.md section 1).
public typealias ResourceID = Identifier<Kind.Resource>
/// A grid product, by the id in `Config/regions`, such as `GB-DCL`.
public typealias ProductID = Identifier<Kind.Product>
public typealias RegionID = Identifier<Kind.Region>
public typealias ZoneID = Identifier<Kind.Zone>
public typealias BidID = Identifier<Kind.Bid>
public typealias AwardID = Identifier<Kind.Award>

/// Minted by compare-and-set for the leader of a zone; a lower one is refused everywhere.
public struct Epoch: Hashable, Sendable, Comparable, Codable {
    public var value: UInt32

    public init(_ value: UInt32) {
        self.value = value
    }

    public init(from decoder: any Decoder) throws {
        self.value = try decoder.singleValueContainer().decode(UInt32.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.value)
    }

    public static func < (lhs: Epoch, rhs: Epoch) -> Bool { lhs.value < rhs.value }
}

/// Drawn by a worker at each start; tells its lives apart. Not an ``Epoch``.
public struct Incarnation: Hashable, Sendable, Codable {
    public var value: UInt64

    public init(_ value: UInt64) {
        self.value = value
    }

    public init(from decoder: any Decoder) throws {
        self.value = try decoder.singleValueContainer().decode(UInt64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.value)
    }
}

/// Follows one thing from the utility's signal to the charger's answer: the 16 bytes of a W3C trace id.
public struct TraceID: Hashable, Sendable, Codable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public static let none = TraceID(high: 0, low: 0)

    /// 32 lower-case hexadecimal digits.
    public var hex: String {
        func digits(_ value: UInt64) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return digits(self.high) + digits(self.low)
    }
}
