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
        self.init(Array(text.utf8).span)
    }

    /// The same from bytes.
    init?(_ text: Span<UInt8>) {
        guard text.count >= 19, text.count <= 40, text[4] == 45, text[7] == 45,
            text[10] == 84 || text[10] == 116 || text[10] == 32, text[13] == 58, text[16] == 58
        else { return nil }
        let year = Self.number(text, 0..<4)
        let month = Self.number(text, 5..<7)
        let day = Self.number(text, 8..<10)
        let hour = Self.number(text, 11..<13)
        let minute = Self.number(text, 14..<16)
        let second = Self.number(text, 17..<19)
        guard (1970...2200).contains(year), (1...12).contains(month), (1...Self.days(month, of: year)).contains(day),
            (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second)
        else { return nil }
        var at = 19
        var fraction = 0
        if at < text.count, text[at] == 46 {
            at += 1
            var scale = 100_000
            let first = at
            while at < text.count, text[at] >= 48, text[at] <= 57 {
                fraction += Int(text[at] - 48) * scale
                scale /= 10
                at += 1
            }
            guard at > first else { return nil }
        }
        guard let offset = Self.offset(text, from: at) else { return nil }
        let days = Self.daysSince1970(year, month, day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + min(second, 59) - offset
        self.microseconds = seconds * 1_000_000 + fraction
    }

    /// Of digits only; else -1.
    private static func number(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        var value = 0
        for index in range {
            guard text[index] >= 48, text[index] <= 57 else { return -1 }
            value = value * 10 + Int(text[index] - 48)
        }
        return value
    }

    /// Seconds east of UTC, of `Z`, nothing, `+01:00` or `+0100`.
    private static func offset(_ text: Span<UInt8>, from start: Int) -> Int? {
        guard start < text.count else { return 0 }
        let sign = text[start]
        if sign == 90 || sign == 122 { return start + 1 == text.count ? 0 : nil }
        guard sign == 43 || sign == 45 else { return nil }
        let count = text.count - start - 1
        guard count == 4 || (count == 5 && text[start + 3] == 58) else { return nil }
        let hours = self.number(text, start + 1..<start + 3)
        let minutes = self.number(text, start + count - 1..<start + count + 1)
        guard (0...18).contains(hours), (0..<60).contains(minutes) else { return nil }
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
        var out: [UInt8] = []
        out.reserveCapacity(24)
        self.append(to: &out)
        return out
    }

    /// Appends ``text``.
    func append(to out: inout [UInt8]) {
        let seconds = Self.floor(self.microseconds, 1_000_000)
        let millis = (self.microseconds - seconds * 1_000_000) / 1_000
        let days = Self.floor(seconds, 86_400)
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
    }

    private static func floor(_ value: Int, _ divisor: Int) -> Int {
        value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
    }
}
