import Control
import Domain
import Foundation
import Ledger
import TestSupport
import Testing

@testable import Engine

/// Wear, warranties, and contracts that change, in the whole engine.
@Suite struct PurseTests {
    private static func configuration() throws -> EngineConfiguration {
        var configuration = Plant.configuration()
        let url = Workspace.root.appending(path: "Config/batteries.json")
        configuration.batteries = try JSONDecoder().decode([Chemistry].self, from: Data(contentsOf: url))
        return configuration
    }

    private static func ownWear(_ id: ContractID = "c", owner: OwnerID = "o", share: Int = 8_000) -> ContractTerms {
        ContractTerms(
            id: id, owner: owner, tenant: "t", currency: .eur, ownerShare: share, wearPerKilowattHour: 40_000,
            conditions: ContractConditions(usesOwnWear: true, energyPrice: 200_000))
    }

    /// Sells a block, calls it, and runs until it is settled; `each` comes after every second of the block.
    private static func settled(
        _ plant: inout Plant, each: (inout Plant, Int) -> Void = { _, _ in }
    ) throws -> BlockResult {
        for _ in 0..<10 { plant.second() }
        plant.second(extra: [.bidCalled(plant.call())])
        let bid = try #require(plant.bids.last)
        plant.second(extra: [
            .bidAnswered(bid.id, .received, reason: ""),
            .awarded(
                Award(
                    id: "a", bid: bid.id, resource: "R", product: "FR", block: bid.call.block, direction: .up,
                    quantity: bid.quantity, pricePerMegawattHour: bid.pricePerMegawattHour,
                    energyPricePerMegawattHour: Money(microUnits: 120_000_000, currency: .eur))),
        ])
        while plant.now < bid.call.block.end + .seconds(40) {
            plant.milliHertz = bid.call.block.contains(plant.now) ? 49_500 : 50_000
            plant.second()
            each(&plant, (plant.now - bid.call.block.start).seconds)
        }
        return try #require(plant.engine.snapshot().results.last)
    }

    private static func battery(_ vehicle: VehicleID, _ chemistry: String = "lmo", throughput: Int? = nil) -> Event {
        .enrolled(
            .battery(
                BatteryTerms(
                    vehicle: vehicle, chemistry: chemistry, pricePerKilowattHour: 100_000_000,
                    throughput: throughput.map { Energy(wattHours: $0) })))
    }

    @Test func wearIsPaidByWhatTheBatterySpends() throws {
        var plant = Plant(cars: 8, configuration: try Self.configuration())
        plant.second(extra: [.enrolled(.contract(Self.ownWear()))])
        plant.second(extra: [Self.battery("v-0-0", "lmo"), Self.battery("v-0-1", "lfp"), Self.battery("v-0-2", "odd")])
        let block = try Self.settled(&plant)
        func rate(_ vehicle: VehicleID) -> Int? { block.shares.first { $0.vehicle == vehicle }?.wearPerKilowattHour }
        let worn = try #require(block.shares.first { $0.vehicle == "v-0-0" && $0.discharged > .zero })
        #expect((12_000...26_000).contains(worn.wearPerKilowattHour), "\(worn.wearPerKilowattHour)")
        #expect(
            worn.wear.microUnits == roundedDivision(worn.wearPerKilowattHour * worn.discharged.wattSeconds, 3_600_000))
        if let cheap = rate("v-0-1") { #expect(cheap < worn.wearPerKilowattHour, "iron phosphate wears less") }
        #expect(rate("v-0-3") ?? 40_000 == 40_000, "nothing is known of its battery: the contract's rate")
        let seen = try #require(plant.engine.snapshot().vehicles.first { $0.id == "v-0-0" }?.wear)
        #expect(seen.chemistry == "lmo" && seen.discharged > .zero && seen.veto.isEmpty)
        #expect(plant.engine.snapshot().vehicles.first { $0.id == "v-0-2" }?.wear?.chemistry == "unknown")
        let restored = try #require(EngineCheckpoint(plant.engine).restored)
        #expect(restored.fingerprint == plant.engine.fingerprint)
        #expect(restored.snapshot().vehicles.first { $0.id == "v-0-0" }?.wear == seen, "a restart forgets no wear")
    }

    @Test func aWarrantyThatIsUsedUpHoldsNothing() throws {
        var plant = Plant(cars: 4, configuration: try Self.configuration())
        plant.second(extra: [Self.battery("v-0-0", throughput: 0), Self.battery("v-0-1", throughput: 1_000_000)])
        for _ in 0..<70 { plant.second() }
        let cars = plant.engine.snapshot().vehicles
        let spent = try #require(cars.first { $0.id == "v-0-0" })
        #expect(spent.keptOut?.reason == "warranty: 0 of 0 kWh are discharged", "\(String(describing: spent.keptOut))")
        #expect(cars.first { $0.id == "v-0-1" }?.keptOut == nil)
        let block = try Self.settled(&plant)
        #expect(block.shares.first { $0.vehicle == "v-0-0" }?.discharged ?? .zero == .zero)
        #expect(block.shares.contains { $0.discharged > .zero })
    }

