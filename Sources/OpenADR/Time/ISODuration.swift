/// An ISO 8601 duration as OpenADR 3 writes it, by its own spelling; `P9999Y` means for ever (UG 7.3).
package struct ISODuration: Hashable, Sendable {
    /// As it was written.
    package let text: String
    private let negative: Bool
    private let months: Int
    private let microseconds: Int

    /// The sentinel for ever.
    package static let infinite = ISODuration(
        text: "P9999Y", negative: false, months: 9_999 * 12, microseconds: 0)
    package static let zero = ISODuration(text: "PT0S", negative: false, months: 0, microseconds: 0)

    private init(text: String, negative: Bool, months: Int, microseconds: Int) {
        self.text = text
        self.negative = negative
        self.months = months
        self.microseconds = microseconds
    }

    /// A fixed length ≥ 0, spelled in seconds, or minutes where they are whole.
    package init(microseconds: Int) {
        precondition(microseconds >= 0, "a duration is not negative")
        let text: String
        if microseconds % 60_000_000 == 0, microseconds > 0 {
            text = "PT\(microseconds / 60_000_000)M"
        } else if microseconds % 1_000_000 == 0 {
            text = "PT\(microseconds / 1_000_000)S"
        } else {
            text = "PT\(JSONNumber(scaled: microseconds, decimals: 6).text)S"
        }
        self.init(text: text, negative: false, months: 0, microseconds: microseconds)
    }

    /// Nil where the text is not of the pattern in the schema.
    package init?(_ text: String) {
        var rest = Substring(text)
        let negative = rest.first == "-"
        if negative { rest.removeFirst() }
        guard rest.popFirst() == "P", !rest.isEmpty else { return nil }
        var parts = Parts()
        guard parts.take(&rest, units: ["Y", "M", "W", "D"]) else { return nil }
        if rest.first == "T" {
            rest.removeFirst()
            guard !rest.isEmpty, parts.take(&rest, units: ["H", "M", "S"], time: true) else {
                return nil
            }
        }
        guard rest.isEmpty, parts.count > 0 else { return nil }
        self.init(
            text: text, negative: negative, months: parts.months, microseconds: parts.microseconds)
    }

    /// For ever, recognised by value: 9,999 years or more, however the rest is spelled.
    package var isInfinite: Bool { !self.negative && self.months >= 9_999 * 12 }
    /// A negative duration is well-formed and means nothing.
    package var isNegative: Bool {
        self.negative && (self.months > 0 || self.microseconds > 0)
    }

    /// The instant that lies this long after `start`, nil for ever. Years and months go by the calendar
    /// in UTC, the day clipped to the month's length; the rest is fixed.
    package func end(from start: Int) -> Int? {
        guard !self.isInfinite else { return nil }
        let sign = self.negative ? -1 : 1
        guard self.months > 0 else { return start + sign * self.microseconds }
        let day = 86_400_000_000
        let days = start >= 0 ? start / day : -((-start + day - 1) / day)
        let date = Civil.date(days: days)
        let month = date.year * 12 + date.month - 1 + sign * self.months
        let year = month / 12
        let clipped = min(date.day, Civil.daysIn(month: month % 12 + 1, year: year))
        let moved = Civil.days(year: year, month: month % 12 + 1, day: clipped)
        return moved * day + (start - days * day) + sign * self.microseconds
    }

    /// The numbers before the unit letters, each unit at most once and in order.
    private struct Parts {
        var months = 0
        var microseconds = 0
        var count = 0

        mutating func take(_ rest: inout Substring, units: [Character], time: Bool = false) -> Bool {
            var open = units[...]
            while let first = rest.first, first.isASCII, first.isNumber {
                let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
                rest = rest[digits.endIndex...]
                guard digits.count <= 18, let unit = rest.popFirst(),
                    let place = open.firstIndex(of: unit),
                    self.add(digits, unit, time: time)
                else { return false }
                // Weeks and days exclude each other.
                open = unit == "W" ? [] : open[(place + 1)...]
                self.count += 1
            }
            return true
        }

        private mutating func add(_ digits: Substring, _ unit: Character, time: Bool) -> Bool {
            if unit == "S" {
                let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
                guard parts.count <= 2, let whole = Int(parts[0]), whole < 1 << 40 else {
                    return false
                }
                self.microseconds += whole * 1_000_000
                guard parts.count == 2 else { return true }
                let padded = (parts[1] + "000000").prefix(6)
                guard !parts[1].isEmpty, let fraction = Int(padded) else { return false }
                self.microseconds += fraction
                return true
            }
            guard let value = Int(digits), value < 1 << 24 else { return false }
            switch (unit, time) {
            case ("Y", _): self.months += value * 12
            case ("M", false): self.months += value
            case ("W", _): self.microseconds += value * 7 * 86_400_000_000
            case ("D", _): self.microseconds += value * 86_400_000_000
            case ("H", _): self.microseconds += value * 3_600_000_000
            default: self.microseconds += value * 60_000_000
            }
            return true
        }
    }
}
