/// A string id with the kind of thing it names in its type. Ids are strings at the rim, dense indices inside.
package struct Identifier<Kind>: Hashable, Sendable, Comparable, Codable, RawRepresentable,
    ExpressibleByStringLiteral, CustomStringConvertible
{
    package var rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package init(_ rawValue: String) {
        self.rawValue = rawValue
    }

    package init(stringLiteral value: String) {
        self.rawValue = value
    }

    package init(from decoder: any Decoder) throws {
        self.rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.rawValue)
    }

    package var description: String { self.rawValue }
    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
    // Written out: what `RawRepresentable` brings along looks its witnesses up at run time.
    package static func == (lhs: Self, rhs: Self) -> Bool { lhs.rawValue == rhs.rawValue }
    package func hash(into hasher: inout Hasher) { hasher.combine(self.rawValue) }
}

/// The kinds that ids name.
package enum Kind {
    package enum Tenant {}
    package enum Owner {}
    package enum Contract {}
    package enum Site {}
    package enum Station {}
    package enum Vehicle {}
    package enum Token {}
    package enum Worker {}
    package enum Resource {}
    package enum Product {}
    package enum Region {}
    package enum Zone {}
    package enum Bid {}
    package enum Award {}
}

/// Whoever runs a fleet under its own contract with us; nobody sees another tenant's data.
package typealias TenantID = Identifier<Kind.Tenant>
/// A fleet owner, who gets a statement.
package typealias OwnerID = Identifier<Kind.Owner>
package typealias ContractID = Identifier<Kind.Contract>
/// A grid connection point with its own meter and limits.
package typealias SiteID = Identifier<Kind.Site>
/// A charging station, by its OCPP identity.
package typealias StationID = Identifier<Kind.Station>
package typealias VehicleID = Identifier<Kind.Vehicle>
/// What a driver identifies with: an idTag, an RFID UID or an eMAID.
package typealias TokenID = Identifier<Kind.Token>
extension TokenID {
    /// How two spellings of one token compare: OCPP's idTags know no case, and an eMAID is the same with and
    /// without its hyphens (ISO 15118-2, annex H).
    package var folded: TokenID { TokenID(self.rawValue.uppercased().filter { $0 != "-" }) }
}

package typealias WorkerID = Identifier<Kind.Worker>
/// The unit that a grid operator prequalifies and awards (dispatch.md section 1).
package typealias ResourceID = Identifier<Kind.Resource>
/// A grid product, by the id in `Config/regions`, such as `GB-DCL`.
package typealias ProductID = Identifier<Kind.Product>
package typealias RegionID = Identifier<Kind.Region>
package typealias ZoneID = Identifier<Kind.Zone>
package typealias BidID = Identifier<Kind.Bid>
package typealias AwardID = Identifier<Kind.Award>

/// Minted by compare-and-set for the leader of a zone; a lower one is refused everywhere.
package struct Epoch: Hashable, Sendable, Comparable, Codable {
    package var value: UInt32

    package init(_ value: UInt32) {
        self.value = value
    }

    package init(from decoder: any Decoder) throws {
        self.value = try decoder.singleValueContainer().decode(UInt32.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.value)
    }

    package static func < (lhs: Epoch, rhs: Epoch) -> Bool { lhs.value < rhs.value }
}

/// Drawn by a worker at each start; tells its lives apart. Not an ``Epoch``.
package struct Incarnation: Hashable, Sendable, Codable {
    package var value: UInt64

    package init(_ value: UInt64) {
        self.value = value
    }

    package init(from decoder: any Decoder) throws {
        self.value = try decoder.singleValueContainer().decode(UInt64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.value)
    }
}

/// Follows one thing from the utility's signal to the charger's answer: the 16 bytes of a W3C trace id.
package struct TraceID: Hashable, Sendable, Codable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package static let none = TraceID(high: 0, low: 0)

    /// 32 lower-case hexadecimal digits.
    package var hex: String {
        func digits(_ value: UInt64) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return digits(self.high) + digits(self.low)
    }
}
