import Domain
import Planning

/// What was bid and what was there, hour by hour, by 10,000 enrolled cars.
struct Series {
    var name: String
    var confidence: Int
    var bid: [Int] = []
    var came: [Int] = []

    mutating func add(_ bid: Int?, came: Int) {
        guard let bid else { return }
        self.bid.append(bid)
        self.came.append(came)
    }

    /// Hours from one on, up to another, counted in what was judged.
    func slice(_ range: Range<Int>) -> Series {
        let part = range.clamped(to: 0..<self.bid.count)
        return Series(
            name: self.name, confidence: self.confidence, bid: Array(self.bid[part]), came: Array(self.came[part]))
    }

    var score: ForecastScore {
        var score = ForecastScore(confidence: self.confidence)
        for (bid, came) in zip(self.bid, self.came) { score.take(firm: bid, came: came) }
        return score
    }

    /// Pinball loss in 1/100 % of what was there.
    var loss: Int { (self.score.relativeLoss ?? 0) / 100 }

    /// What would be bid, in 1/10,000 of what was there, if all bids were scaled by the one factor that would have
    /// held them exactly as often as stated: only for comparing forecasts, nobody knows it beforehand.
    var fairSharpness: Int {
        let factors = zip(self.came, self.bid).map { $0 * 100_000 / max(1, $1) }.sorted()
        guard !factors.isEmpty else { return 0 }
        let factor = factors[min(factors.count - 1, factors.count * (10_000 - self.confidence) / 10_000)]
        let realised = self.came.reduce(0, +)
        return self.bid.reduce(0, +) / 1_000 * factor / 100 / max(1, realised / 10_000) / 1
    }

    /// 95 % interval of the coverage, in 1/10,000: whole weeks are drawn again, since hours and days hang together.
    func interval(seed: UInt64 = 7) -> ClosedRange<Int> {
        let week = 168
        let held = zip(self.bid, self.came).map { $0 <= $1 ? 1 : 0 }
        let weeks = stride(from: 0, to: held.count - week + 1, by: week).map { held[$0..<$0 + week].reduce(0, +) }
        guard weeks.count > 1 else { return 0...10_000 }
        var generator = SeededGenerator(seed: seed)
        let draws = (0..<2_000).map { _ in
            (0..<weeks.count).reduce(0) { sum, _ in sum + weeks[Int.random(in: 0..<weeks.count, using: &generator)] }
                * 10_000 / (weeks.count * week)
        }.sorted()
        return draws[50]...draws[1_949]
    }

    /// Lowest and highest coverage of ninety days in a row, in 1/10,000.
    var rolling: ClosedRange<Int>? {
        let span = 90 * 24
        guard self.bid.count >= span else { return nil }
        let held = zip(self.bid, self.came).map { $0 <= $1 ? 1 : 0 }
        let shares = stride(from: 0, through: held.count - span, by: 168).map {
            held[$0..<$0 + span].reduce(0, +) * 10_000 / span
        }
        guard let low = shares.min(), let high = shares.max() else { return nil }
        return low...high
    }

    /// A row of the table.
    var row: String {
        let score = self.score
        let interval = self.interval()
        let rolling = self.rolling.map { "\(tenths($0.lowerBound))–\(tenths($0.upperBound))" } ?? ""
        return "| \(self.name) | \(tenths(self.confidence)) | \(tenths(score.coverage ?? 0)) | "
            + "\(tenths(interval.lowerBound))–\(tenths(interval.upperBound)) | \(rolling) | "
            + "\(tenths(score.sharpness ?? 0)) | \(tenths(self.fairSharpness)) | \(hundredths(self.loss)) | "
            + "\(self.bid.count) |"
    }

    static let header = """
        | forecast | stated, % | held, % | 95 % interval | worst and best 90 days | bid, % of what came | \
        the same if held exactly as stated | pinball loss, % | hours |
        |---|---|---|---|---|---|---|---|---|
        """
}

/// 1/10,000 as per cent with a decimal, and with two.
func tenths(_ share: Int) -> String { "\((share + 5) / 100).\((share + 5) % 100 / 10)" }
func hundredths(_ share: Int) -> String { "\(share / 100).\(share % 100 / 10)\(share % 10)" }

/// Days from 1970-01-01 to year, month, day.
func dayNumber(_ parts: [Int]) -> Int { Planning.dayNumber(year: parts[0], month: parts[1], day: parts[2]) }
