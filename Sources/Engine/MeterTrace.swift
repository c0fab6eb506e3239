import Domain

/// The latest readings of one charging point, oldest first, and what they sum up to.
struct MeterTrace: Sendable {
    struct Sample: Sendable, Hashable {
        var at: Instant
        var watts: Int
    }
    /// Bounded: at one reading a second this is more than the grace for late ones.
    static let limit = 48

    private(set) var samples: [Sample] = []
    private(set) var sequence: UInt64 = 0
    private var firstNet: Energy?
    private(set) var lastNet = Energy.zero
    /// ∫ power between the first and the last reading, trapezoids.
    private(set) var integral = Energy.zero
    private(set) var throughput = Energy.zero

    /// Registers' change since the first reading.
    var registerChange: Energy { self.firstNet.map { self.lastNet - $0 } ?? .zero }

    /// Takes a reading. One that was seen before, by its journal's sequence, changes nothing.
    mutating func take(_ reading: MeterReading) -> Bool {
        guard reading.sequence > self.sequence else { return false }
        self.sequence = reading.sequence
        let net = reading.importRegister - reading.exportRegister
        if let last = self.samples.last {
            guard reading.at > last.at else { return true }
            let span = reading.at - last.at
            let mean = Power(watts: (last.watts + reading.power.watts) / 2)
            self.integral += mean.over(span)
            self.throughput += Power(watts: Int(mean.watts.magnitude)).over(span)
        }
        if self.firstNet == nil { self.firstNet = net }
        self.lastNet = net
        self.samples.append(Sample(at: reading.at, watts: reading.power.watts))
        if self.samples.count > Self.limit { self.samples.removeFirst(self.samples.count - Self.limit) }
        return true
    }

    /// Mean power over the second that starts at `second`, from the straight lines between readings;
    /// after the last reading its power counts on for ten seconds, then nothing.
    func power(second: Int) -> Int {
        let middle = Instant(microseconds: second * 1_000_000 + 500_000)
        guard let last = self.samples.last else { return 0 }
        if middle >= last.at { return middle - last.at <= .seconds(10) ? last.watts : 0 }
        guard let next = self.samples.firstIndex(where: { $0.at > middle }), next > 0 else {
            return self.samples.first.map { $0.at > middle ? 0 : $0.watts } ?? 0
        }
        let before = self.samples[next - 1]
        let after = self.samples[next]
        let width = (after.at - before.at).microseconds
        let part = (middle - before.at).microseconds
        return before.watts + (after.watts - before.watts) * part / max(1, width)
    }

    /// The car changed: readings go on in another account.
    mutating func cut() {
        self.samples.removeAll(keepingCapacity: true)
    }
}
