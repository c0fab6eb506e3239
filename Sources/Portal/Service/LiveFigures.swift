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
        let performance: Int? =
            requested.wattSeconds > 0
            ? delivered.wattSeconds * 10_000 / requested.wattSeconds : nil
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
            performance: performance, requestedWattHours: requested.wattHours,
            deliveredWattHours: delivered.wattHours, earned: paid.decimal,
            currency: snapshot.currency.rawValue)
    }
}
