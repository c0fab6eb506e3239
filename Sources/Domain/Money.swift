/// A currency by its ISO 4217 code, such as `EUR`.
public struct Currency: Hashable, Sendable, Codable, RawRepresentable {
    public var rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public static let eur = Currency(rawValue: "EUR")
    public static let gbp = Currency(rawValue: "GBP")
    public static let usd = Currency(rawValue: "USD")
}

/// An amount of money in millionths of its currency's unit; never a floating-point number.
public struct Money: Hashable, Sendable, Codable {
    public var microUnits: Int
    public var currency: Currency

    public init(microUnits: Int, currency: Currency) {
        self.microUnits = microUnits
        self.currency = currency
    }

    public static func zero(_ currency: Currency) -> Money { Money(microUnits: 0, currency: currency) }

    public static func + (lhs: Money, rhs: Money) -> Money {
        precondition(lhs.currency == rhs.currency, "amounts of two currencies do not add up")
        return Money(microUnits: lhs.microUnits + rhs.microUnits, currency: lhs.currency)
    }

    public static func - (lhs: Money, rhs: Money) -> Money { lhs + -rhs }
    public static prefix func - (value: Money) -> Money {
        Money(microUnits: -value.microUnits, currency: value.currency)
    }

    /// Splits the amount by `weights` (each ≥ 0) so that the parts add up exactly: each part is rounded
    /// towards zero and the units left over go to the largest remainders, ties to the lower index.
    /// With weights that are all zero the first part takes everything.
    public func split(by weights: [Int]) -> [Money] {
        allocate(self.microUnits, by: weights).map { Money(microUnits: $0, currency: self.currency) }
    }

    /// The amount as a decimal string with six places, such as `-12.340000`.
    public var decimal: String {
        let magnitude = self.microUnits.magnitude
        let fraction = String(magnitude % 1_000_000)
        let padded = String(repeating: "0", count: 6 - fraction.count) + fraction
        return "\(self.microUnits < 0 ? "-" : "")\(magnitude / 1_000_000).\(padded)"
    }
}

/// Splits `total` by non-negative `weights` with the largest-remainder rule; the parts add up to `total`.
public func allocate(_ total: Int, by weights: [Int]) -> [Int] {
    guard !weights.isEmpty else { return [] }
    let sum = weights.reduce(0, +)
    guard sum > 0 else { return [total] + Array(repeating: 0, count: weights.count - 1) }
    let magnitude = Int(total.magnitude)
    var parts: [Int] = []
    var remainders: [(remainder: Int, index: Int)] = []
    var given = 0
    for (index, weight) in weights.enumerated() {
        precondition(weight >= 0, "weights are not negative")
        let product = magnitude.multipliedFullWidth(by: weight)
        let (part, remainder) = sum.dividingFullWidth(product)
        parts.append(part)
        remainders.append((remainder, index))
        given += part
    }
    remainders.sort { ($0.remainder, $1.index) > ($1.remainder, $0.index) }
    for entry in remainders.prefix(magnitude - given) {
        parts[entry.index] += 1
    }
    return total < 0 ? parts.map { -$0 } : parts
}
