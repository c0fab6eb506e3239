package import Domain

/// Which signals a process tells of in its log, and what it told of each trace already.
///
/// Signals come ten times a second and each has a trace of its own. Told at `info` is what is news: a request
/// that changed, a frequency that moved by ``frequencyStep`` or the first of a minute; of each stream at most
/// one in ``period``. The rest is for `debug`. Aggregator and workers judge by the signals' own times, so
/// they tell of the same ones, and a trace that one tells of is found at the other.
package struct SignalTraces: Sendable {
    /// What a signal is to the log.
    package enum Verdict: Hashable, Sendable {
        /// Says what was said before; what it causes belongs to the trace that said it first.
        case repeated
        /// News, but too soon after the last that was told.
        case quiet
        case told
    }
    /// What is told once of a trace, however many stations it moves.
    package enum Step: Hashable, Sendable {
        case sent
        case answered
    }
    package static let period = TimeSpan.seconds(1)
    /// In mHz.
    package static let frequencyStep = 20
    /// Most streams that are followed, and most traces that are remembered.
    package static let mostStreams = 1_000
    package static let mostTraces = 64

    private struct Stream: Hashable, Sendable {
        var resource: ResourceID
        var product: ProductID
        var isDispatch: Bool
    }
    private struct Last: Sendable {
        var value: SignalValue
        var trace: TraceID
        var toldValue: SignalValue
        var toldAt: Instant
    }
    private struct Told: Sendable {
        var trace: TraceID
        var steps: Set<Step> = []
    }
    private var streams: [Stream: Last] = [:]
    private var told: [Told] = []

    package init() {}

    /// A signal of the grid.
    package mutating func hear(_ signal: GridSignal) -> Verdict {
        self.hear(
            Stream(resource: signal.resource, product: signal.product, isDispatch: false), signal.value, signal.trace,
            at: signal.sentAt)
    }

    /// The scalar that workers hear.
    package mutating func hear(_ signal: DispatchSignal) -> Verdict {
        self.hear(
            Stream(resource: signal.plan.resource, product: signal.product, isDispatch: true),
            .request(watts: signal.fast), signal.trace, at: signal.sentAt)
    }

    private mutating func hear(_ stream: Stream, _ value: SignalValue, _ trace: TraceID, at: Instant) -> Verdict {
        guard trace != .none else { return .repeated }
        guard var last = self.streams[stream] else {
            guard self.streams.count < Self.mostStreams else { return .quiet }
            self.streams[stream] = Last(value: value, trace: trace, toldValue: value, toldAt: at)
            self.remember(trace)
            return .told
        }
        let isRepeated = value == last.value || trace == last.trace
        last.value = value
        last.trace = trace
        defer { self.streams[stream] = last }
        guard Self.isNews(value, last, isRepeated: isRepeated, at: at) else { return isRepeated ? .repeated : .quiet }
        last.toldValue = value
        last.toldAt = at
        self.remember(trace)
        return .told
    }

    private static func isNews(_ value: SignalValue, _ last: Last, isRepeated: Bool, at: Instant) -> Bool {
        guard case .frequency(let now) = value, case .frequency(let before) = last.toldValue else {
            return !isRepeated && at - last.toldAt >= self.period
        }
        if at.seconds / 60 != last.toldAt.seconds / 60 { return true }
        return (now - before).magnitude >= self.frequencyStep && at - last.toldAt >= self.period
    }

    private mutating func remember(_ trace: TraceID) {
        guard !self.told.contains(where: { $0.trace == trace }) else { return }
        if self.told.count >= Self.mostTraces { self.told.removeFirst() }
        self.told.append(Told(trace: trace))
    }

    /// True once for each step of a trace that was told of, and never for another trace.
    package mutating func isFirst(_ step: Step, of trace: TraceID) -> Bool {
        guard let index = self.told.lastIndex(where: { $0.trace == trace }) else { return false }
        return self.told[index].steps.insert(step).inserted
    }
}
