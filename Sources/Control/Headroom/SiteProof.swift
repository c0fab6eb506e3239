public import Domain

/// Whether a site can still charge all its cars in time under its nested limits, after they were held for a while at
/// their lowest: exact, by the greatest flow of energy from cars over spans of time and limits (algorithms.md section 1).
///
/// Time is in seconds from the end of the hold. Energy is in W·s at the charging point, ≥ 0.
public struct SiteProof: Hashable, Sendable {
    /// A car as it will be at the end of the hold, or one that is promised for later.
    public struct Car: Hashable, Sendable {
        /// Still to be charged.
        public var need: Int
        /// Power that can be counted on, W.
        public var most: Int
        /// By when it has to be there; nothing is left to prove for one that leaves before the hold ends.
        public var ready: Int
        /// When a car that is promised comes; 0 or less: it is here. Who is not here takes nothing during the hold.
        public var from: Int
        /// W of discharge that it may be spared during the hold: no limit is in the way of that.
        public var relief: Int
        /// W that it may charge during the hold beyond its lowest.
        public var room: Int
        /// Index of the limit next above its charging point.
        public var limit: Int

        public init(
            need: Int, most: Int, ready: Int, from: Int = 0, relief: Int = 0, room: Int, limit: Int = 0
        ) {
            self.need = need
            self.most = most
            self.ready = ready
            self.from = from
            self.relief = relief
            self.room = room
            self.limit = limit
        }
    }

    /// A cable, a phase, a feeder, a site. The first one is the outermost; `parent` comes before its children.
    public struct Limit: Hashable, Sendable {
        /// Another power from an instant on.
        public struct Step: Hashable, Sendable {
            public var from: Int
            public var watts: Int

            public init(from: Int, watts: Int) {
                self.from = from
                self.watts = watts
            }
        }

        public var name: String
        public var parent: Int?
        /// W for cars behind the hold until the first of the steps, and W that is free for them during it.
        public var watts: Int
        public var during: Int
        /// In the order of time: a building that wakes, a tariff, a window of the network's operator.
        public var steps: [Step]

        public init(name: String, parent: Int? = nil, watts: Int, during: Int, steps: [Step] = []) {
            self.name = name
            self.parent = parent
            self.watts = watts
            self.during = during
            self.steps = steps
        }

        /// The least that it lets through at any time of a span, W.
        func least(in span: Range<Int>) -> Int {
            let before = self.steps.last { $0.from <= span.lowerBound }?.watts ?? self.watts
            return self.steps.reduce(before) { span.contains($1.from) ? min($0, $1.watts) : $0 }
        }
    }

    /// What cannot be charged in time, whatever is done.
    public struct Shortfall: Hashable, Sendable {
        public var car: Int
        /// W·s.
        public var missing: Int
        /// The limits that bind, by name; none where it is the car's own power.
        public var limits: [String]
    }

    /// W·s that each car must get during the hold beyond its lowest; all zero: nobody has to be raised.
    public private(set) var early: [Int]
    public private(set) var shortfalls: [Shortfall] = []

    /// Spans of time are no finer than this share of what is looked at: of more arrivals, departures and steps a car counts
    /// as come a little late and ready a little early, and a limit as its least within a span.
    static let mostSpans = 48

    public var isFeasible: Bool { self.shortfalls.isEmpty }

    /// - Parameter hold: seconds for which set-points may stay as they are.
    public init(_ cars: [Car], under limits: [Limit], hold: Int) {
        self.early = Array(repeating: 0, count: cars.count)
        let open = cars.indices.filter { cars[$0].need > 0 && cars[$0].ready > 0 }
        guard !open.isEmpty else { return }
        var plan = ChargingFlow(cars, open, under: limits, hold: hold)
        // Who leaves first is served first, each as late as can be: what is left over is small.
        let order = open.sorted { (cars[$0].ready, $0) < (cars[$1].ready, $1) }
        var missing = order.map { cars[$0].need - plan.fill($0, cars[$0].need) }
        for (place, car) in order.enumerated() where missing[place] > 0 {
            missing[place] -= plan.send(missing[place], from: car)
        }
        guard missing.contains(where: { $0 > 0 }) else { return }
        plan.relieve(cars)
        for (place, car) in order.enumerated() where missing[place] > 0 {
            missing[place] -= plan.send(missing[place], from: car)
        }
        plan.openHold(cars)
        for (place, car) in order.enumerated() where missing[place] > 0 {
            missing[place] -= plan.send(missing[place], from: car)
            guard missing[place] > 0 else { continue }
            self.shortfalls.append(
                Shortfall(car: car, missing: missing[place], limits: plan.binding.map { limits[$0].name }))
        }
        for car in open { self.early[car] = plan.early(car) }
    }
}

extension ChargingTask {
    /// What is left to charge after the car was held at its lowest for `hold` seconds.
    public func left(behind hold: Int, within bounds: Bounds, at now: Instant, watchdog: TimeSpan) -> SiteProof.Car {
        let moved = bounds.low * hold
        let stored =
            self.sureEnergy.wattSeconds
            + (moved >= 0 ? moved / 10_000 * self.efficiency : moved * 10_000 / self.efficiency)
        let missing = max(0, self.target.energy(of: self.capacity).wattSeconds - stored)
        return SiteProof.Car(
            need: (missing * 10_000 + self.efficiency - 1) / self.efficiency, most: self.provenCharge.watts,
            ready: (self.departure - watchdog - now).seconds - hold,
            relief: max(0, -bounds.low), room: bounds.high - max(0, bounds.low))
    }
}

