/// A grid connection point's limits and what it draws besides cars. W, magnitudes ≥ 0 but for `load`.
public struct SiteLimit: Hashable, Sendable {
    public var importLimit: Int
    public var exportLimit: Int
    /// The site's own load now, or the stale fallback; + = import.
    public var load: Int

    public init(importLimit: Int, exportLimit: Int, load: Int) {
        self.importLimit = importLimit
        self.exportLimit = exportLimit
        self.load = load
    }

    /// What a limit took from one member, for the record of a shortfall before it is one.
    public struct Cut: Hashable, Sendable {
        public enum Case: String, Hashable, Sendable {
            case base
            case up
            case down
        }
        /// Index into the bounds that were certified.
        public var member: Int
        /// Which of the three cases breaks the limit: base and all down products full are bound by the import
        /// limit, all up products full by the export limit.
        public var at: Case
        public var watts: Int

        /// The limit by name.
        public var limit: String { self.at == .up ? "export limit" : "import limit" }
    }

    /// Cuts the members' bounds so that the site holds its limits at base, with all up and with all down
    /// products full. `members` are indices into `bounds`. Returns who gave how much for which limit.
    @discardableResult
    public func certify(_ bounds: inout [Bounds], members: ArraySlice<Int>) -> [Cut] {
        let mostImport = max(0, self.importLimit - self.load)
        let mostExport = max(0, self.exportLimit + self.load)
        var cuts: [Cut] = []
        let base = members.reduce(0) { $0 + bounds[$1].base }
        if base > mostImport {
            // Who has most time left gives first, and nobody below what he must have while another can spare.
            let lax = members.sorted { (bounds[$0].laxity, $0) > (bounds[$1].laxity, $1) }
            let rest = self.spare(&bounds, lax, excess: base - mostImport)
            self.squeeze(&bounds, lax, .base, excess: rest, &cuts)
        }
        let high = members.reduce(0) { $0 + bounds[$1].high }
        self.squeeze(&bounds, members.reversed(), .down, excess: high - mostImport, &cuts)
        let low = members.reduce(0) { $0 + bounds[$1].low }
        self.squeeze(&bounds, members.reversed(), .up, excess: -low - mostExport, &cuts)
        return cuts
    }

    /// Takes what bases have above the lowest that promises allow, in the members' order; returns what is left of it.
    /// Nobody misses anything for it, so it is no cut to be told of.
    private func spare(_ bounds: inout [Bounds], _ members: [Int], excess: Int) -> Int {
        var rest = excess
        for index in members where rest > 0 {
            let given = min(rest, bounds[index].base - max(0, bounds[index].low))
            guard given > 0 else { continue }
            bounds[index].base -= given
            bounds[index].high = bounds[index].base
            rest -= given
        }
        return rest
    }

    /// Takes `excess` watts from the members that have room, in their order.
    private func squeeze(
        _ bounds: inout [Bounds], _ members: some Sequence<Int>, _ at: Cut.Case, excess: Int, _ cuts: inout [Cut]
    ) {
        guard excess > 0 else { return }
        var rest = excess
        for index in members where rest > 0 {
            let given: Int
            switch at {
            case .base:
                given = min(rest, max(0, bounds[index].base))
                guard given > 0 else { continue }
                bounds[index].base -= given
                bounds[index].low = min(bounds[index].low, bounds[index].base)
                bounds[index].high = bounds[index].base
            case .down:
                given = min(rest, bounds[index].high - bounds[index].base)
                bounds[index].high -= given
            case .up:
                given = min(rest, bounds[index].base - bounds[index].low)
                bounds[index].low += given
            }
            if given > 0 { cuts.append(Cut(member: index, at: at, watts: given)) }
            rest -= given
        }
    }
}
