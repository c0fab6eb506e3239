package import Domain
import Synchronization

/// What waits for the engine. Telemetry is state: when it is full the oldest batch goes, counted. Everything
/// else is a fact: it is taken whole or, when full, refused to the one who posts it; never dropped.
package final class EventInbox: Sendable {
    private struct State {
        var facts: [Event] = []
        var telemetry: [TelemetryBatch] = []
        /// Index of the oldest batch that was not dropped.
        var first = 0
        var dropped = 0
        var refused = 0
        /// How many facts stood before each batch, so that the order of posting is kept.
        var marks: [Int] = []
    }
    private let state = Mutex(State())
    private let telemetryLimit: Int
    private let factLimit: Int

    /// - Parameters:
    ///   - telemetryLimit: most batches that wait.
    ///   - factLimit: most other events that wait, at most what one journal record may hold.
    package init(telemetryLimit: Int = 4_096, factLimit: Int = 50_000) {
        precondition(telemetryLimit > 0 && factLimit > 0, "an inbox holds something")
        precondition(telemetryLimit + factLimit <= StepRecord.mostEvents, "one record holds all")
        self.telemetryLimit = telemetryLimit
        self.factLimit = factLimit
    }

    /// Telemetry batches that were dropped, and facts that were refused, since the start.
    package var dropped: Int { self.state.withLock { $0.dropped } }
    package var refused: Int { self.state.withLock { $0.refused } }

    /// Takes events in their order, all or none; false when the facts among them found no room.
    package func post(_ events: [Event]) -> Bool {
        self.state.withLock { state in
            let facts = events.count { !$0.isTelemetry }
            guard state.facts.count + facts <= self.factLimit else {
                state.refused += facts
                return false
            }
            for event in events {
                if case .telemetry(let batch) = event {
                    state.telemetry.append(batch)
                    state.marks.append(state.facts.count)
                } else {
                    state.facts.append(event)
                }
            }
            self.trim(&state)
            return true
        }
    }

    private func trim(_ state: inout State) {
        let over = state.telemetry.count - state.first - self.telemetryLimit
        guard over > 0 else { return }
        state.first += over
        state.dropped += over
        // The dead front is cut off only now and then, so that dropping stays cheap.
        guard state.first > self.telemetryLimit else { return }
        state.telemetry.removeFirst(state.first)
        state.marks.removeFirst(state.first)
        state.first = 0
    }

    /// Everything that waits, in the order in which it was posted.
    package func drain() -> [Event] {
        let taken = self.state.withLock { state in
            let taken = state
            state.facts = []
            state.telemetry = []
            state.marks = []
            state.first = 0
            return taken
        }
        var events: [Event] = []
        events.reserveCapacity(taken.facts.count + taken.telemetry.count - taken.first)
        var next = taken.first
        for index in 0...taken.facts.count {
            while next < taken.telemetry.count, taken.marks[next] <= index {
                events.append(.telemetry(taken.telemetry[next]))
                next += 1
            }
            if index < taken.facts.count { events.append(taken.facts[index]) }
        }
        return events
    }
}

extension Event {
    /// State that the next batch replaces, and that may be lost.
    var isTelemetry: Bool {
        if case .telemetry = self { return true }
        return false
    }

    /// Something that should not wait for the next tick.
    var isUrgent: Bool {
        switch self {
        case .telemetry, .readings, .siteLoad, .residual, .tick: false
        default: true
        }
    }
}
