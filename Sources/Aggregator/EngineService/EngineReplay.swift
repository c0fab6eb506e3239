package import Domain
package import Engine

/// Rebuilds an engine from the records of its journal, in their order; the same bytes give the same state.
package struct EngineReplay: Sendable {
    package private(set) var engine: AggregatorEngine?
    package private(set) var steps = 0
    package private(set) var events = 0
    /// Fingerprints that were journalled and found again.
    package private(set) var marks = 0
    package private(set) var from: Instant?

    package init() {}

    /// Goes on from a checkpoint.
    package init(_ engine: AggregatorEngine) {
        self.engine = engine
        self.from = engine.now
    }

    /// Applies one record and returns what the engine wanted done then.
    @discardableResult
    package mutating func apply(_ record: [UInt8]) throws(AggregatorError) -> [Effect] {
        let record = try StepRecord(decoding: record)
        if self.from == nil { self.from = record.at }
        switch record.body {
        case .lead(let configuration):
            if self.engine == nil {
                self.engine = AggregatorEngine(configuration: configuration)
            } else {
                self.engine?.resume(configuration, at: record.at)
            }
            return []
        case .step(let events):
            guard self.engine != nil else {
                throw AggregatorError(
                    .noLeader, "the journal's beginning is missing: no record names its leader")
            }
            self.steps += 1
            self.events += events.count
            return self.engine?.step(events, at: record.at) ?? []
        case .mark(let fingerprint):
            guard self.engine?.fingerprint == fingerprint else {
                throw AggregatorError(
                    .diverged,
                    "after \(self.steps) steps the state is not the one that was journalled")
            }
            self.marks += 1
            return []
        }
    }

    /// The engine's fingerprint as 16 hexadecimal digits.
    package var fingerprint: String {
        let text = String(self.engine?.fingerprint ?? 0, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    /// One line for a person.
    package var summary: String {
        "\(self.steps) steps, \(self.events) events, \(self.marks) marks found again, fingerprint \(self.fingerprint)"
    }
}
