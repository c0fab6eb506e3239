/// A baseline from peers that are enrolled and were not dispatched: what they draw now, times what the unit drew for each
/// watt of theirs in hours in which neither was dispatched (a percent difference in differences).
public struct ComparisonGroup: Hashable, Sendable {
    /// Like days before the event whose hours compare the two. 0: the unit is taken to draw what its peers draw, point
    /// for point, as it does where lots were drawn over who is held out.
    public var days: Int
    /// Charging points of the group below which it says nothing.
    public var leastPoints: Int
    /// Days before the event beyond which none is taken.
    public var lookBack: Int

    public init(days: Int, leastPoints: Int = 1, lookBack: Int = 45) {
        precondition(days >= 0 && leastPoints > 0 && lookBack > 0, "of days none or some, of peers at least one")
        self.days = days
        self.leastPoints = leastPoints
        self.lookBack = lookBack
    }

    /// One of the two: its charging points, and its days by interval. Intervals in which it was dispatched, or of which
    /// its meter says nothing, are nil and compare nothing.
    public struct Side: Hashable, Sendable {
        public var points: Int
        public var history: [DayMatching.Day]

        public init(points: Int, history: [DayMatching.Day] = []) {
            self.points = points
            self.history = history
        }
    }

    /// What the unit draws where the group draws one: a ratio of whole numbers, both above 0.
    public struct Scale: Hashable, Sendable, Codable {
        public var own: Int
        public var group: Int

        public init(own: Int, group: Int) {
            precondition(own > 0 && group > 0, "a ratio of loads is above 0")
            self.own = own
            self.group = group
        }

        /// The unit's load, W, from the group's; halves are rounded away from zero.
        public func load(_ watts: Int) -> Int {
            let doubled = Int128(watts) * Int128(self.own) * 2
            let divisor = Int128(self.group)
            return Int((doubled + (doubled < 0 ? -divisor : divisor)) / (divisor * 2))
        }
    }

    /// How well the group foretold the unit on days on which neither was dispatched, each day by the others.
    public struct Fit: Hashable, Sendable {
        public var intervals: Int
        /// Σ (foretold − drawn) ÷ Σ drawn, 1/1000.
        public var biasPerMille: Int
        /// Root of the mean square of (foretold − drawn) ÷ mean drawn, 1/1000.
        public var scatterPerMille: Int
    }

    /// How the two compare in the event's intervals, or why they do not.
    /// - Parameters:
    ///   - date: the event's day; only days before it compare.
    ///   - event: intervals of the day, not empty.
    public func scale(own: Side, group: Side, of date: CivilDate, event: Range<Int>) -> Result<Scale, BaselineRefusal> {
        guard group.points >= self.leastPoints, own.points > 0 else {
            return .failure(
                .init(
                    "\(group.points) charging points are in the comparison group, \(self.leastPoints) are wanted: "
                        + "enrol more sites to its resource"))
        }
        guard self.days > 0 else { return .success(Scale(own: own.points, group: group.points)) }
        let like = self.like(own, group, date, event)
        // A weekend looks back at four days: no more are near.
        let wanted = date.isWeekend ? min(4, self.days) : self.days
        guard like.count == wanted else {
            return .failure(
                .init(
                    "\(like.count) like days of \(wanted) in \(self.lookBack) days on which neither the unit nor its "
                        + "comparison group was dispatched: declare the load"))
        }
        return Self.scale(like)
    }

    /// How well the group foretells the unit on the like days before an event; nil where fewer than two compare.
    public func fit(own: Side, group: Side, of date: CivilDate, event: Range<Int>) -> Fit? {
        let like = self.like(own, group, date, event)
        var (count, sum, error, square) = (0, 0.0, 0.0, 0.0)
        for day in like.indices {
            guard case .success(let scale) = Self.scale(like.indices.filter { $0 != day }.map { like[$0] }) else {
                return nil
            }
            for pair in like[day] {
                let miss = Double(scale.load(pair.group) - pair.own)
                count += 1
                sum += Double(pair.own)
                error += miss
                square += miss * miss
            }
        }
        guard count > 0, sum > 0 else { return nil }
        let scatter = (square / Double(count)).squareRoot() / (sum / Double(count))
        return Fit(
            intervals: count, biasPerMille: Int((error / sum * 1_000).rounded()),
            scatterPerMille: Int((scatter * 1_000).rounded()))
    }

    private typealias Pair = (own: Int, group: Int)

    /// The latest like days, each with the event's intervals that both sides have.
    private func like(_ own: Side, _ group: Side, _ date: CivilDate, _ event: Range<Int>) -> [[Pair]] {
        let peers = Dictionary(group.history.map { ($0.date, $0.load) }) { first, _ in first }
        var seen: Set<CivilDate> = []
        let days = own.history.sorted { $0.date > $1.date }.compactMap { day -> [Pair]? in
            guard day.date < date, day.date.days >= date.days - self.lookBack, day.date.isWeekend == date.isWeekend,
                let peer = peers[day.date], peer.count == day.load.count, seen.insert(day.date).inserted
            else { return nil }
            let pairs = event.clamped(to: 0..<day.load.count).compactMap { interval -> Pair? in
                guard let own = day.load[interval], let group = peer[interval] else { return nil }
                return (own, group)
            }
            return pairs.isEmpty ? nil : pairs
        }
        return Array(days.prefix(date.isWeekend ? min(4, self.days) : self.days))
    }

    private static func scale(_ days: [[Pair]]) -> Result<Scale, BaselineRefusal> {
        let (own, group) = days.joined().reduce((0, 0)) { ($0.0 + $1.own, $0.1 + $1.group) }
        guard own > 0, group > 0 else {
            return .failure(
                .init(
                    "the loads that are compared are not above zero (\(own) and \(group) W in all): declare the load, "
                        + "or enrol peers that charge in the hours of the event"))
        }
        return .success(Scale(own: own, group: group))
    }
}
