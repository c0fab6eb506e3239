import Control
import Domain
import Fleet

// What all cars of a site need together: the limits that they share over the time that is left.
extension AggregatorEngine {
    /// Raises the lowest set-points of a site's cars so far that all can still be charged in time after they were held
    /// there for `hold` seconds; whoever cannot be, whatever is done, is named with the limit that binds. Nothing is to
    /// be proven where the limits carry all cars at once.
    mutating func prove(
        _ site: Int, _ members: ArraySlice<Int>, _ groups: [FeederGroup], _ bounds: inout [Bounds], _ owners: [Place],
        hold: Int
    ) {
        let limit = self.limit(of: site)
        // The building's load behind the hold is not known: the worse of what it draws and what it is enrolled with.
        let later = max(0, limit.importLimit - max(limit.load, self.enrolment.sites[site].staleLoad.watts))
        let isTight =
            self.together(members, owners) > later
            || groups.contains { self.together($0.members[...], owners) > $0.feeder.limit.watts }
        guard isTight else { return }
        let hold = max(1, hold)
        var cars = members.map { index in
            let place = owners[index]
            return self.task(place)
                .left(behind: hold, within: bounds[index], at: self.now, watchdog: self.configuration.watchdog)
        }
        let needed = members.reduce(0) { $0 + max(0, bounds[$1].low) }
        let now = max(0, limit.importLimit - limit.load - needed)
        var limits = [SiteProof.Limit(name: "import limit", watts: later, during: now)]
        let numbers = groups.isEmpty ? [:] : Dictionary(uniqueKeysWithValues: zip(members, 0...))
        for group in groups {
            let most = group.feeder.limit.watts
            let own = group.members.reduce(0) { $0 + max(0, bounds[$1].low) }
            for member in group.members { if let car = numbers[member] { cars[car].limit = limits.count } }
            limits.append(
                .init(name: "feeder \(group.feeder.name)", parent: 0, watts: most, during: max(0, most - own)))
        }
        let proof = SiteProof(cars, under: limits, hold: hold)
        for (member, early) in zip(members, proof.early) where early > 0 {
            let station = self.fleet.limits[owners[member].line]
            bounds[member].raise(
                by: (early + hold - 1) / hold, minimum: Int(station.minimum), step: Int(station.step))
        }
        for shortfall in proof.shortfalls {
            let member = members[members.startIndex + shortfall.car]
            bounds[member].atRisk = true
            self.fallsShort(owners[member], shortfall, site: site)
        }
    }

    /// Cars that share something below their site's connection point.
    struct FeederGroup {
        var feeder: StationTerms.Feeder
        /// Rising.
        var members: [Int]
    }

    /// A site's cars by what they share; who shares nothing is in none.
    func feederGroups(_ site: Int, _ members: ArraySlice<Int>, _ owners: [Place]) -> [FeederGroup] {
        let feeders = self.enrolment.feeders(of: site)
        guard !feeders.isEmpty else { return [] }
        var groups = feeders.map { FeederGroup(feeder: $0, members: []) }
        for member in members {
            let place = owners[member]
            guard let station = self.names[place.worker][place.slot]?.station,
                let feeder = self.enrolment.feeder(station: station), feeder < groups.count
            else { continue }
            groups[feeder].members.append(member)
        }
        return groups.filter { !$0.members.isEmpty }
    }

    /// What stations can draw together, W.
    private func together(_ members: ArraySlice<Int>, _ owners: [Place]) -> Int {
        members.reduce(0) { $0 + Int(self.fleet.limits[owners[$1].line].maxCharge) }
    }

    /// The reason of a miss that comes from a shared limit, before it is one.
    private mutating func fallsShort(_ place: Place, _ shortfall: SiteProof.Shortfall, site: Int) {
        guard !shortfall.limits.isEmpty else { return }
        let vehicle = Int(self.fleet.lines[place.line].vehicle)
        let limits = shortfall.limits.joined(separator: ", ")
        let text =
            "\(self.enrolment.vehicles[vehicle].id): the \(limits) of \(self.enrolment.sites[site].id) leaves it "
            + "\(max(1, shortfall.missing / 3_600)) Wh short"
        self.points[place.worker][place.slot].obstacle = text
        if self.points[place.worker][place.slot].reason.isEmpty {
            self.points[place.worker][place.slot].reason = text
        }
    }
}
