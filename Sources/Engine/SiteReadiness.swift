public import Domain

extension EngineSnapshot {
    /// Whether the cars that are plugged in at a site will be ready when they leave, and if not, because of which.
    public struct Site: Hashable, Sendable {
        /// A car that will not be ready.
        public struct Late: Hashable, Sendable {
            public var vehicle: VehicleID
            public var departure: Instant?
            /// In words.
            public var reason: String
        }

        /// Most cars that are named.
        static let mostNamed = 20

        public var id: SiteID
        public private(set) var plugged = 0
        public private(set) var ready = 0
        /// Of the cars plugged in, those that charge by price or carbon.
        public private(set) var planned = 0
        /// When the last of them leaves; nil where none of them is promised a departure.
        public private(set) var by: Instant?
        /// Who will not be ready, the earliest departure first.
        public private(set) var late: [Late] = []

        public init(id: SiteID) {
            self.id = id
        }

        public var isReady: Bool { self.ready == self.plugged }

        /// Counts a car that is plugged in here.
        public mutating func add(_ vehicle: Vehicle) {
            self.plugged += 1
            if vehicle.moment?.planned != nil { self.planned += 1 }
            if let departure = vehicle.departure { self.by = max(self.by ?? departure, departure) }
            guard !vehicle.ready else {
                self.ready += 1
                return
            }
            let reason = vehicle.reason.isEmpty ? "no reason is known yet" : vehicle.reason
            let late = Late(vehicle: vehicle.id, departure: vehicle.departure, reason: reason)
            let place = self.late.firstIndex { other in
                (other.departure ?? .distantFuture) > (late.departure ?? .distantFuture)
            }
            self.late.insert(late, at: place ?? self.late.count)
            if self.late.count > Self.mostNamed { self.late.removeLast() }
        }

        /// One sentence: "all ready by 05:30: no, because bus-14: … and 2 more".
        /// - Parameter time: how an instant is written.
        public func verdict(_ time: (Instant) -> String) -> String {
            let question = "all ready" + (self.by.map { " by \(time($0))" } ?? "") + ": "
            guard let first = self.late.first else { return question + "yes" }
            // Some reasons name the car themselves.
            let named = first.reason.hasPrefix("\(first.vehicle)") ? first.reason : "\(first.vehicle): \(first.reason)"
            let others = self.plugged - self.ready - 1
            return question + "no, because " + named + (others > 0 ? ", and \(others) more" : "")
        }
    }

    /// The sites at which cars are plugged in, by id; with a set of cars, as far as these are concerned.
    public func sites(of cars: Set<VehicleID>? = nil) -> [Site] {
        var sites: [SiteID: Site] = [:]
        for vehicle in self.vehicles where vehicle.plugged && cars?.contains(vehicle.id) ?? true {
            guard let site = vehicle.site else { continue }
            sites[site, default: Site(id: site)].add(vehicle)
        }
        return sites.values.sorted { $0.id < $1.id }
    }
}
