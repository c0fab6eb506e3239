import Domain

/// What a comparison group drew, as means of whole minutes: each is the measure of the minute that follows it, so that
/// what steers and what pays is one number, known when it counts.
struct PeerLoad: Hashable, Sendable, Codable {
    struct Minute: Hashable, Sendable, Codable {
        /// Its first second, and W.
        var from: Int
        var watts: Int
    }
    /// The latest, in order: longer than a second waits for a worker that is away.
    private(set) var minutes: [Minute] = []
    /// The minute that runs: Σ W and seconds that are known.
    private var running = 0
    private var sum = 0
    private var seconds = 0

    private static let mostMinutes = 15
    /// For so long a mean counts where none follows it, s.
    static let hold = 300

    /// Takes a second; nil: nobody knows what the meters showed in it.
    mutating func add(second: Int, watts: Int?) {
        let minute = second / 60 * 60
        guard minute >= self.running else { return }
        if minute > self.running {
            if self.seconds > 0 {
                self.minutes.append(Minute(from: self.running, watts: self.sum / self.seconds))
                if self.minutes.count > Self.mostMinutes { self.minutes.removeFirst() }
            }
            (self.running, self.sum, self.seconds) = (minute, 0, 0)
        }
        guard let watts else { return }
        self.sum += watts
        self.seconds += 1
    }

    /// What a second is measured by, W: the mean of the last whole minute before its own; nil where none is near.
    func measure(of second: Int) -> Int? {
        let minute = second / 60 * 60
        return self.minutes.last { $0.from < minute && minute - $0.from <= Self.hold }?.watts
    }

    func fingerprint(into mark: inout Fingerprint) {
        for minute in self.minutes {
            mark.add(minute.from)
            mark.add(minute.watts)
        }
        for figure in [self.running, self.sum, self.seconds] { mark.add(figure) }
    }
}
