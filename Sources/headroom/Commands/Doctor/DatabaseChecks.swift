import Domain
import Foundation
import Runtime
import Storage

/// The database: there, durable, up to date, of this time.
enum DatabaseChecks {
    /// - Parameter folder: where the process will make an embedded database that is not there yet.
    static func all(_ text: String, folder: String?) async -> [Check] {
        do {
            let url = try DatabaseURL(text)
            if case .sqlite(let path) = url, !FileManager.default.fileExists(atPath: path) {
                guard let folder, path.hasPrefix(folder + "/") else {
                    return [
                        .failure("database", "no database at \(path): headroom migrate, or correct HEADROOM_DATABASE")
                    ]
                }
                return [.ok("database", "\(path) will be made at the first start")]
            }
            let health = try await url.health(now: WallClock.now)
            return [.ok("database", "\(url.shown) answers, and what it commits is on its disk")]
                + [self.schema(health), self.clock(health)] + self.role(health)
        } catch {
            return [.failure("database", "\(error)")]
        }
    }

    private static func schema(_ health: DatabaseHealth) -> Check {
        if health.schema == health.newestSchema { return .ok("schema", "step \(health.schema), the newest") }
        if health.schema > health.newestSchema {
            return .failure("schema", "step \(health.schema) is of a newer headroom: install that one")
        }
        return .failure(
            "schema",
            "step \(health.schema) of \(health.newestSchema): headroom migrate (an aggregator's start does it, too)"
        )
    }

    private static func clock(_ health: DatabaseHealth) -> Check {
        let ahead = health.clockAhead.milliseconds
        guard ahead.magnitude <= 1_000 else {
            return .failure("clocks", "the database's is \(ahead) ms ahead of ours: run chrony on both machines")
        }
        if let latest = health.latestBlock, latest > WallClock.now() + .seconds(60) {
            let seconds = (latest - WallClock.now()).milliseconds / 1_000
            return .failure("clocks", "the newest block was settled \(seconds) s after now: set the clock")
        }
        return .ok("clocks", "agree with the database and with what it holds")
    }

    private static func role(_ health: DatabaseHealth) -> [Check] {
        guard health.isSuperuser else { return [] }
        return [
            .failure(
                "role", "a superuser is not bound by row-level security: connect as an ordinary owner of the database")
        ]
    }
}
