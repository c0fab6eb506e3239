package import Domain
import Glibc

/// The machine's clocks, read only here and handed to pure code as ``Domain/Instant``.
package enum WallClock {
    /// UTC now, in microseconds.
    package static func now() -> Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: time.tv_sec * 1_000_000 + time.tv_nsec / 1_000)
    }

    /// A trace id from the system's randomness, for a signal that arrived without one.
    package static func newTrace() -> TraceID {
        TraceID(high: UInt64.random(in: 1...UInt64.max), low: UInt64.random(in: 1...UInt64.max))
    }
}