    /// Half of the block under one contract, half under another; a car that is sold to somebody else on the way.
    @Test func aBlockIsSplitWhereContractOrOwnerChange() throws {
        var plant = Plant(cars: 4, configuration: try Self.configuration())
        plant.second(extra: [
            .enrolled(.owner(OwnerTerms(id: "p", tenant: "t", name: "Other"))),
            .enrolled(
                .contract(
                    ContractTerms(
                        id: "d", owner: "p", tenant: "t", currency: .eur, ownerShare: 5_000, wearPerKilowattHour: 0))),
        ])
        let block = try Self.settled(&plant) { plant, second in
            if second == 100 {
                var terms = plant.engine.enrolment.vehicles[0]
                (terms.owner, terms.contract) = ("p", "d")
                plant.second(extra: [.enrolled(.vehicle(terms))])
            }
            if second == 200 { plant.second(extra: [.enrolled(.contract(Self.ownWear(share: 9_000)))]) }
        }
        let sold = block.shares.filter { $0.vehicle == "v-0-0" }
        #expect(sold.map(\.owner) == ["o", "p"])
        let held = sold.map(\.headroomHeld.wattSeconds)
        #expect(abs(held[0] * 2 - held[1]) <= held[1] / 50 + 3, "a third and two thirds: \(held)")
        let stayed = block.shares.filter { $0.vehicle == "v-0-1" }
        #expect(stayed.map(\.ownerShare) == [8_000, 9_000] && stayed.allSatisfy { $0.owner == "o" })
        let given = block.shares.reduce(0) { $0 + $1.earned.microUnits + $1.fee.microUnits }
        #expect(given == block.payment.microUnits && plant.engine.snapshot().ledgerBalanced)
    }

    /// A reading that comes after its second was closed is kept as learned of then, so that a later computation finds it.
    @Test func aReadingThatComesAWeekLateIsKeptAsLate() throws {
        var plant = Plant(cars: 2, configuration: try Self.configuration())
        for _ in 0..<60 { plant.second() }
        func reading(_ sequence: UInt64, ago seconds: Int) -> MeterReading {
            let at = plant.now - .seconds(seconds)
            return MeterReading(
                worker: "w9", sequence: sequence, station: "st-0-0", evse: 1, token: nil, at: at, receivedAt: at,
                power: Power(watts: 5), importRegister: .zero, exportRegister: .zero, stateOfCharge: nil)
        }
        let sent = [reading(1, ago: 7 * 86_400), reading(2, ago: 0)]
        let kept = plant.engine.step([.readings("w9", sent)], at: plant.now).flatMap(\.records).compactMap {
            if case .reading(let reading, _, _, _) = $0 { reading.receivedAt } else { nil }
        }
        #expect(kept == [plant.now, sent[1].receivedAt])
    }

    @Test func tenuresAreCutToTheSecond() {
        var book = EnrolmentBook()
        func contract(_ share: Int, from: Int?) -> EnrolmentChange {
            .contract(
                ContractTerms(
                    id: "c", owner: "o", tenant: "t", currency: .eur, ownerShare: share, wearPerKilowattHour: 0,
                    validFrom: from.map { Instant(seconds: $0) }))
        }
        var car = VehicleTerms(
            id: "v", owner: "o", contract: "c", tenant: "t", tokens: [], capacity: .zero, maxCharge: .zero,
            maxDischarge: .zero, reserve: StateOfCharge(basisPoints: 0), efficiency: 9_500, dischargeConsentAt: nil)
        let block = MarketInterval(start: Instant(seconds: 1_000), end: Instant(seconds: 1_900))
        /// The quick answer stands for the long one, or is none.
        func parts() -> [[Int]] {
            let parts = book.tenures(of: 0, in: block).map { [$0.terms.ownerShare, $0.seconds] }
            if let sole = book.soleTenure(of: 0) { #expect(parts == [[sole.ownerShare, block.duration.seconds]]) }
            return parts
        }
        book.apply(contract(1, from: nil))
        book.apply(.vehicle(car))
        #expect(parts() == [[1, 900]] && book.soleTenure(of: 0) != nil)
        book.apply(contract(1, from: nil), at: Instant(seconds: 1_200))
        #expect(parts() == [[1, 900]], "the same again is no change")
        book.apply(contract(2, from: 1_300), at: Instant(seconds: 1_200))
        book.apply(contract(3, from: 1_500), at: Instant(seconds: 1_200))
        #expect(parts() == [[1, 300], [2, 200], [3, 400]])
        car.contract = "nowhere"
        book.apply(.vehicle(car), at: Instant(seconds: 1_600))
        #expect(parts() == [[1, 300], [2, 200], [3, 100]], "without a contract nobody is paid")
    }
}
