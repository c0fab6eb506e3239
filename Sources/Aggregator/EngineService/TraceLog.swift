import Domain
import Logging
import Runtime

/// Says which signals were heard and which requests went out to the workers, with their trace: what changed at
/// `info`, at most once a second for each stream, everything else that is not a mere repetition at `debug`.
struct TraceLog {
    private var traces = SignalTraces()
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    mutating func heard(_ events: [Event], at now: Instant) {
        for case .signal(let signal) in events {
            guard let level = Self.level(self.traces.hear(signal)) else { continue }
            var facts: Logger.Metadata = [
                LogKey.trace: "\(signal.trace.hex)", LogKey.resource: "\(signal.resource)",
                LogKey.product: "\(signal.product)", LogKey.age: "\((now - signal.sentAt).milliseconds)",
            ]
            switch signal.value {
            case .request(let watts): facts[LogKey.watts] = "\(watts)"
            case .frequency(let milliHertz): facts[LogKey.milliHertz] = "\(milliHertz)"
            }
            self.logger.log(level: level, "a signal was heard", metadata: facts)
        }
    }

    mutating func said(_ effects: [Effect]) {
        for effect in effects {
            guard case .broadcast(let signal) = effect.action, let level = Self.level(self.traces.hear(signal))
            else { continue }
            self.logger.log(
                level: level, "a request was broadcast",
                metadata: [
                    LogKey.trace: "\(signal.trace.hex)", LogKey.resource: "\(signal.plan.resource)",
                    LogKey.product: "\(signal.product)", LogKey.watts: "\(signal.fast)",
                    "plan": "\(signal.plan.version)",
                ])
        }
    }

    private static func level(_ verdict: SignalTraces.Verdict) -> Logger.Level? {
        switch verdict {
        case .told: .info
        case .quiet: .debug
        case .repeated: nil
        }
    }
}
