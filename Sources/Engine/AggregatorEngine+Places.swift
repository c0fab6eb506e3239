import Domain
import Fleet

// Where the points of a resource are: looked up from what is bound, and never kept beyond it.
extension AggregatorEngine {
    /// Looks up where each resource's points are, where that changed.
    mutating func findPlaces() {
        guard self.arePlacesStale else { return }
        defer { for resource in self.resources.indices { self.findHolders(resource) } }
        self.arePlacesStale = false
        self.findRivals()
        self.places = Array(repeating: [], count: self.resources.count)
        self.drafts = []
        self.nameplates = Array(repeating: (0, 0), count: self.enrolment.sites.count)
        while self.bins.count < self.resources.count {
            self.bins.append(
                MeterBins(
                    seconds: 2 * self.configuration.meterGrace.seconds + 60 + Outage.patience.seconds))
        }
        for worker in self.fleet.workers.indices {
            for (slot, index) in self.fleet.range(worker).enumerated() where slot < self.points[worker].count {
                let resource = Int(self.fleet.lines[index].resource)
                guard self.fleet.lines[index].bound == 1, resource < self.places.count else { continue }
                self.places[resource].append(Place(worker: worker, slot: slot, line: index))
                let site = Int(self.fleet.lines[index].site)
                guard site < self.nameplates.count else { continue }
                self.nameplates[site].charge += max(0, Int(self.fleet.limits[index].maxCharge))
                self.nameplates[site].discharge += max(0, Int(self.fleet.limits[index].maxDischarge))
            }
        }
    }

    /// Looks up which points of a resource hold something.
    mutating func findHolders(_ resource: Int) {
        while self.holders.count <= resource { self.holders.append([]) }
        var holders: [Place] = []
        holders.reserveCapacity(self.holders[resource].count)
        self.eachPoint(resource) { _, place, point in
            if point.heldUp > 0 || point.heldDown > 0 { holders.append(place) }
        }
        self.holders[resource] = holders
    }

    /// Hands over the points of a resource where they stand, taken out of the engine meanwhile: a copy of one costs more
    /// than most that is done with it, also where it is only looked at. For the same reason what is called for each point
    /// is `mutating`, or asked only where there is something to ask: a call that changes nothing is handed a copy of the
    /// whole engine.
    @inline(__always)
    mutating func eachPoint(_ resource: Int, _ body: (inout Self, Place, inout Point) -> Void) {
        self.eachPoint(of: self.places[resource], body)
    }

    /// The same of some of its places, in their order.
    @inline(__always)
    mutating func eachPoint(of places: [Place], _ body: (inout Self, Place, inout Point) -> Void) {
        var next = 0
        while next < places.count {
            let worker = places[next].worker
            var points: [Point] = []
            swap(&points, &self.points[worker])
            let first = Point.address(of: points)
            var span = points.mutableSpan
            while next < places.count, places[next].worker == worker {
                let place = places[next]
                Point.prefetch(places[min(next + Point.ahead, places.count - 1)].slot, from: first)
                body(&self, place, &span[place.slot])
                next += 1
            }
            swap(&points, &self.points[worker])
        }
    }

    /// Points went from one resource to another: what their meters showed is added up anew.
    mutating func voidBins() {
        for index in self.bins.indices { self.bins[index].isStale = true }
    }

    /// Looks up anew what a checkpoint leaves out.
    mutating func derive() {
        self.names = self.points.map { Array(repeating: nil, count: $0.count) }
        for (key, spot) in self.place where spot.slot < self.points[spot.worker].count {
            let index = self.fleet.range(spot.worker).lowerBound + spot.slot
            guard let registration = self.fleet.registration(index) else { continue }
            self.names[spot.worker][spot.slot] = PointName(
                station: self.enrolment.kept(key.station), evse: key.evse,
                token: self.enrolment.kept(registration.token))
        }
        self.arePlacesStale = true
        self.findPlaces()
    }
}
