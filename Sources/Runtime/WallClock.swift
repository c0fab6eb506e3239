package import Domain
import Glibc
import Synchronization

/// The machine's clocks, read only here and handed to pure code as ``Domain/Instant``.
package enum WallClock {
    private static let discipline = Mutex(ClockDiscipline())

    /// UTC now, in microseconds: the machine's wall clock, but for its steps (``ClockDiscipline``).
    package static func now() -> Instant {
        let (wall, steady) = (read(CLOCK_REALTIME), read(CLOCK_BOOTTIME))
        return Instant(microseconds: self.discipline.withLock { $0.now(wall: wall, steady: steady) })
    }

    /// How far the machine's wall clock stepped away from what ``now()`` says; nil while they agree.
    package static var step: TimeSpan? {
        self.discipline.withLock { $0.step.map { TimeSpan(microseconds: $0) } }
    }

    private static func read(_ clock: clockid_t) -> Int {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
    }

    /// A trace id from the system's randomness, for a signal that arrived without one.
    package static func newTrace() -> TraceID {
        TraceID(high: UInt64.random(in: 1...UInt64.max), low: UInt64.random(in: 1...UInt64.max))
    }
}

/// A wall clock that does not follow a step at once. Leases, blocks and signals live by it: a person, or a time server
/// that lies, would end or prolong them all. What is slewed is followed, and a step that stands long enough is one.
package struct ClockDiscipline: Sendable {
    /// More than a time server slews between two looks, less than workers and aggregator bear of each other.
    static let most = 1_000_000
    /// So long a step has to stand, µs.
    static let patience = 120 * 1_000_000
    /// Wall less steady clock, µs, as it is believed.
    private var offset: Int?
    private var stepped: (offset: Int, since: Int)?

    package init() {}

    /// The step that is not believed yet, µs.
    package var step: Int? {
        guard let stepped = self.stepped, let offset = self.offset else { return nil }
        return stepped.offset - offset
    }

    /// - Parameters:
    ///   - wall: the wall clock, µs.
    ///   - steady: a clock that only ever goes on, µs.
    package mutating func now(wall: Int, steady: Int) -> Int {
        let measured = wall - steady
        guard let offset = self.offset, (measured - offset).magnitude > UInt(Self.most) else {
            self.offset = measured
            self.stepped = nil
            return wall
        }
        // A step upon a step stands from then on.
        guard let stepped = self.stepped, (measured - stepped.offset).magnitude <= UInt(Self.most) else {
            self.stepped = (measured, steady)
            return steady + offset
        }
        guard steady - stepped.since >= Self.patience else { return steady + offset }
        self.offset = measured
        self.stepped = nil
        return wall
    }
}