extension Bounds {
    /// Raises the lowest set-point, on the station's grid, and the base with it; never above the highest.
    public mutating func raise(by watts: Int, minimum: Int, step: Int) {
        let raised = quantised(self.low + watts, minimum: minimum, step: step, towards: .up)
        self.low = min(max(self.low, raised), self.high)
        self.base = max(self.base, self.low)
    }
}

/// The network behind a proof: each car to the spans of time before it has to be ready, in each span up the limits.
private struct ChargingFlow {
    private var network: FlowNetwork
    private let limits: [SiteProof.Limit]
    /// Ends of the spans in seconds; the first one is the hold itself.
    private let ends: [Int]
    private let hold: Int
    /// The first node of spans and limits.
    private let first: Int
    /// By car: its node, its edges with the spans that they lead to, the edge of discharge that it is spared.
    private var nodes: [Int]
    private var ways: [[Way]]
    private var reliefs: [Int]
    /// By span and limit, the edge upwards.
    private var ups: [Int] = []

    private struct Way {
        var span: Int
        var edge: Int
    }

    init(_ cars: [SiteProof.Car], _ open: [Int], under limits: [SiteProof.Limit], hold: Int) {
        self.limits = limits
        self.hold = hold
        let last = open.map { cars[$0].ready }.max() ?? 0
        let steps = limits.flatMap { $0.steps.map(\.from) } + open.map { cars[$0].from }
        self.ends = Self.spans(open.map { cars[$0].ready } + steps.filter { (1..<max(1, last)).contains($0) })
        self.first = 1 + open.count
        self.network = FlowNetwork(nodes: self.first + self.ends.count * limits.count)
        self.nodes = Array(repeating: 0, count: cars.count)
        self.ways = Array(repeating: [], count: cars.count)
        self.reliefs = Array(repeating: 0, count: cars.count)
        for span in self.ends.indices {
            for (index, limit) in limits.enumerated() {
                let parent = limit.parent.map { self.first + span * limits.count + $0 } ?? 0
                self.ups.append(
                    self.network.connect(
                        self.first + span * limits.count + index, to: parent,
                        capacity: span == 0 ? 0 : max(0, limit.least(in: self.span(span))) * self.length(span)))
            }
        }
        for (place, car) in open.enumerated() {
            self.nodes[car] = 1 + place
            self.reliefs[car] = self.network.connect(1 + place, to: 0, capacity: 0)
            let spans = self.ends.indices.filter {
                $0 == 0 || (self.ends[$0] <= cars[car].ready && self.span($0).lowerBound >= cars[car].from)
            }
            self.ways[car] = spans.map { span in
                Way(
                    span: span,
                    edge: self.network.connect(
                        1 + place, to: self.first + span * limits.count + cars[car].limit,
                        capacity: span == 0 ? 0 : max(0, cars[car].most) * self.length(span)))
            }
        }
    }

    /// A span behind the hold, in seconds; the hold itself is an empty one.
    private func span(_ span: Int) -> Range<Int> { (span == 0 ? 0 : self.ends[span - 1])..<self.ends[span] }

    /// The hold (0), then where cars have to be ready: of many, every so manieth, and never later than the car's own.
    private static func spans(_ ready: [Int]) -> [Int] {
        let all = Set(ready).sorted()
        let step = (all.count + SiteProof.mostSpans - 1) / SiteProof.mostSpans
        return [0] + stride(from: 0, to: all.count, by: step).map { all[$0] }
    }

    private func length(_ span: Int) -> Int { self.span(span).count }

    /// Sends a car's need the straight way, the latest span first; returns how much went.
    mutating func fill(_ car: Int, _ need: Int) -> Int {
        var sent = 0
        for way in self.ways[car].dropFirst().reversed() where sent < need {
            sent += self.network.send(need - sent, along: [way.edge] + self.path(above: way.edge, way.span))
        }
        return sent
    }

    /// The edges from the limit that an edge leads to, upwards.
    private func path(above way: Int, _ span: Int) -> [Int] {
        var edges: [Int] = []
        var limit: Int? = self.limit(of: way, span)
        while let index = limit {
            edges.append(self.ups[span * self.limits.count + index])
            limit = self.limits[index].parent
        }
        return edges
    }

    private func limit(of way: Int, _ span: Int) -> Int {
        self.network.target(way) - self.first - span * self.limits.count
    }

    mutating func send(_ need: Int, from car: Int) -> Int {
        self.network.send(need, from: self.nodes[car])
    }

    /// Lets cars be spared discharge during the hold.
    mutating func relieve(_ cars: [SiteProof.Car]) {
        for car in cars.indices where !self.ways[car].isEmpty && cars[car].from <= 0 {
            self.network.widen(self.reliefs[car], by: max(0, cars[car].relief) * self.hold)
        }
    }

    /// Lets cars charge during the hold too.
    mutating func openHold(_ cars: [SiteProof.Car]) {
        for (index, limit) in self.limits.enumerated() {
            self.network.widen(self.ups[index], by: max(0, limit.during) * self.hold)
        }
        for (car, ways) in self.ways.enumerated() where !ways.isEmpty && cars[car].from <= 0 {
            self.network.widen(ways[0].edge, by: max(0, cars[car].room) * self.hold)
        }
    }

    func early(_ car: Int) -> Int { self.network.used(self.ways[car][0].edge) + self.network.used(self.reliefs[car]) }

    /// The limits that stopped the last search: full, with a way up to them that is not.
    var binding: [Int] {
        self.limits.indices.filter { index in
            self.ends.indices.contains { span in
                let edge = self.ups[span * self.limits.count + index]
                return self.network.wasReached(self.first + span * self.limits.count + index)
                    && !self.network.wasReached(self.network.target(edge)) && self.network.free(edge) == 0
            }
        }
    }
}
