package import Domain
import Foundation
import Synchronization

/// After a restart: rows of the last moments may have been journalled as events and not yet as rows.
extension Outbox {
    /// How long a step's rows may take on their way here, generously.
    private static let margin = TimeSpan.minutes(1)
    private var missingFile: String { self.journal.folder + "/missing" }

    /// The rows of every step up to this instant are here, or were delivered; of later ones some may be missing.
    package var certain: Instant {
        let latest = self.journal.latest ?? .distantPast
        let missing = FileManager.default.contents(atPath: self.missingFile)
            .map { Int(String(decoding: $0, as: UTF8.self)).map { Instant(microseconds: $0) } ?? .distantPast }
        let known = min(latest, missing ?? latest)
        return known > .distantPast ? known - Self.margin : .distantPast
    }

    /// Takes a record of a replay, at the time of its step; waits for the disk where it cannot keep up. For threads of
    /// their own only.
    package func restore(_ record: Record, at instant: Instant) throws {
        do {
            _ = try self.append(record, at: instant)
        } catch let error as StorageError where error.code == .overloaded {
            try self.journal.waitUntilDurable(self.journal.nextIndex - 1)
            _ = try self.append(record, at: instant)
        }
    }

    /// Everything was restored: returns once it is on the disk.
    package func restored() async throws {
        let last = self.journal.nextIndex - 1
        if last > 0 { try await self.journal.durable(last) }
        try DiskFolder.remove(self.missingFile)
    }

    /// Notes once from when on rows are missing. Where even that cannot be written the journal takes nothing
    /// more either, and its latest entry says the same.
    func noteMissing(at instant: Instant) {
        let isFirst = self.progress.withLock { progress in
            defer { progress.isMissing = true }
            return !progress.isMissing
        }
        guard isFirst, !FileManager.default.fileExists(atPath: self.missingFile) else { return }
        try? DiskFolder.replace(self.missingFile, with: Array(String(instant.microseconds).utf8))
    }
}
