import Fleet

/// Who stands at which site, as runs of one list: a count, a sum and a fill instead of a list a site.
struct SiteMembers {
    private var starts: [Int]
    private var members: [Int]

    /// `sites` has an index for each member, or `VehicleLine.none`; within a site members keep their order.
    init(_ sites: [UInt32], sites count: Int) {
        self.starts = Array(repeating: 0, count: count + 1)
        for site in sites where site != VehicleLine.none { self.starts[Int(site) + 1] += 1 }
        for site in 0..<count { self.starts[site + 1] += self.starts[site] }
        self.members = Array(repeating: 0, count: self.starts[count])
        var next = self.starts
        for (member, site) in sites.enumerated() where site != VehicleLine.none {
            self.members[next[Int(site)]] = member
            next[Int(site)] += 1
        }
    }

    subscript(site: Int) -> ArraySlice<Int> { self.members[self.starts[site]..<self.starts[site + 1]] }
}
