package import Domain
import Synchronization

/// Slows down guessing: after five wrong passwords in a row a name waits, doubling from 1 s up to 5 minutes.
package final class LoginGuard: Sendable {
    private struct Entry {
        var failures = 0
        var openAgain = Instant.distantPast
    }
    private let entries = Mutex<[String: Entry]>([:])
    private let limit = 10_000

    package init() {}

    package func mayTry(_ name: String, at now: Instant) -> Bool {
        self.entries.withLock { ($0[name]?.openAgain ?? .distantPast) <= now }
    }

    /// Takes a try before the password is looked at, so that many at a time are no way around the wait.
    /// - Returns: false while the name waits, or while more names wait than are kept.
    package func begin(_ name: String, at now: Instant) -> Bool {
        guard self.mayTry(name, at: now) else { return false }
        return self.failed(name, at: now)
    }

    @discardableResult
    package func failed(_ name: String, at now: Instant) -> Bool {
        self.entries.withLock { entries in
            if entries.count >= self.limit {
                entries = entries.filter { $0.value.openAgain > now || $0.key == name }
            }
            guard entries.count < self.limit || entries[name] != nil else { return false }
            var entry = entries[name] ?? Entry()
            entry.failures += 1
            if entry.failures >= 5 {
                let seconds = min(300, 1 << min(entry.failures - 5, 9))
                entry.openAgain = now + .seconds(seconds)
            }
            entries[name] = entry
            return true
        }
    }

    package func succeeded(_ name: String) {
        self.entries.withLock { $0[name] = nil }
    }
}
