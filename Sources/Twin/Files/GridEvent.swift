public import Domain

/// A synthetic frequency event with the published milestones of Great Britain, 9 August 2019: staged losses,
/// nadir 48.79 Hz, back above 49.8 Hz within about five minutes. Made from the report's prose, not from data.
public enum GridEvent {
    /// Seconds after the first loss, mHz.
    static let milestones: [(seconds: Int, milliHertz: Int)] = [
        (0, 50_000), (1, 49_900), (11, 49_100), (24, 49_110), (44, 49_200), (64, 48_880),
        (66, 48_790),
        (80, 48_900), (110, 49_200), (150, 49_500), (200, 49_750), (240, 49_850), (290, 49_960),
        (320, 50_000),
    ]

    /// `lead` seconds of a quiet grid before the event and `tail` after it, one value a second, with a little
    /// seeded wander.
    public static func series(
        from start: Instant, lead: Int, tail: Int, seed: UInt64
    ) -> SignalSeries {
        var generator = SeededGenerator(seed: seed)
        var wander = 0
        let length = lead + (self.milestones.last?.seconds ?? 0) + tail
        var values: [Int] = []
        for second in 0...length {
            wander = (wander * 9 + Int.random(in: -30...30, using: &generator)) / 10
            values.append(self.milliHertz(second - lead) + wander)
        }
        return SignalSeries(
            kind: .frequency, times: values.indices.map { start + .seconds($0) }, milli: values)
    }

    private static func milliHertz(_ second: Int) -> Int {
        guard second > 0 else { return 50_000 }
        for (left, right) in zip(self.milestones, self.milestones.dropFirst())
        where second <= right.seconds {
            let rise = (right.milliHertz - left.milliHertz) * (second - left.seconds)
            return left.milliHertz + roundedDivision(rise, right.seconds - left.seconds)
        }
        return 50_000
    }
}
