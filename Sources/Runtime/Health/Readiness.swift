import Synchronization

/// Whether a process can do its work: `/readyz` answers 200 only when every named part is ready.
package final class Readiness: Sendable {
    private let parts: Mutex<[String: Bool]>

    /// Starts with `parts` not ready.
    package init(parts: [String]) {
        self.parts = Mutex(Dictionary(uniqueKeysWithValues: parts.map { ($0, false) }))
    }

    package func set(_ part: String, _ ready: Bool) {
        self.parts.withLock { $0[part] = ready }
    }

    /// The parts that are not ready, sorted.
    package var waiting: [String] {
        self.parts.withLock { parts in parts.filter { !$0.value }.map(\.key).sorted() }
    }
}
