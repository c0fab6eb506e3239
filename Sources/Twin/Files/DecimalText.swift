/// Integers in a smaller unit, written as decimals without floating point.
public enum DecimalText {
    /// `value` thousandths: 12345 → `12.345`, 12000 → `12`.
    public static func thousandths(_ value: Int) -> String { self.fraction(value, of: 1_000) }

    /// `value` parts of `unit` (a power of ten), with as many places as it needs: 8050 of 10,000 → `0.805`.
    public static func fraction(_ value: Int, of unit: Int) -> String {
        let magnitude = value.magnitude
        let whole = magnitude / UInt(unit)
        var rest = String(magnitude % UInt(unit))
        let places = String(unit).count - 1
        rest = String(repeating: "0", count: max(places - rest.count, 0)) + rest
        while rest.last == "0" { rest.removeLast() }
        return "\(value < 0 ? "-" : "")\(whole)\(rest.isEmpty ? "" : "." + rest)"
    }
}
