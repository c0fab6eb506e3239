/// Numbers and times of the hot path.
extension HotScanner {
    /// Digits that always fit, also in thousandths.
    private static let mostDigits = 15

    /// A JSON number; one out of range is not for this reader.
    mutating func number(_ bytes: Span<UInt8>) -> Milli {
        self.skipSpace(bytes)
        let start = self.at
        if self.at < bytes.count, bytes[self.at] == UInt8(ascii: "-") { self.takeByte() }
        let integer = self.at
        var mantissa = self.digits(bytes)
        if self.at > integer + 1, bytes[integer] == UInt8(ascii: "0") { self.giveUp() }
        var decimals = 0
        if self.at < bytes.count, bytes[self.at] == UInt8(ascii: ".") {
            self.takeByte()
            let fraction = self.at
            mantissa = self.digits(bytes, onto: mantissa)
            decimals = self.at - fraction
        }
        if self.at < bytes.count, bytes[self.at] | 0x20 == UInt8(ascii: "e") {
            self.takeByte()
            if self.at < bytes.count, bytes[self.at] == UInt8(ascii: "+") || bytes[self.at] == UInt8(ascii: "-") {
                self.takeByte()
            }
            _ = self.digits(bytes)
            return self.slow(start..<self.at, bytes) ?? self.noNumber()
        }
        guard self.at - integer <= Self.mostDigits else {
            return self.slow(start..<self.at, bytes) ?? self.noNumber()
        }
        return Self.milli(mantissa, decimals: decimals, isNegative: start != integer)
    }

    /// A whole number, also written `7.0`.
    mutating func int(_ bytes: Span<UInt8>) -> Int {
        let number = self.number(bytes)
        if number.thousandths % 1_000 != 0 { self.giveUp() }
        return number.thousandths / 1_000
    }

    /// The number that a string holds (1.6); nil where it holds something else, which is no fault.
    mutating func numberInText(_ bytes: Span<UInt8>) -> Milli? {
        var at = self.text.lowerBound
        let end = self.text.upperBound
        guard self.text.count <= Self.mostDigits, at < end else { return self.slow(self.text, bytes) }
        let isNegative = bytes[at] == UInt8(ascii: "-")
        if isNegative { at += 1 }
        var mantissa = 0
        var point = -1
        let first = at
        while at < end {
            let byte = bytes[at]
            if byte == UInt8(ascii: "."), point < 0, at > first {
                point = at
            } else if byte >= 48, byte <= 57 {
                mantissa = mantissa &* 10 &+ Int(byte &- 48)
            } else {
                return self.slow(self.text, bytes)
            }
            at += 1
        }
        guard at > first, point != end - 1 else { return self.slow(self.text, bytes) }
        return Self.milli(mantissa, decimals: point < 0 ? 0 : end - 1 - point, isNegative: isNegative)
    }

    /// A time in a string.
    mutating func dateTime(_ bytes: Span<UInt8>) -> DateTime {
        self.string(bytes)
        guard !self.failed, let time = DateTime(bytes.extracting(self.text)) else {
            self.giveUp()
            return DateTime(microseconds: 0)
        }
        return time
    }

    /// At least one digit; what does not fit is counted by the caller through ``at``.
    @inline(__always)
    private mutating func digits(_ bytes: Span<UInt8>, onto value: Int = 0) -> Int {
        var value = value
        let start = self.at
        var at = start
        while at < bytes.count {
            let digit = bytes[at] &- 48
            guard digit < 10 else { break }
            value = value &* 10 &+ Int(digit)
            at += 1
        }
        if at == start { self.giveUp() }
        self.advance(to: at)
        return value
    }

    @inline(__always)
    private static func milli(_ mantissa: Int, decimals: Int, isNegative: Bool) -> Milli {
        var value = mantissa
        switch decimals {
        case 0: value &*= 1_000
        case 1: value &*= 100
        case 2: value &*= 10
        case 3: break
        default:
            var divisor = 1
            for _ in 3..<decimals { divisor &*= 10 }
            value = (value &+ divisor / 2) / divisor
        }
        return Milli(thousandths: isNegative ? -value : value)
    }

    /// Exponents and very long numbers go through the reader that knows every form.
    private func slow(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Milli? {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for index in range { copy.append(bytes[index]) }
        return Milli(text: copy)
    }

    private mutating func noNumber() -> Milli {
        self.giveUp()
        return .zero
    }
}
