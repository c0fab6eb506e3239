import Domain
import HTTPTypes

/// A calendar month in UTC, written `2026-11`.
struct Period: Hashable, Sendable, CustomStringConvertible {
    var year: Int
    var month: Int

    /// - Throws: 400 for anything that is no month from 2000 to 2999.
    init(_ text: String) throws(PortalError) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int(parts[0]), (2000...2999).contains(year), let month = Int(parts[1]),
            (1...12).contains(month)
        else { throw PortalError(.badRequest, "period must be a month such as 2026-11: correct it") }
        self.year = year
        self.month = month
    }

    /// The month that an instant is in.
    init(containing instant: Instant) {
        let date = civil(days: instant.seconds / 86_400)
        self.year = date.year
        self.month = date.month
    }

    var description: String { "\(self.year)-\(self.month < 10 ? "0" : "")\(self.month)" }

    /// Each day of it.
    var days: [MarketInterval] {
        (0..<31).map { self.firstDay + $0 }.filter { civil(days: $0).month == self.month }.map {
            MarketInterval(
                start: Instant(seconds: $0 * 86_400), end: Instant(seconds: ($0 + 1) * 86_400))
        }
    }

    var interval: MarketInterval {
        let days = self.days
        return MarketInterval(
            start: Instant(seconds: self.firstDay * 86_400), end: days.last?.end ?? .distantPast)
    }

    /// Days from 1970-01-01 to the first of the month (the inverse of ``civil(days:)``).
    private var firstDay: Int {
        let year = self.month <= 2 ? self.year - 1 : self.year
        let yearOfEra = year % 400
        let dayOfYear = (153 * (self.month + (self.month > 2 ? -3 : 9)) + 2) / 5
        return year / 400 * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }
}
