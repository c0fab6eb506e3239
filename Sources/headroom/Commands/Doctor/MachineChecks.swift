import Domain
import Foundation
import Glibc
import Runtime
import Worker
import ZeroMQ

/// The machine by itself: libzmq, clock, descriptors.
enum MachineChecks {
    static func all() -> [Check] { [self.curve(), self.clock()] }

    /// A libzmq that was built without CURVE makes no keys.
    private static func curve() -> Check {
        do {
            _ = try KeyPair.generate()
            return .ok("libzmq", "has CURVE")
        } catch {
            return .failure("libzmq", "cannot make CURVE keys (\(error)): install libzmq5 with libsodium")
        }
    }

    /// Telemetry, expiries and blocks are compared between machines, so a clock must be held by somebody.
    private static func clock() -> Check {
        let keepers = [
            "/run/systemd/timesync/synchronized", "/run/chrony/chronyd.pid", "/run/chronyd.pid", "/run/ntpd.pid",
        ]
        guard WallClock.now().seconds > 1_767_225_600 else {
            return .failure("clock", "says it is before 2026: set it, and run chrony")
        }
        guard keepers.contains(where: { FileManager.default.fileExists(atPath: $0) }) else {
            return .warning(
                "clock", "nobody seems to keep it: run chrony or systemd-timesyncd (a host may do it for you)")
        }
        return .ok("clock", "is kept")
    }

    /// A worker writes a signal's frames ahead of what else runs on its machine.
    static func priority() -> Check {
        guard LoopPriority.isAllowed() else {
            return .warning(
                "priority",
                "orders are written at the priority of everybody: set LimitNICE=\(LoopPriority.niceness) of the unit")
        }
        return .ok("priority", "orders to stations go ahead of what else runs")
    }

    /// - Parameter wanted: what the process may have open at once.
    static func descriptors(wanted: Int) -> [Check] {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return [] }
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0
        let free = Int(clamping: limit.rlim_cur) - open
        guard free >= wanted - 64 else {
            return [
                .failure(
                    "file descriptors",
                    "\(free) are free, \(wanted) may be wanted: raise LimitNOFILE of the unit, or ulimit -n")
            ]
        }
        return [.ok("file descriptors", "\(free) are free, \(wanted) may be wanted")]
    }
}
