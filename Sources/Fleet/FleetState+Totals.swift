import CTelemetry
import Domain

// What the fleet sums up to, by resource and by site: kept up to date with every record, and checked by scans.
extension FleetState {
    /// What a resource or a site sums up to, maintained by every update and checked by ``verify()`` and ``audit()``.
    public struct Totals: Hashable, Sendable, Codable {
        // In the order of `headroom_sums`.
        /// Metered power as last reported, W, + = charge.
        public var power = 0
        /// What available points could be moved by now as far as station and car go, W ≥ 0. What their drivers' promises
        /// leave of it is another matter (`Control`).
        public var up = 0
        public var down = 0
        public var plugged = 0
        public var available = 0

        public init() {}

        @inline(__always)
        mutating func add(_ other: Totals) {
            self.power &+= other.power
            self.plugged &+= other.plugged
            self.available &+= other.available
            self.up &+= other.up
            self.down &+= other.down
        }
    }

    /// What several resources sum up to: those of a zone, or those that serve a product.
    public func total(of resources: [Int]) -> Totals {
        var sum = Totals()
        for resource in resources { sum.add(self.totals[resource]) }
        return sum
    }

    /// Puts what an index counts as in the place of what it counted as.
    mutating func count(_ index: Int, _ new: headroom_hot) {
        let old = self.hot[index]
        self.hot[index] = new
        let line = self.lines[index]
        if Int(line.resource) < self.totals.count { self.totals[Int(line.resource)].change(old, to: new) }
        if Int(line.site) < self.siteTotals.count { self.siteTotals[Int(line.site)].change(old, to: new) }
    }

    /// Recomputes totals and hot column from the lines; true when the running ones are right. Plain and slow, for tests.
    public func verify() -> Bool {
        var sums = Array(repeating: Totals(), count: self.totals.count)
        var sites = Array(repeating: Totals(), count: self.siteTotals.count)
        for (index, line) in self.lines.enumerated() {
            let own = headroom_hot(line)
            guard own.isSame(as: self.hot[index]) else { return false }
            if Int(line.resource) < sums.count { sums[Int(line.resource)].change(.none, to: own) }
            if Int(line.site) < sites.count { sites[Int(line.site)].change(.none, to: own) }
        }
        return sums == self.totals && sites == self.siteTotals
    }

    /// Adds everything up from the hot column: the periodic scan, half a millisecond for a million points. Returns whether
    /// the running totals were right; they are from then on.
    @discardableResult
    public mutating func audit() -> Bool {
        if self.areRunsStale { self.findRuns() }
        // One more of each: who belongs to none is summed there. The same memory each time: new pages cost more than sums.
        self.scanned.sites.resize(self.siteTotals.count + 1)
        self.scanned.resources.resize(self.totals.count + 1)
        let areRight = unsafe self.hot.withUnsafeBufferPointer { hot in
            unsafe self.runs.withUnsafeBufferPointer { runs in
                unsafe self.scanned.sites.withUnsafeMutableBytes { siteBytes in
                    unsafe self.scanned.resources.withUnsafeMutableBytes { resourceBytes in
                        let sites = unsafe siteBytes.assumingMemoryBound(to: headroom_sums.self)
                        let resources = unsafe resourceBytes.assumingMemoryBound(to: headroom_sums.self)
                        // Sound: runs lie inside the column and name sites and resources that there are, as `findRuns`
                        // made them; `Totals` has the layout of the kernel's sums, which a test holds fast.
                        unsafe headroom_sum_runs(
                            hot.baseAddress, runs.baseAddress, runs.count, sites.baseAddress, sites.count,
                            resources.baseAddress, resources.count)
                        return unsafe self.siteTotals.isSame(as: sites) && self.totals.isSame(as: resources)
                    }
                }
            }
        }
        if !areRight {
            self.repairs += 1
            self.siteTotals = self.scanned.sites.dropLast()
            self.totals = self.scanned.resources.dropLast()
        }
        return areRight
    }

    /// Reads what a scan reads and does nothing with it: the limit of the machine that ``audit()`` is measured against.
    package func readHot() -> UInt64 {
        unsafe self.hot.withUnsafeBytes { unsafe headroom_read($0.baseAddress, $0.count) }
    }

    /// Looks up which neighbours share site and resource, after something was bound. Unbound indices count as nothing and
    /// interrupt no run.
    mutating func findRuns() {
        self.areRunsStale = false
        self.runs.removeAll(keepingCapacity: true)
        for worker in self.workers.indices {
            var run = headroom_run()
            for index in self.range(worker) where self.lines[index].bound == 1 {
                let site = min(self.lines[index].site, UInt32(self.siteTotals.count))
                let resource = min(UInt32(self.lines[index].resource), UInt32(self.totals.count))
                if run.count > 0, run.site == site, run.resource == resource {
                    run.count = UInt32(index) - run.start + 1
                } else {
                    if run.count > 0 { self.runs.append(run) }
                    run = headroom_run(start: UInt32(index), count: 1, site: site, resource: resource)
                }
            }
            if run.count > 0 { self.runs.append(run) }
        }
    }
}

extension FleetState.Totals {
    @inline(__always)
    mutating func change(_ old: headroom_hot, to new: headroom_hot) {
        self.power &+= Int(new.power) &- Int(old.power)
        self.up &+= Int(new.up) &- Int(old.up)
        self.down &+= Int(new.down) &- Int(old.down)
        self.plugged &+= Int(new.counts & 1) &- Int(old.counts & 1)
        self.available &+= Int(new.counts &>> 20) &- Int(old.counts &>> 20)
    }
}

extension headroom_hot {
    /// Where nobody is bound.
    static let none = headroom_hot()

    /// What a line counts as.
    init(_ line: VehicleLine) {
        self = line.bound == 1 ? headroom_hot(line.record) : .none
    }

    /// What a record counts as.
    init(_ record: headroom_record) {
        var record = record
        self = unsafe headroom_hot_of(&record)
    }

    func isSame(as other: headroom_hot) -> Bool {
        (self.power, self.up, self.down, self.counts) == (other.power, other.up, other.down, other.counts)
    }
}

extension [FleetState.Totals] {
    /// So many of them, in the memory that there is.
    fileprivate mutating func resize(_ count: Int) {
        guard self.count != count else { return }
        self = Array(repeating: FleetState.Totals(), count: count)
    }

    /// Whether the first of `sums` are these.
    @unsafe fileprivate func isSame(as sums: UnsafeMutableBufferPointer<headroom_sums>) -> Bool {
        // Sound: there are more sums than totals.
        unsafe self.withUnsafeBytes {
            unsafe headroom_same(
                $0.assumingMemoryBound(to: headroom_sums.self).baseAddress, sums.baseAddress, self.count) != 0
        }
    }
}
