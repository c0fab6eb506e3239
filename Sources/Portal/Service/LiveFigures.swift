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
    /// What the market paid for the settled blocks, decimal with six places, and its currency.
    package var earned: String
    package var currency: String

    package init(
        at: Int, frequencyMilliHertz: Int?, requestedWatts: Int, deliveredWatts: Int,
        meteredWatts: Int, baselineWatts: Int, headroomUpWatts: Int, headroomDownWatts: Int,
        awardedUpWatts: Int, vehiclesPlugged: Int, vehiclesReady: Int, vehiclesAtRisk: Int,
        vehiclesDischarging: Int, workersConnected: Int, promisesBroken: Int,
        energyConserved: Bool, ledgerBalanced: Bool, blocksSettled: Int, performance: Int?,
        earned: String, currency: String
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
        self.earned = earned
        self.currency = currency
    }
}
