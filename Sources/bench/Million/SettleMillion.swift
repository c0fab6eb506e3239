import Domain
import Foundation
import Ledger
import Storage

/// A day of 25 hours of a million cars of a thousand owners: 25 blocks shared to the micro-unit, netted to one entry a car,
/// posted to the books. With HEADROOM_DATABASE=postgresql://… also until the postings are durable there, by COPY.
let settleMillion = Benchmark(name: "settle-million", isByNameOnly: true) {
    let count = 1_000_000
    let contracts = (0..<1_000).map { number in
        ContractTerms(
            id: ContractID("contract-\(number)"), owner: OwnerID("owner-\(number)"), tenant: "bench", currency: .eur,
            ownerShare: 7_000 + number, wearPerKilowattHour: 30_000 + number * 10,
            conditions: number % 2 == 0
                ? nil : ContractConditions(usesOwnWear: true, energyPrice: 220_000, standby: Power(watts: 20)))
    }
    var generator = SeededGenerator(seed: 7)
    var cars = (0..<count).map { index in
        VehicleDelivery(
            vehicle: VehicleID("vehicle-\(index)"), contract: contracts[index % 1_000], headroomHeld: .zero,
            delivered: .zero, discharged: .zero, efficiency: 9_500, seconds: 3_600)
    }
    var computing = 0.0
    var day = DaySettlement(day: "2026-10-25", tenant: "bench", region: "bench", currency: .eur)
    let start = Instant(seconds: 1_792_879_200)
    for hour in 0..<25 {
        for index in cars.indices {
            let held = Int(truncatingIfNeeded: generator.next() & 0xff_ffff)
            cars[index].headroomHeld = Energy(wattSeconds: held)
            cars[index].delivered = Energy(wattSeconds: held / 3)
            cars[index].discharged = Energy(wattSeconds: held / 5)
        }
        let began = Date()
        day.add(block(hour, start, cars))
        computing += Date().timeIntervalSince(began)
    }
    let began = Date()
    let postings = day.transactions(at: start + .hours(26))
    var books = AccountBook()
    for posting in postings { try books.post(posting) }
    computing += Date().timeIntervalSince(began)
    guard books.total(.money(.eur)) == 0, books.total(.energy) == 0 else { throw SettleFailure.unbalanced }
    var beside = ["entries": Double(postings.reduce(0) { $0 + $1.entries.count })]
    if let url = ProcessInfo.processInfo.environment["HEADROOM_DATABASE"], url.hasPrefix("postgresql:") {
        beside["durable in PostgreSQL after, s"] = computing + (try durable(postings, url))
    }
    return Measurement(name: "settle-million", unit: "s", value: computing, beside: beside)
}

enum SettleFailure: Error { case unbalanced, unfinished }

private func block(_ hour: Int, _ start: Instant, _ cars: [VehicleDelivery]) -> Settlement {
    let delivered = cars.reduce(0) { $0 + $1.delivered.wattSeconds }
    return Settlement(
        award: Award(
            id: AwardID("a\(hour)"), bid: "b", resource: "R", product: "P",
            block: MarketInterval(start: start + .hours(hour), end: start + .hours(hour + 1)), direction: .up,
            quantity: Power(watts: 2_000_000_000),
            pricePerMegawattHour: Money(microUnits: 31_234_567 - hour * 2_500_000, currency: .eur),
            energyPricePerMegawattHour: Money(microUnits: 87_654_321, currency: .eur)),
        tenant: "bench", region: "bench", settledAt: start + .hours(hour + 2),
        requested: Energy(wattSeconds: delivered), delivered: Energy(wattSeconds: delivered), overDelivered: .zero,
        performance: 9_900, vehicles: cars)
}

/// Seconds until the postings are committed.
private func durable(_ postings: [LedgerTransaction], _ url: String) throws -> Double {
    let done = DispatchSemaphore(value: 0)
    let outcome = Box()
    Task {
        do {
            let store = Store(database: try await DatabaseURL(url).open())
            let began = Date()
            try await store.postInBulk(postings, zone: "bench")
            outcome.seconds = Date().timeIntervalSince(began)
            await store.database.close()
        } catch {
            outcome.failure = error
        }
        done.signal()
    }
    done.wait()
    if let failure = outcome.failure { throw failure }
    guard let seconds = outcome.seconds else { throw SettleFailure.unfinished }
    return seconds
}

/// What the task leaves for the thread that waits for it.
private final class Box: @unchecked Sendable {
    var seconds: Double?
    var failure: (any Error)?
}
