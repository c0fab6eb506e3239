/// A grid connection point's limits and what it draws besides cars. W, magnitudes ≥ 0 but for `load`.
package struct SiteLimit: Hashable, Sendable {
    package var importLimit: Int
    package var exportLimit: Int
    /// The site's own load now, or the stale fallback; + = import.
    package var load: Int

    package init(importLimit: Int, exportLimit: Int, load: Int) {
        self.importLimit = importLimit
        self.exportLimit = exportLimit
        self.load = load
    }

    /// Cuts the members' bounds so that the site holds its limits at base, with all up and with all down
    /// products full. `members` are indices into `bounds`. Returns the watts cut off base, up and down.
    package func certify(_ bounds: inout [Bounds], members: [Int]) -> (base: Int, up: Int, down: Int) {
        let mostImport = max(0, self.importLimit - self.load)
        let mostExport = max(0, self.exportLimit + self.load)
        var cut = (base: 0, up: 0, down: 0)
        let base = members.reduce(0) { $0 + bounds[$1].base }
        if base > mostImport {
            cut.base = base - mostImport
            // Who has most time left gives first.
            var rest = cut.base
            for index in members.sorted(by: { (bounds[$0].laxity, $0) > (bounds[$1].laxity, $1) }) where rest > 0 {
                let given = min(rest, max(0, bounds[index].base))
                bounds[index].base -= given
                bounds[index].low = min(bounds[index].low, bounds[index].base)
                bounds[index].high = bounds[index].base
                rest -= given
            }
        }
        cut.down = Self.squeeze(&bounds, members, total: members.reduce(0) { $0 + bounds[$1].high }, most: mostImport) {
            $0.high = max($0.base, $0.high - $1)
        } room: { $0.high - $0.base }
        cut.up = Self.squeeze(&bounds, members, total: -members.reduce(0) { $0 + bounds[$1].low }, most: mostExport) {
            $0.low = min($0.base, $0.low + $1)
        } room: { $0.base - $0.low }
        return cut
    }

    /// Takes what `total` has above `most` from the members with room, in order of index.
    private static func squeeze(
        _ bounds: inout [Bounds], _ members: [Int], total: Int, most: Int,
        take: (inout Bounds, Int) -> Void, room: (Bounds) -> Int
    ) -> Int {
        var rest = total - most
        guard rest > 0 else { return 0 }
        let cut = rest
        for index in members.reversed() where rest > 0 {
            let given = min(rest, room(bounds[index]))
            take(&bounds[index], given)
            rest -= given
        }
        return cut
    }
}
