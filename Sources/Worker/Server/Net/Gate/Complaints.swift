import Domain
import Synchronization

/// Which complaints were logged: a bad station is named once an hour, not ten thousand times.
final class Complaints: Sendable {
    private struct Entry {
        var since: Instant
        var repeats = 0
    }
    private struct Key: Hashable {
        var who: String
        var what: String
    }

    static let most = 10_000
    static let quiet = TimeSpan.hours(1)

    private let entries = Mutex<[Key: Entry]>([:])

    /// How often it was held back since it was last said; nil = hold it back too.
    func say(_ what: String, of who: String, at now: Instant) -> Int? {
        self.entries.withLock { entries in
            let key = Key(who: who, what: what)
            if let known = entries[key], now - known.since < Self.quiet {
                entries[key]?.repeats += 1
                return nil
            }
            if entries.count >= Self.most, entries[key] == nil {
                entries = entries.filter { now - $0.value.since < Self.quiet }
                // Whoever comes when ten thousand are bad within the hour is only counted.
                guard entries.count < Self.most else { return nil }
            }
            let repeats = entries[key]?.repeats ?? 0
            entries[key] = Entry(since: now)
            return repeats
        }
    }
}
