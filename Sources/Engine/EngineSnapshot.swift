package import Domain

/// One second of history: deviations from baseline, W, + = up.
package struct HistoryPoint: Hashable, Sendable, Codable {
    /// Seconds since 1970 UTC.
    package var second: Int
    package var milliHertz: Int?
    package var requestedWatts: Int
    package var deliveredWatts: Int

    package init(second: Int, milliHertz: Int?, requestedWatts: Int, deliveredWatts: Int) {
        self.second = second
        self.milliHertz = milliHertz
        self.requestedWatts = requestedWatts
        self.deliveredWatts = deliveredWatts
    }
}

/// What the rim may see of the engine: an immutable value, published after each step.
package struct EngineSnapshot: Hashable, Sendable {
    package struct Resource: Hashable, Sendable {
        package var id: ResourceID
        package var requested: Power
        package var delivered: Power
        package var baseline: Power
        package var metered: Power
        /// What could be moved now, magnitudes; and what is held for awards under the plan that is named.
        package var headroomUp: Power
        package var headroomDown: Power
        package var heldUp: Power
        package var heldDown: Power
        package var awardedUp: Power
        package var awardedDown: Power
        package var planVersion: UInt64

        package init(
            id: ResourceID, requested: Power, delivered: Power, baseline: Power, metered: Power,
            headroomUp: Power, headroomDown: Power, heldUp: Power, heldDown: Power,
            awardedUp: Power, awardedDown: Power, planVersion: UInt64
        ) {
            self.id = id
            self.requested = requested
            self.delivered = delivered
            self.baseline = baseline
            self.metered = metered
            self.headroomUp = headroomUp
            self.headroomDown = headroomDown
            self.heldUp = heldUp
            self.heldDown = heldDown
            self.awardedUp = awardedUp
            self.awardedDown = awardedDown
            self.planVersion = planVersion
        }
    }
    package struct Vehicle: Hashable, Sendable {
        package var id: VehicleID
        package var owner: OwnerID
        package var station: StationID
        package var plugged: Bool
        package var stateOfCharge: StateOfCharge
        package var power: Power
        package var departure: Instant?
        package var departureSource: DepartureSource
        /// State of charge promised at departure; nil while nobody is plugged in.
        package var target: StateOfCharge?
        package var targetSource: DepartureSource
        package var ready: Bool
        package var reason: String

        package init(
            id: VehicleID, owner: OwnerID, station: StationID, plugged: Bool,
            stateOfCharge: StateOfCharge, power: Power, departure: Instant?,
            departureSource: DepartureSource, target: StateOfCharge? = nil,
            targetSource: DepartureSource = .site, ready: Bool, reason: String
        ) {
            self.id = id
            self.owner = owner
            self.station = station
            self.plugged = plugged
            self.stateOfCharge = stateOfCharge
            self.power = power
            self.departure = departure
            self.departureSource = departureSource
            self.target = target
            self.targetSource = targetSource
            self.ready = ready
            self.reason = reason
        }
    }
    package struct Suspect: Hashable, Sendable {
        package var station: StationID
        /// Delivered share of what was asked, 1/10,000.
        package var trust: Int

        package init(station: StationID, trust: Int) {
            self.station = station
            self.trust = trust
        }
    }

    package var at: Instant
    package var epoch: Epoch
    package var zone: ZoneID
    package var frequencyMilliHertz: Int?
    /// The region's own, mHz.
    package var nominalMilliHertz = 50_000
    package var resources: [Resource]
    package var vehicles: [Vehicle]
    package var workersConnected: Int
    package var discharging: Int
    package var bids: [Bid]
    package var awards: [Award]
    package var results: [BlockResult]
    package var history: [HistoryPoint]
    package var suspects: [Suspect]
    package var stops: [StopOrder]
    package var promisesBroken: Int
    package var energyConserved: Bool
    package var ledgerBalanced: Bool
    package var currency: Currency
    /// What the plugged-in batteries hold and could hold, and what they could be moved by, magnitudes.
    package var stored: Energy
    package var capacity: Energy
    package var maxCharge: Power
    package var maxDischarge: Power
    /// What owners earned and the aggregator's fee, in all blocks settled so far.
    package var earned: Money
    package var fee: Money

    /// Cars plugged in, and of them those whose promise holds and those at risk.
    package var plugged: Int { self.vehicles.count(where: \.plugged) }
    package var ready: Int { self.vehicles.count { $0.plugged && $0.ready } }
    package var atRisk: Int { self.vehicles.count { $0.plugged && !$0.ready } }

    package init(
        at: Instant, epoch: Epoch, zone: ZoneID, frequencyMilliHertz: Int?,
        resources: [Resource], vehicles: [Vehicle], workersConnected: Int, discharging: Int,
        bids: [Bid], awards: [Award], results: [BlockResult], history: [HistoryPoint],
        suspects: [Suspect], stops: [StopOrder], promisesBroken: Int, energyConserved: Bool,
        ledgerBalanced: Bool, currency: Currency, stored: Energy = .zero, capacity: Energy = .zero,
        maxCharge: Power = .zero, maxDischarge: Power = .zero, earned: Money? = nil,
        fee: Money? = nil
    ) {
        self.at = at
        self.epoch = epoch
        self.zone = zone
        self.frequencyMilliHertz = frequencyMilliHertz
        self.resources = resources
        self.vehicles = vehicles
        self.workersConnected = workersConnected
        self.discharging = discharging
        self.bids = bids
        self.awards = awards
        self.results = results
        self.history = history
        self.suspects = suspects
        self.stops = stops
        self.promisesBroken = promisesBroken
        self.energyConserved = energyConserved
        self.ledgerBalanced = ledgerBalanced
        self.currency = currency
        self.stored = stored
        self.capacity = capacity
        self.maxCharge = maxCharge
        self.maxDischarge = maxDischarge
        self.earned = earned ?? .zero(currency)
        self.fee = fee ?? .zero(currency)
    }
}
