/// One stretch of an event in absolute time. Times are microseconds since 1970; `end` nil is for ever.
package struct TimedInterval: Hashable, Sendable {
    /// The interval's id; a sub-interval keeps its parent's.
    package var id: Int
    package var start: Int
    package var end: Int?
    /// Scalar payloads hold the one value that is valid here. Empty: the event only asks for reports.
    package var payloads: [ValuesMap]

    package init(id: Int, start: Int, end: Int?, payloads: [ValuesMap]) {
        self.id = id
        self.start = start
        self.end = end
        self.payloads = payloads
    }

    /// Whether any of it lies in `from ..< to`.
    func overlaps(_ from: Int, _ to: Int) -> Bool {
        self.start < to && (self.end ?? .max) > from
    }
}

/// Where an event's intervals lie in time (fact sheet 1.4): defaults inherited member by member,
/// intervals that follow each other, *now*, looping, several values in one interval, a random start.
package struct Timeline: Hashable, Sendable {
    /// Greatest number of stretches that are expanded.
    package static let maximumIntervals = 10_000

    /// One pass over the event's intervals, before looping, in their order.
    package let pass: [TimedInterval]
    /// Length of a pass: what a loop repeats by.
    private let period: Int
    /// When the event ends by its own `duration`; nil where it has none or never ends.
    private let limit: Int?
    private let loops: Bool
    /// Implied intervals never end of themselves (UG 8.7).
    private let implied: Bool

    /// Places the intervals of `event`. `anchor` is what *now* means (when the event came into being);
    /// `draw` gives the random offset as a fraction −1 … 1 for the interval at an index.
    package init(
        _ event: EventRequest, anchor: Int, draw: (Int) -> Double = { _ in 0 }
    ) throws {
        self.implied = event.intervals == nil
        let intervals = event.intervals ?? Self.implied(event)
        guard intervals.count <= Self.maximumIntervals else {
            throw OpenADRError(.limit, "intervals: send \(Self.maximumIntervals) or fewer")
        }
        var placed: [TimedInterval] = []
        var previousEnd: Int?
        var offset = 0
        for (index, interval) in intervals.enumerated() {
            let start = try Self.start(
                of: interval, at: index, event: event, anchor: anchor, after: previousEnd)
            let own = interval.intervalPeriod?.randomizeStart
            if let range = own ?? (index == 0 ? event.intervalPeriod?.randomizeStart : nil) {
                offset = Int(Double((range.end(from: 0) ?? 0)) * draw(index))
            }
            let length =
                interval.intervalPeriod?.duration ?? event.intervalPeriod?.duration ?? .zero
            let end = length.end(from: start)
            placed.append(
                TimedInterval(
                    id: interval.id, start: start + offset, end: end.map { $0 + offset },
                    payloads: interval.payloads))
            previousEnd = end
            if end == nil, index + 1 < intervals.count {
                // Whatever follows an interval without an end needs a start of its own.
                previousEnd = .max / 4
            }
        }
        self.pass = placed
        let first = placed.map(\.start).min() ?? anchor
        let last = placed.contains { $0.end == nil } ? nil : placed.compactMap(\.end).max() ?? first
        self.period = last.map { $0 - first } ?? 0
        self.limit = event.duration.flatMap { $0.end(from: first) }
        let longer = event.duration.map { ($0.end(from: first) ?? .max) > (last ?? .max) } ?? false
        self.loops = longer && self.period > 0
    }

    /// When everything is over; nil for never.
    package var end: Int? {
        if let limit = self.limit { return limit }
        if self.loops || self.implied { return nil }
        guard !self.pass.contains(where: { $0.end == nil }) else { return nil }
        return self.pass.compactMap(\.end).max() ?? .min
    }

    /// Whether everything is over at `now`: what `?active=true` leaves out.
    package func isTranspired(at now: Int) -> Bool {
        self.end.map { $0 <= now } ?? false
    }

    /// The stretches that overlap `from ..< to`, in order of time, at most `limit` of them: loops are
    /// unrolled, several scalar values split an interval evenly, `event.duration` cuts.
    package func stretches(from: Int, to: Int, limit: Int = Timeline.maximumIntervals)
        -> [TimedInterval]
    {
        var found: [TimedInterval] = []
        let first = self.pass.map(\.start).min() ?? 0
        var lap = self.loops ? max(0, (from - first) / self.period - 1) : 0
        while found.count < limit {
            let shift = lap * self.period
            guard first + shift < to else { break }
            for interval in self.pass {
                var moved = interval
                moved.start += shift
                moved.end = interval.end.map { $0 + shift }
                for part in Self.split(moved).compactMap(self.cut) where part.overlaps(from, to) {
                    found.append(part)
                }
            }
            lap += 1
            guard self.loops, self.limit.map({ first + lap * self.period < $0 }) ?? true else {
                break
            }
        }
        return Array(found.sorted { ($0.start, $0.id) < ($1.start, $1.id) }.prefix(limit))
    }

    /// What is left of a stretch inside the event's own duration.
    private func cut(_ interval: TimedInterval) -> TimedInterval? {
        guard let limit = self.limit else { return interval }
        guard interval.start < limit else { return nil }
        var cut = interval
        cut.end = min(interval.end ?? limit, limit)
        return cut
    }

    private static func start(
        of interval: Interval, at index: Int, event: EventRequest, anchor: Int, after: Int?
    ) throws -> Int {
        let own = interval.intervalPeriod
        // An event without any intervals leaves even their place to the VEN (fact sheet 1.5).
        guard
            own?.start != nil || own?.duration != nil || event.intervalPeriod != nil
                || event.intervals == nil
        else {
            throw OpenADRError(
                .unplaceable,
                "intervals[\(index)]: give it an intervalPeriod, or give the event one")
        }
        if let start = own?.start, !start.isNow { return start.microseconds }
        if index > 0, let after { return after }
        guard let start = event.intervalPeriod?.start, !start.isNow else { return anchor }
        return start.microseconds
    }

    /// The intervals that an event without any implies, as many as its report descriptors cover.
    private static func implied(_ event: EventRequest) -> [Interval] {
        let wanted = event.reportDescriptors?.compactMap(\.numIntervals).max() ?? 1
        let count = min(max(1, wanted), Self.maximumIntervals)
        return (0..<count).map { Interval(id: $0, payloads: []) }
    }

    /// `PRICE: [a, b, c]` holds for a third of the interval each (UG 7.4).
    private static func split(_ interval: TimedInterval) -> [TimedInterval] {
        let counts = interval.payloads.map { $0.type.isScalar ? $0.values.count : 1 }
        guard let end = interval.end, let parts = counts.max(), parts > 1 else { return [interval] }
        let length = end - interval.start
        return (0..<parts).map { part in
            TimedInterval(
                id: interval.id, start: interval.start + length * part / parts,
                end: interval.start + length * (part + 1) / parts,
                payloads: interval.payloads.map { payload in
                    guard payload.type.isScalar, payload.values.count > 1 else { return payload }
                    let index = part * payload.values.count / parts
                    return ValuesMap(payload.type, [payload.values[index]])
                })
        }
    }
}
