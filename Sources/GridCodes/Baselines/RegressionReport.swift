/// What some units would have drawn in an event, by hour of the week and temperature, and how well that foretold them.
public struct RegressionReport: Sendable, Codable {
    /// Hours that the model was fitted to, and how it met them: bias and scatter of the mean load, 1/1000.
    public var fittedHours: Int
    public var biasPerMille: Int
    public var scatterPerMille: Int
    public var hours: [PeerReport.Hour] = []

    /// Days before the event that are looked at.
    public static let lookBack = 365

    /// - Parameters:
    ///   - units: those that were dispatched.
    ///   - event: hours of the clock of `date`.
    public init(
        _ table: LoadTable, _ weather: TemperatureTable, units: [String], date: CivilDate, event: Range<Int>
    ) throws(BaselineRefusal) {
        guard !event.isEmpty, event.lowerBound >= 0, event.upperBound <= 24 else {
            throw BaselineRefusal("the event is hours of one day: give them as 17-19")
        }
        if let unknown = units.first(where: { table.days[$0] == nil }) {
            throw BaselineRefusal("\(unknown) is not in the table: give ids that are")
        }
        var hours: [TemperatureRegression.Hour] = []
        for day in table.sum(of: units) where day.date < date && date.days - day.date.days <= Self.lookBack {
            for hour in 0..<24 {
                guard let watts = day.load[hour], let degrees = weather.days[day.date]?[hour] else { continue }
                hours.append(.init(ofWeek: Self.ofWeek(day.date, hour), temperature: degrees, watts: watts))
            }
        }
        let model = try TemperatureRegression(hours)
        self.fittedHours = hours.count
        (self.biasPerMille, self.scatterPerMille) = Self.fit(model, hours)
        for hour in event {
            guard let degrees = weather.days[date]?[hour] else {
                throw BaselineRefusal("hour \(hour) of \(date) has no temperature: give it")
            }
            guard let baseline = model.watts(ofWeek: Self.ofWeek(date, hour), temperature: degrees) else {
                throw BaselineRefusal("hour \(hour) of that day of the week was never seen undisturbed: give more days")
            }
            let metered = table.metered(units, date, hour: hour)
            self.hours.append(
                .init(
                    hour: hour, baselineWatts: baseline, meteredWatts: metered,
                    deliveredWatts: metered.map { baseline - $0 }))
        }
    }

    /// Monday's first hour is 0.
    static func ofWeek(_ date: CivilDate, _ hour: Int) -> Int { (date.weekday + 6) % 7 * 24 + hour }

    private static func fit(_ model: TemperatureRegression, _ hours: [TemperatureRegression.Hour]) -> (Int, Int) {
        let errors = hours.map { hour in
            Double((model.watts(ofWeek: hour.ofWeek, temperature: hour.temperature) ?? 0) - hour.watts)
        }
        let mean = Double(hours.reduce(0) { $0 + $1.watts }) / Double(hours.count)
        guard mean != 0 else { return (0, 0) }
        let bias = errors.reduce(0, +) / Double(hours.count) / mean
        let scatter = (errors.reduce(0) { $0 + $1 * $1 } / Double(hours.count)).squareRoot() / abs(mean)
        return (Int((bias * 1_000).rounded()), Int((scatter * 1_000).rounded()))
    }

    /// For people, a line each.
    public var lines: [String] {
        [
            "hour of the week and temperature met \(self.fittedHours) undisturbed hours with a bias of "
                + "\(tenths(self.biasPerMille)) % and a scatter of \(tenths(self.scatterPerMille)) %"
        ] + self.hours.map(\.line)
    }
}
