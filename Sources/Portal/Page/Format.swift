package import Domain

/// How figures are written on pages.
package enum Format {
    /// `1234567` W as `1,234.6 kW`.
    package static func power(_ watts: Int) -> String {
        self.tenths(watts, per: 1000) + " kW"
    }

    /// Energy in kWh with two places.
    package static func energy(_ energy: Energy) -> String {
        let hundredths = roundedDivision(energy.wattSeconds, 36_000)
        return self.fraction(hundredths, digits: 2) + " kWh"
    }

    /// Money with six places, as the ledger keeps it.
    package static func money(_ money: Money) -> String {
        "\(money.decimal) \(money.currency.rawValue)"
    }

    /// 1/10,000 as a percentage with two places.
    package static func share(_ value: Int) -> String {
        self.fraction(value, digits: 2) + " %"
    }

    package static func frequency(_ milliHertz: Int?) -> String {
        guard let milliHertz else { return "no signal" }
        return self.fraction(milliHertz, digits: 3) + " Hz"
    }

    /// Seconds with one place.
    package static func seconds(_ span: TimeSpan) -> String {
        self.fraction(roundedDivision(span.milliseconds, 100), digits: 1)
    }

    /// `2026-11-26 08:15:00` in UTC.
    package static func time(_ instant: Instant) -> String {
        let (days, second) = instant.seconds.quotientAndRemainder(dividingBy: 86_400)
        let date = civil(days: days)
        let clock = [second / 3600, second / 60 % 60, second % 60].map(self.two).joined(separator: ":")
        return "\(date.year)-\(self.two(date.month))-\(self.two(date.day)) \(clock)"
    }

    /// `value` with so many of its digits behind the point.
    package static func decimal(_ value: Int, places: Int) -> String { self.fraction(value, digits: places) }

    private static func tenths(_ value: Int, per unit: Int) -> String {
        self.fraction(roundedDivision(value * 10, unit), digits: 1)
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func fraction(_ value: Int, digits: Int) -> String {
        var divisor = 1
        for _ in 0..<digits { divisor *= 10 }
        let whole = Int(value.magnitude) / divisor
        let rest = String(Int(value.magnitude) % divisor)
        let zeros = String(repeating: "0", count: digits - rest.count)
        return "\(value < 0 ? "−" : "")\(self.grouped(whole)).\(zeros)\(rest)"
    }

    private static func grouped(_ value: Int) -> String {
        let digits = Array(String(value))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}

/// The civil date of a day counted from 1970-01-01 (proleptic Gregorian; Hinnant's algorithm).
func civil(days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let part = (5 * dayOfYear + 2) / 153
    let month = part < 10 ? part + 3 : part - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
}
