/// PJM's classic score of an hour of regulation: the mean of correlation, delay and precision (manual 12, until 2025).
///
/// Signal and response are samples at 10 s in per unit of the award. Twelve windows of five minutes; each looks for the lag of
/// 0 to 300 s that gives the greatest correlation plus delay score, of which the first 10 s are free. A score is a ratio that
/// money is later multiplied by, so it is computed in floating point, in one fixed order, and rounded once.
public struct ThreePartScore: Hashable, Sendable {
    /// Samples by which the precision term looks back at the signal: two public readings of the manual disagree, 0 or 1.
    public var precisionShift: Int
    /// Below this deviation a window's signal counts as flat (not in the manual; 0.01 as a public implementation has it).
    public var flatDeviation: Double

    public init(precisionShift: Int, flatDeviation: Double = 0.01) {
        self.precisionShift = precisionShift
        self.flatDeviation = flatDeviation
    }

    /// The three parts and their mean, each 0 to 1.
    public struct Parts: Hashable, Sendable {
        public var correlation: Double
        public var delay: Double
        public var precision: Double
        public var total: Double { (self.correlation + self.delay + self.precision) / 3 }
    }

    private static let window = 30
    private static let hour = 360
    private static let mostLag = 30

    /// The score of an hour; nil where less than an hour of samples is there, or a sample is no number.
    /// - Parameters:
    ///   - signal: the hour's samples at 10 s (360 or more).
    ///   - response: at least as many; 30 more let the last window look for its whole lag.
    public func score(signal: [Double], response: [Double]) -> Parts? {
        guard signal.count >= Self.hour, response.count >= Self.hour + self.precisionShift,
            signal.allSatisfy(\.isFinite), response.allSatisfy(\.isFinite), self.precisionShift >= 0
        else { return nil }
        return self.parts(signal, response, samples: Self.hour)
    }

    /// The score of the whole windows so far of an hour that goes on; nil before the first is whole.
    public func soFar(signal: [Double], response: [Double]) -> Parts? {
        let samples = min(signal.count, response.count - self.precisionShift, Self.hour) / Self.window * Self.window
        guard samples > 0, self.precisionShift >= 0 else { return nil }
        return self.parts(signal, response, samples: samples)
    }

    private func parts(_ signal: [Double], _ response: [Double], samples: Int) -> Parts {
        let hourly = signal[..<samples].reduce(0) { $0 + $1.magnitude } / Double(samples)
        var parts = Parts(correlation: 0, delay: 0, precision: 0)
        for start in stride(from: 0, to: samples, by: Self.window) {
            let asked = Array(signal[start..<start + Self.window])
            let (correlation, delay) = self.best(asked, response, from: start)
            parts.correlation += correlation
            parts.delay += delay
            let came = response[(start + self.precisionShift)...].prefix(Self.window)
            let error = zip(asked, came).reduce(0) { $0 + ($1.1 - $1.0).magnitude } / Double(Self.window)
            // An hour in which nothing was asked is met by doing nothing.
            parts.precision += hourly > 0 ? max(0, 1 - error / hourly) : (error == 0 ? 1 : 0)
        }
        let windows = Double(samples / Self.window)
        return Parts(
            correlation: parts.correlation / windows, delay: parts.delay / windows, precision: parts.precision / windows
        )
    }

    private func best(_ asked: [Double], _ response: [Double], from start: Int) -> (Double, Double) {
        guard deviation(asked) >= self.flatDeviation else {
            let came = Array(response[start..<start + Self.window])
            return (max(0, 1 - (slope(asked) - slope(came)).magnitude), 1)
        }
        var best = (sum: -9.0, correlation: 0.0, delay: 0.0)
        for lag in 0...Self.mostLag where start + lag + Self.window <= response.count {
            let came = Array(response[start + lag..<start + lag + Self.window])
            let correlation = deviation(came) < 1e-9 ? 0 : pearson(asked, came)
            let delay = Double(Self.mostLag - max(lag - 1, 0)) / Double(Self.mostLag)
            if correlation + delay > best.sum { best = (correlation + delay, correlation, delay) }
        }
        return (min(max(best.correlation, 0), 1), best.delay)
    }
}

/// What an hour of regulation is paid: capability and performance, each scaled by the score.
public enum RegulationCredit {
    /// Path of a signal: Σ |s(i) − s(i−1)| in per unit.
    public static func mileage(_ signal: [Double]) -> Double {
        zip(signal, signal.dropFirst()).reduce(0) { $0 + ($1.1 - $1.0).magnitude }
    }

    /// The credit in micro-units, which is below zero where prices are.
    /// - Parameters:
    ///   - score: in 1/10,000; under `least` the hour is forfeited.
    ///   - capabilityPrice, performancePrice: micro-units per MW and hour.
    ///   - mileageRatio: mileage of the unit's signal over that of RegA in 1/1000; 1000 for RegA itself.
    public static func amount(
        watts: Int, score: Int, least: Int, capabilityPrice: Int, performancePrice: Int, mileageRatio: Int
    ) -> Int {
        guard score >= least else { return 0 }
        let price = Int128(capabilityPrice) * 1_000 + Int128(performancePrice) * Int128(mileageRatio)
        let value = price * Int128(watts) * Int128(score)
        let divisor: Int128 = 1_000 * 1_000_000 * 10_000
        return Int(value >= 0 ? (value + divisor / 2) / divisor : -((-value + divisor / 2) / divisor))
    }
}

private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

private func deviation(_ values: [Double]) -> Double {
    let middle = mean(values)
    return (values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / Double(values.count)).squareRoot()
}

private func pearson(_ one: [Double], _ other: [Double]) -> Double {
    let (first, second) = (mean(one), mean(other))
    var (product, left, right) = (0.0, 0.0, 0.0)
    for (a, b) in zip(one, other) {
        product += (a - first) * (b - second)
        left += (a - first) * (a - first)
        right += (b - second) * (b - second)
    }
    return product / (left * right).squareRoot()
}

/// Least-squares slope per sample.
private func slope(_ values: [Double]) -> Double {
    let middle = Double(values.count - 1) / 2
    let height = mean(values)
    var (rise, run) = (0.0, 0.0)
    for (index, value) in values.enumerated() {
        let offset = Double(index) - middle
        rise += offset * (value - height)
        run += offset * offset
    }
    return rise / run
}
