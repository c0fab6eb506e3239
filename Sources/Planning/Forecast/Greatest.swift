/// Picks the few greatest of many, without sorting them all; of equals the first that came.
public struct Greatest: Sendable {
    public let most: Int
    /// Those with more than 0 W.
    public private(set) var count = 0
    private var kept: [(row: Int, watts: Int)] = []

    public init(most: Int) {
        self.most = most
    }

    public mutating func add(_ row: Int, watts: Int) {
        guard watts > 0 else { return }
        self.count += 1
        guard self.kept.count < self.most || watts > self.kept.last?.watts ?? 0, self.most > 0 else { return }
        let place = self.kept.firstIndex { $0.watts < watts } ?? self.kept.count
        self.kept.insert((row, watts), at: place)
        if self.kept.count > self.most { self.kept.removeLast() }
    }

    /// The greatest first.
    public var rows: [Int] { self.kept.map(\.row) }
}
