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
    guard weights.count > 1 else { return weights.isEmpty ? [] : [total] }
    let sum = weights.reduce(0, +)
    guard sum > 0 else { return [total] + Array(repeating: 0, count: weights.count - 1) }
    let magnitude = Int(total.magnitude)
    var parts: [Int] = []
    var remainders: [Int] = []
    parts.reserveCapacity(weights.count)
    remainders.reserveCapacity(weights.count)
    var given = 0
    for weight in weights {
        precondition(weight >= 0, "weights are not negative")
        let product = magnitude.multipliedFullWidth(by: weight)
        let (part, remainder) = sum.dividingFullWidth(product)
        parts.append(part)
        remainders.append(remainder)
        given += part
    }
    for index in largest(magnitude - given, of: remainders, below: sum) { parts[index] += 1 }
    return total < 0 ? parts.map { -$0 } : parts
}

/// Where the `count` largest remainders are, of equal ones the first: without sorting them all, since a payment is shared
/// among a million cars.
private func largest(_ count: Int, of remainders: [Int], below sum: Int) -> [Int] {
    guard count > 0 else { return [] }
    // By their leading bits into at most 8,192 buckets: only the bucket in which the count is reached is sorted.
    let shift = max(0, Int.bitWidth - sum.leadingZeroBitCount - 12)
    var sizes = Array(repeating: 0, count: (sum >> shift) + 1)
    for remainder in remainders { sizes[remainder >> shift] += 1 }
    var edge = sizes.count - 1
    var above = 0
    while edge > 0, above + sizes[edge] < count {
        above += sizes[edge]
        edge -= 1
    }
    var chosen: [Int] = []
    var candidates: [Int] = []
    chosen.reserveCapacity(count)
    for (index, remainder) in remainders.enumerated() where remainder >> shift >= edge {
        if remainder >> shift > edge { chosen.append(index) } else { candidates.append(index) }
    }
    candidates.sort { (remainders[$0], $1) > (remainders[$1], $0) }
    return chosen + candidates.prefix(count - above)
}
