package import Domain

/// Makes the demo's frequency: a quiet grid, then an event with the published milestones of Great Britain,
/// 9 August 2019 (National Grid ESO's technical report of 6 September 2019, Ofgem's report of January
/// 2020), then a quiet grid again. It is modelled on the milestones, not on the recording.
///
/// The two falls run in real time (25.5 s to 49.08 Hz, 18.4 s to 48.79 Hz), because their slope is what a
/// fleet is measured by. The slow parts, the plateau at 49.2 Hz between them and the way back to 50 Hz, are
/// shortened alike so that the event fits ``eventSeconds``; at 222 s and more nothing is shortened.
package struct GridEventTrace: Hashable, Sendable {
    /// First instant of the trace.
    package var start: Instant
    /// From the first instant to the first loss.
    package var leadSeconds: Int
    /// From the first loss until 50 Hz again, 75 s or more.
    package var eventSeconds: Int
    /// Quiet grid after the event.
    package var tailSeconds: Int
    package var seed: UInt64
    /// Distance between two rows.
    package var stepMilliseconds = 500

    package init(
        start: Instant, leadSeconds: Int, eventSeconds: Int = 110, tailSeconds: Int = 600,
        seed: UInt64
    ) {
        self.start = start
        self.leadSeconds = leadSeconds
        self.eventSeconds = eventSeconds
        self.tailSeconds = tailSeconds
        self.seed = seed
    }

    /// Milliseconds after the fault, mHz, and whether the way there may be shortened.
    private static let milestones: [(after: Int, milliHertz: Int, slow: Bool)] = [
        (0, 50_000, false),
        // Three losses within a second: a wind farm, a steam turbine, embedded generation.
        (500, 49_921, false), (1_500, 49_770, false), (2_500, 49_633, false),
        (10_500, 49_271, false),
        // The first fall is arrested.
        (25_500, 49_083, false),
        (44_500, 49_200, true), (57_500, 49_200, true),
        // A gas turbine trips; embedded generation follows at 49 Hz.
        (61_500, 49_000, false), (75_900, 48_790, false),
        // Demand has been disconnected; the last turbine trips on the way up.
        (84_500, 48_900, true), (100_500, 49_000, true), (146_500, 49_500, true),
        (221_500, 50_000, true),
    ]
    /// Of the milestones, what runs in real time and what may be shortened, in milliseconds.
    private static let fixed = 25_500 + 18_400
    private static let slow = 221_500 - fixed
    /// The frequency at the lowest point in mHz.
    package static let nadir = 48_790

    /// The trace; the same for the same figures.
    package func trace() -> SignalTrace {
        var generator = SeededGenerator(seed: self.seed)
        let length = (self.leadSeconds + self.eventSeconds + self.tailSeconds) * 1_000
        var times: [Instant] = []
        var values: [Int] = []
        var wander = 0.0
        for offset in stride(from: 0, through: length, by: self.stepMilliseconds) {
            // A slow random walk back to nominal: a standard deviation of about 4 mHz.
            wander = 0.95 * wander + Double(Int.random(in: -21...21, using: &generator)) / 10
            let after = offset - self.leadSeconds * 1_000
            let isEvent = after > 0 && after < self.eventSeconds * 1_000
            let noise = min(12, max(-12, isEvent ? wander / 4 : wander))
            times.append(self.start + .milliseconds(offset))
            values.append(self.milliHertz(after) + Int(noise.rounded()))
        }
        return SignalTrace(kind: .frequency, times: times, values: values)
    }

    /// When the lowest point is reached.
    package var nadirAt: Instant {
        let index = Self.milestones.firstIndex { $0.milliHertz == Self.nadir } ?? 0
        return self.start + .seconds(self.leadSeconds) + .milliseconds(self.schedule[index].after)
    }

    /// The milestones with their slow parts shortened.
    private var schedule: [(after: Int, milliHertz: Int)] {
        let wanted = max(self.eventSeconds * 1_000, 75_000)
        let room = min(wanted, Self.fixed + Self.slow) - Self.fixed
        var after = 0
        var previous = 0
        return Self.milestones.map { milestone in
            let span = milestone.after - previous
            previous = milestone.after
            after += milestone.slow ? span * room / Self.slow : span
            return (after, milestone.milliHertz)
        }
    }

    /// The frequency without noise, so many milliseconds after the fault.
    private func milliHertz(_ after: Int) -> Int {
        guard after > 0 else { return 50_000 }
        let schedule = self.schedule
        for (left, right) in zip(schedule, schedule.dropFirst()) where after <= right.after {
            let rise = (right.milliHertz - left.milliHertz) * (after - left.after)
            return left.milliHertz + roundedDivision(rise, max(1, right.after - left.after))
        }
        return 50_000
    }
}
