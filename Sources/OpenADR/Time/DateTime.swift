/// An RFC 3339 date-time that keeps its spelling. `0001-01-01` is the sentinel for *now* (UG 7.3).
package struct DateTime: Hashable, Sendable {
    /// As it was written.
    package let text: String
    /// Microseconds since 1970-01-01T00:00:00Z.
    package let microseconds: Int

    /// The sentinel: now for an event, directly after the previous one for a later interval.
    package static let now = DateTime(
        text: "0001-01-01T00:00:00Z", microseconds: -62_135_596_800_000_000)

    private init(text: String, microseconds: Int) {
        self.text = text
        self.microseconds = microseconds
    }

    /// The instant in UTC, with a fraction only where there is one.
    package init(microseconds: Int) {
        self.microseconds = microseconds
        self.text = Self.spelled(microseconds)
    }

    /// Nil where the text is no date-time. Lenient as far as the meaning is clear: a date alone is its
    /// midnight, a missing zone is UTC, a space may stand for the `T` (fact sheet 1.7).
    package init?(_ text: String) {
        var scanner = Scanner(text)
        guard let microseconds = scanner.dateTime() else { return nil }
        self.text = text
        self.microseconds = microseconds
    }

    /// Whether this is the sentinel `0001-01-01`, in any spelling.
    package var isNow: Bool { self.microseconds == Self.now.microseconds }

    private static func spelled(_ microseconds: Int) -> String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let day = 86_400_000_000
        let days = microseconds >= 0 ? microseconds / day : -((-microseconds + day - 1) / day)
        let rest = microseconds - days * day
        let date = Civil.date(days: days)
        let year =
            String(repeating: "0", count: max(0, 4 - String(date.year).count)) + String(date.year)
        let seconds = rest / 1_000_000
        let fraction = rest % 1_000_000
        var text = "\(year)-\(two(date.month))-\(two(date.day))T"
        text += "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        if fraction > 0 {
            var digits = String(fraction + 1_000_000).dropFirst()
            while digits.last == "0" { digits.removeLast() }
            text += ".\(digits)"
        }
        return text + "Z"
    }

    private struct Scanner {
        var rest: Substring.UTF8View

        init(_ text: String) {
            self.rest = Substring(text).utf8
        }

        mutating func dateTime() -> Int? {
            guard let year = self.number(4), self.take("-"), let month = self.number(2),
                self.take("-"),
                let day = self.number(2), (1...12).contains(month), year > 0,
                (1...Civil.daysIn(month: month, year: year)).contains(day)
            else { return nil }
            let midnight = Civil.days(year: year, month: month, day: day) * 86_400_000_000
            guard !self.rest.isEmpty else { return midnight }
            guard self.take("T") || self.take("t") || self.take(" "), let time = self.time(),
                let offset = self.zone(), self.rest.isEmpty
            else { return nil }
            return midnight + time - offset
        }

        mutating func time() -> Int? {
            guard let hour = self.number(2), self.take(":"), let minute = self.number(2),
                self.take(":"),
                let second = self.number(2), hour < 24, minute < 60, second <= 60
            else { return nil }
            var micros = ((hour * 60 + minute) * 60 + second) * 1_000_000
            guard self.take(".") else { return micros }
            var unit = 100_000
            var digits = 0
            while let digit = self.digit() {
                micros += digit * unit
                unit /= 10
                digits += 1
            }
            return digits > 0 ? micros : nil
        }

        mutating func zone() -> Int? {
            if self.rest.isEmpty || self.take("Z") || self.take("z") { return 0 }
            let sign = self.take("+") ? 1 : self.take("-") ? -1 : 0
            guard sign != 0, let hour = self.number(2), self.take(":"), let minute = self.number(2),
                hour < 24, minute < 60
            else { return nil }
            return sign * (hour * 60 + minute) * 60_000_000
        }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard let first = self.rest.first, UInt32(first) == character.value else {
                return false
            }
            self.rest.removeFirst()
            return true
        }

        mutating func digit() -> Int? {
            guard let first = self.rest.first, (0x30...0x39).contains(first) else { return nil }
            self.rest.removeFirst()
            return Int(first) - 0x30
        }

        mutating func number(_ digits: Int) -> Int? {
            var value = 0
            for _ in 0..<digits {
                guard let digit = self.digit() else { return nil }
                value = value * 10 + digit
            }
            return value
        }
    }
}
