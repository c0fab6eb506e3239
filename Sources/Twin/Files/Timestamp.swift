public import Domain

/// ISO 8601 instants with an offset (`2026-11-26T08:00:00+01:00`, `…Z`), read and written without a calendar
/// library: the proleptic Gregorian calendar in UTC.
public enum Timestamp {
    /// Reads `YYYY-MM-DDThh:mm[:ss[.fraction]](Z|±hh[:]mm)`; a blank may stand for the `T`.
    public static func parse(_ text: some StringProtocol) -> Instant? {
        var scanner = Scanner(text)
        guard let year = scanner.digits(4), scanner.skip("-"), let month = scanner.digits(2),
            scanner.skip("-"), let day = scanner.digits(2), scanner.skip("T") || scanner.skip(" "),
            let hour = scanner.digits(2), scanner.skip(":"), let minute = scanner.digits(2),
            1...12 ~= month, 1...Self.days(in: month, of: year) ~= day, hour < 24, minute < 60
        else { return nil }
        var second = 0
        var micros = 0
        if scanner.skip(":") {
            guard let value = scanner.digits(2), value < 60 else { return nil }
            second = value
            if scanner.skip(".") {
                guard let fraction = scanner.fraction() else { return nil }
                micros = fraction
            }
        }
        guard let offset = scanner.offset(), scanner.isAtEnd else { return nil }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return Instant(microseconds: seconds * 1_000_000 + micros)
    }

    /// Writes UTC with `Z`; thousandths of a second only where there are some.
    public static func format(_ instant: Instant) -> String {
        let seconds = instant.seconds
        let day = seconds >= 0 ? seconds / 86_400 : -((86_399 - seconds) / 86_400)
        let rest = seconds - day * 86_400
        let date = Self.civil(fromDays: day)
        let millis = (instant.microseconds - seconds * 1_000_000) / 1_000
        let head = "\(Self.pad(date.year, 4))-\(Self.pad(date.month, 2))-\(Self.pad(date.day, 2))"
        let clock =
            "\(Self.pad(rest / 3_600, 2)):\(Self.pad(rest / 60 % 60, 2)):\(Self.pad(rest % 60, 2))"
        return "\(head)T\(clock)\(millis > 0 ? "." + Self.pad(millis, 3) : "")Z"
    }

    /// A number with leading zeros, at least `width` digits.
    public static func pad(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(width - text.count, 0)) + text
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Counts years from March on, so that the leap day comes last.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let inEra = shifted - era * 400
        let inYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + inEra * 365 + inEra / 4 - inEra / 100 + inYear - 719_468
    }

    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let inEra = shifted - era * 146_097
        let yearOfEra = (inEra - inEra / 1_460 + inEra / 36_524 - inEra / 146_096) / 365
        let inYear = inEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * inYear + 2) / 153
        let day = inYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private struct Scanner {
        private var rest: [UInt8].SubSequence

        init(_ text: some StringProtocol) {
            self.rest = Array(text.utf8)[...]
        }

        var isAtEnd: Bool { self.rest.isEmpty }

        mutating func skip(_ character: Character) -> Bool {
            guard self.rest.first == character.asciiValue else { return false }
            self.rest.removeFirst()
            return true
        }

        mutating func digits(_ count: Int) -> Int? {
            guard self.rest.count >= count else { return nil }
            var value = 0
            for byte in self.rest.prefix(count) {
                guard 48...57 ~= byte else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            self.rest.removeFirst(count)
            return value
        }

        /// Microseconds of a fraction; further digits are dropped.
        mutating func fraction() -> Int? {
            var value = 0
            var count = 0
            while let byte = self.rest.first, 48...57 ~= byte {
                if count < 6 { value = value * 10 + Int(byte - 48) }
                count += 1
                self.rest.removeFirst()
            }
            guard count > 0 else { return nil }
            for _ in min(count, 6)..<6 { value *= 10 }
            return value
        }

        /// Seconds east of Greenwich.
        mutating func offset() -> Int? {
            if self.skip("Z") { return 0 }
            let isWest = self.rest.first == 45
            guard self.skip("+") || self.skip("-"), let hours = self.digits(2) else { return nil }
            _ = self.skip(":")
            let minutes = self.digits(2) ?? 0
            guard hours < 24, minutes < 60 else { return nil }
            return (hours * 3_600 + minutes * 60) * (isWest ? -1 : 1)
        }
    }
}
