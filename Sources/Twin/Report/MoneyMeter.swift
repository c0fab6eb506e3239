import Domain

/// Sums power × time × price without losing anything: whole micro-units and what is left of the next one.
struct MoneyMeter: Hashable, Sendable {
    /// Watt-milliseconds of a MWh (or of one MW held for an hour).
    private static let unit = 3_600_000_000_000
    private(set) var microUnits = 0
    private var remainder = 0

    /// Adds `watts` for `milliseconds` at `price` micro-units per MWh (or MW and hour). Signs multiply.
    mutating func add(watts: Int, milliseconds: Int, price: Int) {
        let energy = watts * milliseconds
        let isNegative = (energy < 0) != (price < 0)
        let product = energy.magnitude.multipliedFullWidth(by: price.magnitude)
        let (quotient, rest) = UInt(Self.unit).dividingFullWidth(product)
        self.microUnits += isNegative ? -Int(quotient) : Int(quotient)
        self.remainder += isNegative ? -Int(rest) : Int(rest)
        let carry = self.remainder / Self.unit
        self.microUnits += carry
        self.remainder -= carry * Self.unit
    }
}
