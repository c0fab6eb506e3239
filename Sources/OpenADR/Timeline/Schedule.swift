/// Stretches of several events, with what decides between them where they overlap.
package struct ScheduleEntry<Source: Hashable & Sendable>: Hashable, Sendable {
    package var source: Source
    /// 0 wins; nil loses against any number.
    package var priority: Int?
    /// When the event was written: the later one wins among equals, which the standard leaves open.
    package var written: Int
    package var interval: TimedInterval

    package init(source: Source, priority: Int?, written: Int, interval: TimedInterval) {
        self.source = source
        self.priority = priority
        self.written = written
        self.interval = interval
    }

    private var rank: Int { self.priority ?? .max }

    func wins(over other: ScheduleEntry) -> Bool {
        if self.rank != other.rank { return self.rank < other.rank }
        if self.written != other.written { return self.written > other.written }
        return self.interval.start > other.interval.start
    }
}

/// Lays overlapping stretches out so that exactly one holds at any time.
package enum Schedule {
    /// Disjoint stretches in order of time; each keeps its source and payloads. Stretches without
    /// payloads ask for reports only and never win against an instruction, so they are left out.
    package static func merged<Source>(
        _ entries: [ScheduleEntry<Source>]
    ) -> [ScheduleEntry<Source>] {
        let real = entries.filter {
            !$0.interval.payloads.isEmpty && ($0.interval.end ?? .max) > $0.interval.start
        }
        let edges = Set(real.flatMap { [$0.interval.start, $0.interval.end ?? .max] }).sorted()
        let byStart = real.sorted { $0.interval.start < $1.interval.start }
        var open: [ScheduleEntry<Source>] = []
        var next = 0
        var merged: [ScheduleEntry<Source>] = []
        for (index, edge) in edges.enumerated().dropLast() {
            while next < byStart.count, byStart[next].interval.start <= edge {
                open.append(byStart[next])
                next += 1
            }
            open.removeAll { ($0.interval.end ?? .max) <= edge }
            guard var winner = open.first else { continue }
            for entry in open.dropFirst() where entry.wins(over: winner) { winner = entry }
            Self.append(winner, from: edge, to: edges[index + 1], to: &merged)
        }
        return merged
    }

    /// Joins what one stretch holds before and after an edge that did not concern it.
    private static func append<Source>(
        _ entry: ScheduleEntry<Source>, from: Int, to: Int, to merged: inout [ScheduleEntry<Source>]
    ) {
        let end = to == .max ? nil : to
        if let last = merged.last, last.interval.end == from, last.source == entry.source,
            last.interval.id == entry.interval.id,
            last.interval.payloads == entry.interval.payloads,
            entry.interval.start < from
        {
            merged[merged.count - 1].interval.end = end
            return
        }
        var part = entry
        part.interval.start = from
        part.interval.end = end
        merged.append(part)
    }
}
