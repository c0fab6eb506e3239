import Domain
package import Engine

/// The figures of this second, as `/api/v1/live` and the server-sent events say them.
/// Power in W: deviations from baseline are + = up; headroom is a magnitude.
package struct LiveFigures: Hashable, Sendable, Codable {
    /// Milliseconds since 1970 UTC.
    package var at: Int
    package var frequencyMilliHertz: Int?
    package var requestedWatts: Int
    package var deliveredWatts: Int
    package var meteredWatts: Int
    package var baselineWatts: Int
    package var headroomUpWatts: Int
    package var headroomDownWatts: Int
    package var awardedUpWatts: Int
    package var vehiclesPlugged: Int
    package var vehiclesReady: Int
    package var vehiclesAtRisk: Int
    package var vehiclesDischarging: Int
    package var workersConnected: Int
    package var promisesBroken: Int
    package var energyConserved: Bool
    package var ledgerBalanced: Bool
    package var blocksSettled: Int
    /// Σ min(delivered, requested) ÷ Σ requested of the settled blocks in 1/10,000; nil before the first.
    package var performance: Int?
    /// Energy asked for and delivered in the settled blocks.
    package var requestedWattHours: Int
    package var deliveredWattHours: Int
    /// What the market paid for the settled blocks, decimal with six places, and its currency.
    package var earned: String
    package var currency: String
    /// The settled blocks summed by resource and product.
    package var products: [Product] = []

    /// How the awards of blocks that run stand by their products' own scores; nil from a service that does not say.
    package var standings: [Standing]?

    package struct Standing: Hashable, Sendable, Codable {
        package var resource: String
        package var product: String
        package var direction: String
        package var method: String
        /// So far, 1/10,000, and what it would scale the capacity payment by.
        package var score: Int
        package var factor: Int
        package var notes: [String]
    }

    /// What a resource delivered of a product in the blocks that are settled.
    package struct Product: Hashable, Sendable, Codable {
        package var resource: String
        package var product: String
        package var blocks: Int
        package var requestedWattHours: Int
        package var deliveredWattHours: Int
        /// Σ min(delivered, requested) ÷ Σ requested in 1/10,000; nil where nothing was requested.
        package var performance: Int?
        /// What the market paid, decimal with six places.
        package var earned: String
    }

    package init(
        at: Int, frequencyMilliHertz: Int?, requestedWatts: Int, deliveredWatts: Int,
        meteredWatts: Int, baselineWatts: Int, headroomUpWatts: Int, headroomDownWatts: Int,
        awardedUpWatts: Int, vehiclesPlugged: Int, vehiclesReady: Int, vehiclesAtRisk: Int,
        vehiclesDischarging: Int, workersConnected: Int, promisesBroken: Int,
        energyConserved: Bool, ledgerBalanced: Bool, blocksSettled: Int, performance: Int?,
        requestedWattHours: Int, deliveredWattHours: Int, earned: String, currency: String
    ) {
        self.at = at
        self.frequencyMilliHertz = frequencyMilliHertz
        self.requestedWatts = requestedWatts
        self.deliveredWatts = deliveredWatts
        self.meteredWatts = meteredWatts
        self.baselineWatts = baselineWatts
        self.headroomUpWatts = headroomUpWatts
        self.headroomDownWatts = headroomDownWatts
        self.awardedUpWatts = awardedUpWatts
        self.vehiclesPlugged = vehiclesPlugged
        self.vehiclesReady = vehiclesReady
        self.vehiclesAtRisk = vehiclesAtRisk
        self.vehiclesDischarging = vehiclesDischarging
        self.workersConnected = workersConnected
        self.promisesBroken = promisesBroken
        self.energyConserved = energyConserved
        self.ledgerBalanced = ledgerBalanced
        self.blocksSettled = blocksSettled
        self.performance = performance
        self.requestedWattHours = requestedWattHours
        self.deliveredWattHours = deliveredWattHours
        self.earned = earned
        self.currency = currency
    }
}

extension LiveFigures {
    /// The figures of a step, over all resources and all blocks that the engine still holds.
    package init(_ snapshot: EngineSnapshot) {
        func sum(_ path: KeyPath<EngineSnapshot.Resource, Power>) -> Int {
            snapshot.resources.reduce(0) { $0 + $1[keyPath: path].watts }
        }
        let requested = snapshot.results.reduce(Energy.zero) { $0 + $1.requested }
        let delivered = snapshot.results.reduce(Energy.zero) { $0 + $1.delivered }
        let paid = snapshot.results.reduce(Money.zero(snapshot.currency)) {
            $0 + $1.availabilityPayment + $1.energyPayment
        }
        self.init(
            at: snapshot.at.microseconds / 1_000, frequencyMilliHertz: snapshot.frequencyMilliHertz,
            requestedWatts: sum(\.requested), deliveredWatts: sum(\.delivered),
            meteredWatts: sum(\.metered), baselineWatts: sum(\.baseline),
            headroomUpWatts: sum(\.headroomUp), headroomDownWatts: sum(\.headroomDown),
            awardedUpWatts: sum(\.awardedUp), vehiclesPlugged: snapshot.plugged,
            vehiclesReady: snapshot.ready, vehiclesAtRisk: snapshot.atRisk,
            vehiclesDischarging: snapshot.discharging,
            workersConnected: snapshot.workersConnected,
            promisesBroken: snapshot.promisesBroken, energyConserved: snapshot.energyConserved,
            ledgerBalanced: snapshot.ledgerBalanced, blocksSettled: snapshot.results.count,
            performance: Self.share(delivered, requested), requestedWattHours: requested.wattHours,
            deliveredWattHours: delivered.wattHours, earned: paid.decimal,
            currency: snapshot.currency.rawValue)
        self.products = Self.products(snapshot)
        self.standings = snapshot.standings.map { standing in
            Standing(
                resource: standing.award.resource.rawValue, product: standing.award.product.rawValue,
                direction: standing.award.direction.rawValue, method: standing.method.rawValue, score: standing.score,
                factor: standing.factor, notes: standing.notes)
        }
    }

    private static func products(_ snapshot: EngineSnapshot) -> [Product] {
        let groups = Dictionary(grouping: snapshot.results) {
            [$0.award.resource.rawValue, $0.award.product.rawValue]
        }
        return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { name, results in
            let requested = results.reduce(Energy.zero) { $0 + $1.requested }
            let delivered = results.reduce(Energy.zero) { $0 + $1.delivered }
            let paid = results.reduce(Money.zero(snapshot.currency)) {
                $0 + $1.availabilityPayment + $1.energyPayment
            }
            return Product(
                resource: name[0], product: name[1], blocks: results.count,
                requestedWattHours: requested.wattHours, deliveredWattHours: delivered.wattHours,
                performance: Self.share(delivered, requested), earned: paid.decimal)
        }
    }

    private static func share(_ delivered: Energy, _ requested: Energy) -> Int? {
        requested.wattSeconds > 0 ? delivered.wattSeconds * 10_000 / requested.wattSeconds : nil
    }
}
