import Control
import Domain

/// The proof that a site can still charge everybody in time, for depots of 40 cars behind connections that carry
/// between a third and two thirds of their chargers, each with two feeders. Microseconds a vehicle.
let siteProof = Benchmark(name: "site-proof") {
    var generator = SeededGenerator(seed: 7)
    let depots = (0..<200).map { _ in depot(of: 40, &generator) }
    var raised = 0
    var short = 0
    let time = medianNanoseconds(rounds: 11) {
        raised = 0
        short = 0
        for depot in depots {
            let proof = SiteProof(depot.cars, under: depot.limits, hold: 900)
            raised += proof.early.count { $0 > 0 }
            short += proof.shortfalls.count
        }
    }
    guard raised > 100, short > 0 else { throw WrongResult(description: "\(raised) raised, \(short) short") }
    return Measurement(
        name: "site-proof", unit: "us a vehicle", value: time / 1_000 / Double(200 * 40),
        beside: ["raised, of 8,000": Double(raised), "short, of 8,000": Double(short)])
}

private func depot(of count: Int, _ generator: inout SeededGenerator) -> (
    cars: [SiteProof.Car], limits: [SiteProof.Limit]
) {
    let watts = count * 22_000 * Int.random(in: 33...66, using: &generator) / 100
    let limits = [
        SiteProof.Limit(name: "site", watts: watts, during: watts),
        SiteProof.Limit(name: "feeder 1", parent: 0, watts: watts * 2 / 3, during: watts * 2 / 3),
        SiteProof.Limit(name: "feeder 2", parent: 0, watts: watts * 2 / 3, during: watts * 2 / 3),
    ]
    let cars = (0..<count).map { index in
        // Departures from 1 to 8 hours ahead on five minutes, needs that fill between a fifth and nearly all of the time.
        let ready = Int.random(in: 12...96, using: &generator) * 300
        return SiteProof.Car(
            need: 20_000 * ready * Int.random(in: 20...95, using: &generator) / 100, most: 20_000, ready: ready,
            relief: 22_000, room: 22_000, limit: 1 + index % 2)
    }
    return (cars, limits)
}
