import Domain
import GridCodes
import Twin

/// The twin as it is used: 1,000 plugged cars in steps of 4 s with a frequency event in the second hour, engine, market,
/// plans, edge controller, meters and settlement included. What `twin-kernel` counts is a small part of this.
let twinRun = Benchmark(name: "twin-run") { try wholeRun("twin-run", hours: 2) }

/// The same for a whole day, with blocks of five minutes sold and settled all through it.
let twinDay = Benchmark(name: "twin-day") { try wholeRun("twin-day", hours: 24) }

/// CPU time of the whole run, reports too.
private func wholeRun(_ name: String, hours: Int) throws -> Measurement {
    let cars = 1_000
    let start = Instant(seconds: 1_795_680_000)
    let input = try TwinInput(
        config: benchTwin, region: benchDay, product: "BENCH-FR", award: Power(watts: 1_000_000),
        sessions: benchCars(cars, from: start, hours: hours),
        signal: GridEvent.series(from: start + .seconds(60), lead: 3_540, tail: 3_280, seed: 3))
    let began = threadNanoseconds()
    var run = TwinRun(input)
    while run.advance(steps: 500) {}
    let kpis = run.finish().kpis
    let seconds = Double(threadNanoseconds() - began) / 1e9
    guard kpis.readinessMet == cars, kpis.requested.wattHours > 0, kpis.availabilityMicro > 500_000
    else { throw WrongResult(description: "the event was not answered: \(kpis)") }
    return Measurement(
        name: name, unit: "vehicle-steps/s", value: Double(cars * kpis.steps) / seconds,
        beside: ["CPU seconds": seconds, "steps": Double(kpis.steps)])
}

func benchCars(_ count: Int, from start: Instant, hours: Int, sites: Int = 4) -> [Session] {
    (0..<count).map { index in
        Session(
            vehicle: VehicleID("ev-\(index)"), site: SiteID("site-\(index % sites + 1)"),
            arrival: start, departure: start + .hours(hours),
            arrivalCharge: StateOfCharge(basisPoints: 5_000 + index % 10 * 100),
            targetCharge: StateOfCharge(basisPoints: 5_500 + index % 7 * 100),
            minimumCharge: StateOfCharge(basisPoints: 3_000), capacity: Energy(wattHours: 60_000),
            maxCharge: Power(watts: 11_000), maxDischarge: Power(watts: 11_000), efficiency: 9_400)
    }
}

let benchTwin = TwinConfig(
    region: "bench", seed: 1, wearPerKilowattHour: 0.03,
    stations: .init(
        kind: .curve, latencyMilliseconds: 300, rampKilowattsPerSecond: 20, minimumKilowatts: 0,
        stepWatts: 1),
    sites: (1...4).map { .init(id: "site-\($0)", importKilowatts: 4_000, exportKilowatts: 4_000) })

let benchDay = RegionPack(
    region: "bench", validFrom: "2026", currency: .eur, nominalMilliHertz: 50_000,
    holdLoadBelowMilliHertz: 49_800, holdLoadAboveMilliHertz: 50_200,
    plausibleMilliHertz: [45_000, 55_000], frequencyStaleMilliseconds: 1_500,
    fallbackSpreadSeconds: 30, rampWattsPerSecond: 1_000,
    products: [
        Product(
            id: "BENCH-FR", name: "response to low frequency", activation: .localCurve,
            symmetry: .up,
            curve: [(49_500, 1_000), (49_800, 50), (49_985, 0), (50_015, 0)].map {
                CurvePoint(milliHertz: $0.0, perMille: $0.1)
            },
            fullDeliveryMilliseconds: 5_000, needsResidentCurve: false, enduranceSeconds: 900,
            minimumBidWatts: 100_000, bidStepWatts: 100_000, blockSeconds: 300, blockAnchor: 0,
            gateClosureSeconds: 5, confidence: 9_900, sparePerMille: 150, gainPerMille: 1_030,
            slewPerMille: 0, holdSeconds: 10, score: .deliveredShare,
            availabilityPrice: 45_000_000, energyPrice: 120_000_000)
    ], sources: [])
