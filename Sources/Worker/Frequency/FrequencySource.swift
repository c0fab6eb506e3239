import Domain

/// One measurement of the grid's frequency at the depot.
struct FrequencySample: Hashable, Sendable {
    /// mHz.
    var milliHertz: Int
    /// No later than the grid had it.
    var at: Instant
}

/// The depot's own eye on the grid. What it says is judged by the edge controller (absurd values, age); a source
/// itself never guesses and never repeats an old value as a new one.
protocol FrequencySource: Sendable {
    /// The newest measurement; nil while there is none to stand by.
    func newest(at now: Instant) -> FrequencySample?

    /// Measures until the task is cancelled; `news` after each measurement, so that it is acted on at once.
    /// Whatever fails is told of and tried again.
    func run(_ news: @escaping @Sendable () -> Void) async
}
