import Control
import Domain

/// How much of a stack has to be asked so that a request comes. Segments lie one behind the other on the axis of the
/// request; what of each comes is known by its station's trust record. Kept in bins, so that it costs no sort.
struct Makeup: Hashable, Sendable, Codable {
    static let bins = 512

    /// W up to where segments lie, W of each bin, and what of it is missing, in W/1000; none where nothing is.
    private var total: Int
    private var width: Int
    private var missing: [Int] = []

    init(total: Int = 0) {
        self.total = total
        self.width = max(1, (total + Self.bins - 1) / Self.bins)
    }

    /// A segment of which only `perMille` comes.
    mutating func add(_ segment: PlacedSegment, perMille: Int) {
        guard perMille < 1_000, segment.height > 0 else { return }
        if self.missing.isEmpty { self.missing = Array(repeating: 0, count: Self.bins) }
        var at = segment.start
        let end = segment.start + segment.height
        while at < end {
            let bin = at / self.width
            guard bin < Self.bins else { return }
            let next = min(end, (bin + 1) * self.width)
            self.missing[bin] += (next - at) * (1_000 - max(0, perMille))
            at = next
        }
    }

    /// What has to be asked so that `watts` ≥ 0 come; beyond the segments, and for no more than `least` of what is
    /// asked, the mean over all that could be moved counts.
    func raised(_ watts: Int, mean: Int, least: Int) -> Int {
        let mean = max(mean, least)
        let most = watts * 1_000 / least
        if self.missing.isEmpty {
            return min(watts, self.total) + max(0, watts - self.total) * 1_000 / mean
        }
        var left = watts * 1_000
        var asked = 0
        for bin in self.missing where asked < self.total {
            let comes = max(self.width * 1_000 - bin, 1)
            if left <= comes { return min(asked + self.width * left / comes, most) }
            left -= comes
            asked += self.width
        }
        return min(asked + left / mean, most)
    }

    func fingerprint(into mark: inout Fingerprint) {
        mark.add(self.total)
        for bin in self.missing { mark.add(bin) }
    }
}
