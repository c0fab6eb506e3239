/// Which peers foretell the load of some units, how well they did, and what the units would have drawn in an event.
public struct PeerReport: Sendable, Codable {
    public struct Peer: Sendable, Codable {
        public var unit: String
        public var peer: String
        /// Between both shapes over a day, W.
        public var distanceWatts: Int
    }
    public struct Hour: Sendable, Codable {
        public var hour: Int
        public var baselineWatts: Int
        /// What was drawn, and baseline less that; nil where the hour has no reading.
        public var meteredWatts: Int?
        public var deliveredWatts: Int?

        /// For people.
        var line: String {
            let rest = self.meteredWatts.map { ", metered \(kilowatts($0))" } ?? ", no reading"
            let delivered = self.deliveredWatts.map { ", delivered \(kilowatts($0))" } ?? ""
            return "hour \(self.hour): baseline \(kilowatts(self.baselineWatts))" + rest + delivered
        }
    }
    public var peers: [Peer] = []
    /// Of the like days before the event, each by the others: hours that were compared, bias and scatter, 1/1000.
    public var comparedHours: Int?
    public var biasPerMille: Int?
    public var scatterPerMille: Int?
    public var hours: [Hour] = []

    /// - Parameters:
    ///   - units: those that were dispatched; every other name of the table is in the pool.
    ///   - event: hours of the clock of `date`.
    public init(
        _ table: LoadTable, units: [String], each: Int, days: Int, date: CivilDate, event: Range<Int>
    ) throws(BaselineRefusal) {
        guard !event.isEmpty, event.lowerBound >= 0, event.upperBound <= 24 else {
            throw BaselineRefusal("the event is hours of one day: give them as 17-19")
        }
        if let unknown = units.first(where: { table.days[$0] == nil }) {
            throw BaselineRefusal("\(unknown) is not in the table: give ids that are")
        }
        try self.compute(table, units, each, days, date, event)
    }

    /// For people, a line each.
    public var lines: [String] {
        var lines = self.peers.map { "\($0.unit): peer \($0.peer), \(kilowatts($0.distanceWatts)) apart over a day" }
        if let hours = self.comparedHours, let bias = self.biasPerMille, let scatter = self.scatterPerMille {
            lines.append(
                "the group foretold \(hours) undisturbed hours with a bias of \(tenths(bias)) % and a scatter of "
                    + "\(tenths(scatter)) %")
        } else {
            lines.append("too few undisturbed days to say how well the group foretells")
        }
        return lines
            + self.hours.map(\.line)
    }

    private mutating func compute(
        _ table: LoadTable, _ units: [String], _ each: Int, _ days: Int, _ date: CivilDate, _ event: Range<Int>
    ) throws(BaselineRefusal) {
        func unit(_ name: String) -> PeerMatching.Unit? {
            table.shape(of: name, before: date).map { PeerMatching.Unit(name: name, shape: $0) }
        }
        let treated = units.compactMap(unit)
        guard treated.count == units.count else {
            throw BaselineRefusal("a unit has hours that were never seen undisturbed before \(date): give more days")
        }
        let pool = table.days.keys.filter { !units.contains($0) }.sorted().compactMap(unit)
        let matches = try PeerMatching(each: each).matches(of: treated, among: pool).get()
        self.peers = matches.map {
            Peer(unit: $0.unit, peer: $0.peer, distanceWatts: Int($0.distance.rounded()))
        }
        let names = matches.map(\.peer)
        let group = ComparisonGroup(days: days)
        let own = ComparisonGroup.Side(points: units.count, history: table.sum(of: units))
        let peers = ComparisonGroup.Side(points: names.count, history: table.sum(of: names))
        let fit = group.fit(own: own, group: peers, of: date, event: event)
        (self.comparedHours, self.biasPerMille, self.scatterPerMille) =
            (fit?.intervals, fit?.biasPerMille, fit?.scatterPerMille)
        let scale = try group.scale(own: own, group: peers, of: date, event: event).get()
        let now = peers.history.first { $0.date == date }
        for hour in event {
            guard let load = now?.load[hour] else {
                throw BaselineRefusal(
                    "the peers have no load in hour \(hour) of \(date), or were dispatched: read it again")
            }
            let (baseline, metered) = (scale.load(load), table.metered(units, date, hour: hour))
            self.hours.append(
                Hour(
                    hour: hour, baselineWatts: baseline, meteredWatts: metered,
                    deliveredWatts: metered.map { baseline - $0 }))
        }
    }
}

func tenths(_ number: Int) -> String {
    "\(number < 0 ? "-" : "")\(number.magnitude / 10).\(number.magnitude % 10)"
}

private func kilowatts(_ watts: Int) -> String { "\(tenths((watts + (watts < 0 ? -50 : 50)) / 100)) kW" }
