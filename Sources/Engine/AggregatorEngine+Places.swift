import Domain
import Fleet

// Where the points of a resource are: looked up from what is bound, and never kept beyond it.
extension AggregatorEngine {
    /// Looks up where each resource's points are, where that changed.
    mutating func findPlaces() {
        guard self.arePlacesStale else { return }
        defer { for resource in self.resources.indices { self.findHolders(resource) } }
        self.arePlacesStale = false
        self.places = Array(repeating: [], count: self.resources.count)
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
            }
        }
    }

    /// Looks up which points of a resource hold something.
    mutating func findHolders(_ resource: Int) {
        while self.holders.count <= resource { self.holders.append([]) }
        self.holders[resource] = self.places[resource].filter {
            self.points[$0.worker][$0.slot].heldUp > 0 || self.points[$0.worker][$0.slot].heldDown > 0
        }
    }

    /// What the points that hold something showed in a second, W.
    func powers(_ resource: Int, _ second: Int) -> [(place: Place, watts: Int)] {
        self.holders[resource].map { ($0, self.points[$0.worker][$0.slot].meter.power(second: second)) }
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
