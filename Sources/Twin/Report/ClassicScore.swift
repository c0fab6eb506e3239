/// The three-part performance score of regulation (PJM Manual 12, classic form): for each of twelve
/// five-minute windows of an hour how well, how soon and how exactly the response follows the signal.
public struct ClassicScore: Hashable, Sendable {
    /// Each 0 … 1; the total is their mean.
    public var correlation: Double
    public var delay: Double
    public var precision: Double
    public var total: Double { (self.correlation + self.delay + self.precision) / 3 }

    static let windows = 12
    /// Samples, 10 s apart, of a window, and of the longest lag (300 s).
    static let window = 30
    static let mostLag = 30
    /// Samples that one hour's score reads: the hour and the longest lag after it.
    public static let samples = windows * window + mostLag

    /// Scores one hour of samples 10 s apart; nil when fewer than ``samples`` are given. `shift` samples are
    /// free in the precision term: the response is compared with the signal that much earlier.
    public init?(signal: [Double], response: [Double], shift: Int = 1) {
        guard signal.count >= Self.samples, response.count >= Self.samples, 0...1 ~= shift else {
            return nil
        }
        let level = Self.mean(signal.prefix(Self.windows * Self.window).map { abs($0) })
        var parts = (correlation: 0.0, delay: 0.0, precision: 0.0)
        for index in 0..<Self.windows {
            let start = index * Self.window
            let asked = Array(signal[start..<(start + Self.window)])
            let best = Self.follow(asked, response: response, from: start)
            parts.correlation += best.correlation
            parts.delay += best.delay
            let came = response[(start + shift)..<(start + shift + Self.window)]
            let error = Self.mean(zip(asked, came).map { abs($1 - $0) })
            parts.precision += level > 0 ? max(0, 1 - error / level) : (error > 0 ? 0 : 1)
        }
        self.correlation = parts.correlation / Double(Self.windows)
        self.delay = parts.delay / Double(Self.windows)
        self.precision = parts.precision / Double(Self.windows)
    }

    private init(correlation: Double, delay: Double, precision: Double) {
        self.correlation = correlation
        self.delay = delay
        self.precision = precision
    }

    /// The mean of several hours; nil of none.
    public static func mean(of hours: [ClassicScore]) -> ClassicScore? {
        guard !hours.isEmpty else { return nil }
        return ClassicScore(
            correlation: self.mean(hours.map(\.correlation)), delay: self.mean(hours.map(\.delay)),
            precision: self.mean(hours.map(\.precision)))
    }

    /// The lag at which correlation and delay together are best; a level window is judged by its slope.
    private static func follow(
        _ asked: [Double], response: [Double], from start: Int
    ) -> (correlation: Double, delay: Double) {
        if self.deviation(asked) < 0.01 {
            let came = Array(response[start..<(start + self.window)])
            return (max(0, 1 - abs(self.slope(asked) - self.slope(came))), 1)
        }
        var best = (sum: -9.0, correlation: 0.0, delay: 0.0)
        for lag in 0...self.mostLag {
            let came = Array(response[(start + lag)..<(start + lag + self.window)])
            let correlation = self.deviation(came) < 1e-9 ? 0 : self.pearson(asked, came)
            let delay = 1 - Double(max(lag - 1, 0)) / Double(self.mostLag)
            if correlation + delay > best.sum {
                best = (correlation + delay, correlation, delay)
            }
        }
        return (min(max(best.correlation, 0), 1), best.delay)
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    private static func deviation(_ values: [Double]) -> Double {
        let middle = self.mean(values)
        return self.mean(values.map { ($0 - middle) * ($0 - middle) }).squareRoot()
    }

    private static func pearson(_ one: [Double], _ other: [Double]) -> Double {
        let middle = (self.mean(one), self.mean(other))
        var sums = (both: 0.0, one: 0.0, other: 0.0)
        for (left, right) in zip(one, other) {
            let (a, b) = (left - middle.0, right - middle.1)
            sums = (sums.both + a * b, sums.one + a * a, sums.other + b * b)
        }
        return sums.both / (sums.one * sums.other).squareRoot()
    }

    private static func slope(_ values: [Double]) -> Double {
        let middle = (Double(values.count - 1) / 2, self.mean(values))
        var sums = (both: 0.0, square: 0.0)
        for (index, value) in values.enumerated() {
            let offset = Double(index) - middle.0
            sums = (sums.both + offset * (value - middle.1), sums.square + offset * offset)
        }
        return sums.both / sums.square
    }
}
