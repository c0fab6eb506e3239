/// An instant as OCPP writes it (RFC 3339): microseconds since 1970-01-01T00:00:00Z.
package struct DateTime: Hashable, Sendable, Comparable {
    package var microseconds: Int

    package init(microseconds: Int) {
        self.microseconds = microseconds
    }

    package static func < (lhs: DateTime, rhs: DateTime) -> Bool {
        lhs.microseconds < rhs.microseconds
    }
    package static func + (lhs: DateTime, seconds: Int) -> DateTime {
        DateTime(microseconds: lhs.microseconds + seconds * 1_000_000)
    }

    /// Reads `2026-11-23T20:00:00.123+01:00`; the offset may be missing (then it is taken as UTC, which
    /// stations in the field mean). Nil for anything else and for years outside 1970–2200.
    package init?(_ text: String) {
        let digits = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= digits.count else { return nil }
            var value = 0
            for byte in digits[range] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            return value
        }
        guard digits.count >= 19, digits.count <= 40, digits[4] == 45, digits[7] == 45,
            digits[10] == 84 || digits[10] == 116 || digits[10] == 32, digits[13] == 58,
            digits[16] == 58,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1970...2200).contains(year), (1...12).contains(month),
            (1...Self.days(month, of: year)).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var at = 19
        var fraction = 0
        if at < digits.count, digits[at] == 46 {
            at += 1
            var scale = 100_000
            let first = at
            while at < digits.count, (48...57).contains(digits[at]) {
                fraction += Int(digits[at] - 48) * scale
                scale /= 10
                at += 1
            }
            guard at > first else { return nil }
        }
        guard let offset = Self.offset(digits[at...]) else { return nil }
        let days = Self.daysSince1970(year, month, day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + min(second, 59) - offset
        self.microseconds = seconds * 1_000_000 + fraction
    }

    /// Seconds east of UTC, of `Z`, nothing, `+01:00` or `+0100`.
    private static func offset(_ rest: ArraySlice<UInt8>) -> Int? {
        guard let sign = rest.first else { return 0 }
        if sign == 90 || sign == 122 { return rest.count == 1 ? 0 : nil }
        guard sign == 43 || sign == 45 else { return nil }
        let numbers = rest.dropFirst().filter { $0 != 58 }
        guard numbers.count == 4, numbers.allSatisfy({ (48...57).contains($0) }) else { return nil }
        let value = numbers.map { Int($0 - 48) }
        let hours = value[0] * 10 + value[1]
        let minutes = value[2] * 10 + value[3]
        guard hours <= 18, minutes < 60 else { return nil }
        return (sign == 45 ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }

    private static func days(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days of the proleptic Gregorian calendar, counted in years that begin in March.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// `2026-11-23T20:00:00Z`, with milliseconds where they are not 0.
    package var text: String {
        String(decoding: self.utf8, as: UTF8.self)
    }

    /// The bytes of ``text``.
    package var utf8: [UInt8] {
        let seconds = Int((Double(self.microseconds) / 1_000_000).rounded(.down))
        let millis = (self.microseconds - seconds * 1_000_000) / 1_000
        let days = Int((Double(seconds) / 86_400).rounded(.down))
        let clock = seconds - days * 86_400
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        var out: [UInt8] = []
        out.reserveCapacity(24)
        func put(_ value: Int, _ width: Int, _ end: UInt8) {
            var divisor = width == 4 ? 1_000 : width == 3 ? 100 : 10
            while divisor > 0 {
                out.append(48 + UInt8(value / divisor % 10))
                divisor /= 10
            }
            out.append(end)
        }
        put(year, 4, 45)
        put(month, 2, 45)
        put(day, 2, 84)
        put(clock / 3_600, 2, 58)
        put(clock / 60 % 60, 2, 58)
        if millis == 0 {
            put(clock % 60, 2, 90)
        } else {
            put(clock % 60, 2, 46)
            put(millis, 3, 90)
        }
        return out
    }
}
