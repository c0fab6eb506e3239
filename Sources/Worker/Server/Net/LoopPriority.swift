import Glibc
import Synchronization

/// Dispatch before everything else that the machine has to do.
///
/// The last of thousands of frames is as late as all others that had to be written, and as what took the core from
/// their loop meanwhile. So the loop's thread is raised for as long as it writes them, and not for longer: a loop that
/// is woken for each answer at once reads them one by one, which costs a third more.
package enum LoopPriority {
    /// A kernel's step of priority is worth about a quarter more of a contended core. With ten of them the last frame
    /// is no earlier than with six, and each answer costs a fifth more, because so few are there at once afterwards.
    package static let niceness: Int32 = -6
    /// Fewer frames than this are written before the kernel has thought of anybody else.
    static let leastFrames = 100

    private static let isRefused = Atomic(false)
    /// What the process was started with.
    private static let usual = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)

    /// Whether the kernel lets this thread be raised; tries it.
    package static func isAllowed() -> Bool {
        let usual = Self.usual
        return Self.set(Self.niceness) && Self.set(usual)
    }

    /// Runs `body` on the calling thread ahead of others; on Linux a niceness is a thread's own. Where the kernel does
    /// not allow it (no `CAP_SYS_NICE`, no `LimitNICE`) it is asked once, and all goes on at the priority of everybody.
    /// - Parameter frames: what `body` writes.
    package static func raised(for frames: Int, _ body: () -> Void) {
        guard frames >= Self.leastFrames, !Self.isRefused.load(ordering: .relaxed) else { return body() }
        let usual = Self.usual
        if Self.set(Self.niceness) {
            defer { _ = Self.set(usual) }
            body()
        } else {
            Self.isRefused.store(true, ordering: .relaxed)
            body()
        }
    }

    private static func set(_ niceness: Int32) -> Bool {
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) == 0
    }
}
