/// A number in thousandths, exact: 49.952 Hz is 49952. All decimals of OCPP that we use fit it.
package struct Milli: Hashable, Sendable, Comparable {
    package var thousandths: Int

    package init(thousandths: Int) {
        self.thousandths = thousandths
    }

    package init(_ whole: Int) {
        self.thousandths = whole * 1_000
    }

    /// Rounded to the nearest whole number, half away from zero.
    package var rounded: Int {
        self.thousandths >= 0
            ? (self.thousandths + 500) / 1_000 : -((-self.thousandths + 500) / 1_000)
    }

    package static let zero = Milli(thousandths: 0)
    /// What is read lies within this (10¹⁵ units): sums and roundings of a few cannot overflow.
    package static let most = 1_000_000_000_000_000_000
    package static func < (lhs: Milli, rhs: Milli) -> Bool { lhs.thousandths < rhs.thousandths }

    /// `self · 10^exponent`, nil when it leaves the range; what is below a thousandth is rounded away.
    package func scaled(by exponent: Int) -> Milli? {
        guard (-12...12).contains(exponent) else { return nil }
        var value = self.thousandths
        for _ in 0..<max(exponent, 0) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow || product.magnitude > Self.most { return nil }
            value = product
        }
        var divisor = 1
        for _ in 0..<max(-exponent, 0) { divisor *= 10 }
        let half = divisor / 2
        return Milli(
            thousandths: value >= 0 ? (value + half) / divisor : -((-value + half) / divisor))
    }

    /// Reads a JSON number (also `7.4e3`), rounding beyond the third decimal; nil for anything else.
    package init?(text bytes: some Collection<UInt8>) {
        var reader = MilliReader()
        for byte in bytes where !reader.take(byte) { return nil }
        guard let value = reader.value else { return nil }
        self = value
    }
}

/// Takes a number digit by digit.
private struct MilliReader {
    private var isNegative = false
    private var mantissa = 0
    private var decimals = 0
    private var digits = 0
    private var inFraction = false
    private var inExponent = false
    private var exponentIsNegative = false
    private var exponent = 0
    private var exponentDigits = 0
    private var count = 0

    mutating func take(_ byte: UInt8) -> Bool {
        self.count += 1
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            return self.digit(Int(byte - UInt8(ascii: "0")))
        case UInt8(ascii: "-"):
            if self.count == 1 { self.isNegative = true; return true }
            guard self.inExponent, self.exponentDigits == 0, !self.exponentIsNegative else {
                return false
            }
            self.exponentIsNegative = true
            return true
        case UInt8(ascii: "+"):
            return self.inExponent && self.exponentDigits == 0 && !self.exponentIsNegative
        case UInt8(ascii: "."):
            guard !self.inFraction, !self.inExponent, self.digits > 0 else { return false }
            self.inFraction = true
            return true
        case UInt8(ascii: "e"), UInt8(ascii: "E"):
            guard !self.inExponent, self.digits > 0 else { return false }
            self.inExponent = true
            return true
        default:
            return false
        }
    }

    private mutating func digit(_ value: Int) -> Bool {
        if self.inExponent {
            self.exponentDigits += 1
            self.exponent = min(self.exponent * 10 + value, 1_000)
            return true
        }
        self.digits += 1
        guard self.mantissa < Int.max / 100 else {
            // Digits beyond the range: in a fraction they do not matter, before it they do.
            return self.inFraction
        }
        self.mantissa = self.mantissa * 10 + value
        if self.inFraction { self.decimals += 1 }
        return true
    }

    var value: Milli? {
        guard self.digits > 0, !self.inExponent || self.exponentDigits > 0 else { return nil }
        let shift = 3 - self.decimals + (self.exponentIsNegative ? -self.exponent : self.exponent)
        let signed = self.isNegative ? -self.mantissa : self.mantissa
        if signed == 0 || shift < -18 { return .zero }
        var value = signed
        if shift >= 0 {
            for _ in 0..<shift {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                value = product
            }
            guard value.magnitude <= Milli.most else { return nil }
            return Milli(thousandths: value)
        }
        var divisor = 1
        for _ in 0..<(-shift) { divisor *= 10 }
        let half = divisor / 2
        guard value.magnitude / UInt(divisor) <= Milli.most else { return nil }
        // Quotient and rest apart: the sum with the half must not leave the range.
        let up = value.magnitude % UInt(divisor) >= UInt(half) && divisor > 1 ? 1 : 0
        let rounded = Int(value.magnitude / UInt(divisor)) + up
        return Milli(thousandths: value >= 0 ? rounded : -rounded)
    }
}
