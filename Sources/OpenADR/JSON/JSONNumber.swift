/// A JSON number by its own digits, so that `0.10` and `1e3` survive a round trip as written.
package struct JSONNumber: Hashable, Sendable {
    /// The number as JSON writes it.
    package let text: String

    /// For the parser, which has checked the grammar.
    init(checked text: String) {
        self.text = text
    }

    /// A whole number without a decimal point, such as an interval's id.
    package init(_ value: Int) {
        self.text = String(value)
    }

    /// A payload number with a decimal point, as strict peers want it (fact sheet 1.9, defect 11).
    /// `value` must be finite.
    package init(decimal value: Double) {
        precondition(value.isFinite, "JSON has no infinity")
        self.text = value.description
    }

    /// `scaled` ÷ 10^`decimals`, exact, always with a decimal point: 250,000 W with 3 → `250.0` kW.
    package init(scaled: Int, decimals: Int) {
        precondition((1...18).contains(decimals), "between 1 and 18 decimals")
        var digits = String(scaled.magnitude)
        if digits.count <= decimals {
            digits = String(repeating: "0", count: decimals + 1 - digits.count) + digits
        }
        let whole = digits.dropLast(decimals)
        var fraction = String(digits.suffix(decimals))
        while fraction.count > 1, fraction.last == "0" { fraction.removeLast() }
        self.text = "\(scaled < 0 ? "-" : "")\(whole).\(fraction)"
    }

    /// The nearest double; nil where the number is out of its range.
    package var double: Double? {
        guard let value = Double(self.text), value.isFinite else { return nil }
        return value
    }

    /// The number where it is whole and fits, however it is written (`5`, `5.0`, `5e0`).
    package var int: Int? {
        guard let value = self.scaled(decimals: 0, exact: true) else { return nil }
        return value
    }

    /// The number × 10^`decimals`, rounded half away from zero, exact in decimal arithmetic:
    /// `41.5` with 6 → 41,500,000. Nil where it does not fit, or is not whole and `exact` asks for it.
    package func scaled(decimals: Int, exact: Bool = false) -> Int? {
        let bytes = Array(self.text.utf8)
        let negative = bytes.first == 0x2D
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        var index = negative ? 1 : 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x2E {
                point = digits.count
            } else if byte == 0x65 || byte == 0x45 {
                guard let power = Int(String(decoding: bytes[(index + 1)...], as: UTF8.self)),
                    power.magnitude < 1_000
                else { return nil }
                exponent = power
                break
            } else {
                digits.append(byte - 0x30)
            }
            index += 1
        }
        // The value is digits × 10^(shift); shift it to the wanted scale.
        let shift = exponent + decimals - (digits.count - (point ?? digits.count))
        guard let magnitude = Self.shifted(digits, by: shift, exact: exact) else { return nil }
        return negative ? -magnitude : magnitude
    }

    private static func shifted(_ digits: [UInt8], by shift: Int, exact: Bool) -> Int? {
        let kept = shift >= 0 ? digits.count : max(0, digits.count + shift)
        var value = 0
        for digit in digits[..<kept] {
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(digit))
            guard !over, !carry else { return nil }
            value = sum
        }
        if shift >= 0 {
            for _ in 0..<shift where value != 0 {
                let (product, over) = value.multipliedReportingOverflow(by: 10)
                guard !over else { return nil }
                value = product
            }
            return value
        }
        let dropped = digits[kept...]
        if exact { return dropped.allSatisfy { $0 == 0 } ? value : nil }
        // The first digit dropped decides, unless zeros stand before all digits.
        let rounds = digits.count + shift >= 0 && (dropped.first ?? 0) >= 5
        return rounds ? value + 1 : value
    }
}
