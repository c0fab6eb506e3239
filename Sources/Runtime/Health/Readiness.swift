import Synchronization

/// Whether a process can do its work: `/readyz` answers 200 only when every named part is ready. What is the matter
/// without stopping the work (a database that is away) is listed there, and is no reason to take the process out.
package final class Readiness: Sendable {
    private let parts: Mutex<[String: Bool]>
    private let notes = Mutex<[String: String]>([:])

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

    /// Says what is the matter with a part although the work goes on, in one line; nil: it is well again.
    package func degrade(_ part: String, _ why: String?) {
        self.notes.withLock { $0[part] = why }
    }

    /// What is the matter although the work goes on, sorted by part.
    package var degraded: [String] {
        self.notes.withLock { notes in notes.sorted { $0.key < $1.key }.map(\.value) }
    }
}
