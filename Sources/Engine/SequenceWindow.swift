/// Which numbers of a rising sequence were seen: exactly-once effect for what may come late, doubled or out of
/// order. Holes are remembered, the newest first, up to a bound; a number in a forgotten hole counts as seen.
struct SequenceWindow: Sendable, Hashable, Codable {
    static let mostHoles = 64
    private(set) var highest: UInt64 = 0
    /// In rising order, apart from each other, all below `highest`.
    private(set) var holes: [ClosedRange<UInt64>] = []

    /// True the first time that a number comes.
    mutating func take(_ number: UInt64) -> Bool {
        guard number > 0 else { return false }
        if number > self.highest {
            if number > self.highest + 1 {
                self.holes.append(self.highest + 1...number - 1)
                if self.holes.count > Self.mostHoles { self.holes.removeFirst() }
            }
            self.highest = number
            return true
        }
        guard let index = self.holes.firstIndex(where: { $0.contains(number) }) else {
            return false
        }
        let hole = self.holes.remove(at: index)
        var rest: [ClosedRange<UInt64>] = []
        if hole.lowerBound < number { rest.append(hole.lowerBound...number - 1) }
        if number < hole.upperBound { rest.append(number + 1...hole.upperBound) }
        self.holes.insert(contentsOf: rest, at: index)
        if self.holes.count > Self.mostHoles { self.holes.removeFirst() }
        return true
    }
}
