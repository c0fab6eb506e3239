import Domain

/// What is expected of one car, or of one car of a cluster, in an hour to come.
public struct VehicleForecast: Hashable, Sendable, Codable {
    public var at: LocalHour
    /// Probability of being plugged in, in 1/10,000.
    public var plugged: Int
    /// Power that it is expected to hold for the whole hour, W; away counts as 0.
    public var up: Int
    public var down: Int
    /// Hours of the day at which it arrives and departs: a tenth, half and nine tenths of all are before their end;
    /// nil where it was never seen to.
    public var arrival: HourQuantiles?
    public var departure: HourQuantiles?
    /// Energy missing on arrival, Wh: mean, and mean distance from it.
    public var energy: Int
    public var energySpread: Int
    /// Days of its own behind it; 0 = all from its cluster.
    public var days: Int
}

/// Hours of the day, 0–23, counted round from the one in which least happens: a night is not torn at midnight.
public struct HourQuantiles: Hashable, Sendable, Codable {
    public var tenth: Int
    public var half: Int
    public var ninth: Int
}

extension HabitTable {
    /// What is expected of a row in an hour; `clusters` holds its cluster's row.
    public func forecast(
        _ row: Int, _ group: DayGroup, at hour: LocalHour, rated: Int, clusters: HabitTable, cluster: Int
    ) -> VehicleForecast {
        func expected(_ direction: Direction) -> Int {
            self.expected(
                row, group, hour: hour.hour, direction, rated: rated,
                cluster: clusters.share(cluster, group, hour: hour.hour, direction))
        }
        let own = row < self.rows && self.sessions[row] > 0
        let (source, index) = own ? (self, row) : (clusters, cluster)
        let isKnown = index < source.rows
        return VehicleForecast(
            at: hour,
            plugged: self.pluggedProbability(
                row, group, hour: hour.hour,
                cluster: clusters.pluggedShare(cluster, group, hour: hour.hour)),
            up: expected(.up), down: expected(.down),
            arrival: isKnown ? quantiles(source.arrivals[index * 24..<index * 24 + 24]) : nil,
            departure: isKnown ? quantiles(source.departures[index * 24..<index * 24 + 24]) : nil,
            energy: isKnown ? Int(source.energy[index]) : 0,
            energySpread: isKnown ? Int(source.energySpread[index]) : 0,
            days: self.days(row, hour: hour.hour))
    }

    private func days(_ row: Int, hour: Int) -> Int {
        guard row < self.rows else { return 0 }
        return (0..<4).reduce(0) { $0 + Int(self.counts[row * Self.cells + $1 * 24 + hour]) }
    }
}

/// Quantiles of a histogram over the hours of a day, counted round from the quietest hour.
func quantiles(_ histogram: ArraySlice<UInt8>) -> HourQuantiles? {
    let counts = histogram.map { Int($0) }
    let total = counts.reduce(0, +)
    guard total > 0 else { return nil }
    // The quietest five hours: their middle is where a day is cut.
    let quiet = (0..<24).min { first, second in
        let (a, b) = (sum(of: counts, around: first), sum(of: counts, around: second))
        return a == b ? first < second : a < b
    }
    let start = quiet ?? 0
    func hour(_ share: Int) -> Int {
        var seen = 0
        for step in 0..<24 {
            seen += counts[(start + step) % 24]
            if seen * 10 >= total * share { return (start + step) % 24 }
        }
        return (start + 23) % 24
    }
    return HourQuantiles(tenth: hour(1), half: hour(5), ninth: hour(9))
}

private func sum(of counts: [Int], around hour: Int) -> Int {
    (-2...2).reduce(0) { $0 + counts[(hour + $1 + 24) % 24] }
}
