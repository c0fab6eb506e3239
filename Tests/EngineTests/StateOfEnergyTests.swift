import Control
import Domain
import GridCodes
import Testing

@testable import Engine

/// The energy behind what is sold: a second full activation is always assumed, and what is not there is said before it is
/// missed.
@Suite struct StateOfEnergyTests {
    private static func plant(_ mechanism: String?, soc: Int = 6_000) throws -> Plant {
        var configuration = Plant.configuration()
        if let mechanism {
            configuration.region.products[0].terms = try productTerms(mechanism: mechanism)
        }
        var plant = Plant(
            cars: 40, configuration: configuration, each: { car, _ in car.stored = car.stored / 6_000 * soc })
        for _ in 0..<20 { plant.second() }
        return plant
    }

    /// 22 kW for 900 s are 5.5 kWh; with 8 kWh above the reserve a second activation does not fit.
    @Test func aSecondFullActivationIsAssumed() throws {
        func headroom(_ mechanism: String?) throws -> Int {
            try Self.plant(mechanism, soc: 3_400).engine.snapshot().resources[0].headroomUp.watts
        }
        let (plain, curve, event) = (try headroom(nil), try headroom("localCurve"), try headroom("event"))
        #expect(curve < plain * 9 / 10, "\(curve) of \(plain)")
        #expect(event == plain, "an event comes once")
    }

    @Test func energyAndWhatIsReservedAreShown() throws {
        var plant = try Self.plant("localCurve")
        let block = plant.sell(share: 50)
        plant.run(until: block.start + .seconds(20))
        let resource = plant.engine.snapshot().resources[0]
        let award = try #require(plant.engine.snapshot().awards.first)
        // With the spare, for twice a quarter of an hour.
        let reserved = Power(watts: award.quantity.watts * 1_150 / 1_000).over(.seconds(1_800))
        #expect(resource.reservedUp == reserved && resource.reservedDown == .zero)
        #expect(resource.energyUp > reserved && resource.energyDown > .zero)
        let row = try #require(plant.engine.snapshot().reservations.first)
        #expect(row.isSold && row.energy == reserved && row.block == block)
        plant.run(until: block.end + .seconds(20))
        #expect(plant.engine.snapshot().reservations.isEmpty && plant.engine.reservationFindings == [])
    }

    /// Batteries that turn out emptier than known: less is declared while nothing is asked yet.
    @Test func whatHasNoEnergyIsReDeclaredBeforeItIsMissed() throws {
        var plant = try Self.plant("localCurve")
        let block = plant.sell()
        plant.run(until: block.start + .seconds(20))
        #expect(plant.engine.snapshot().bids[0].state == .awarded)
        for worker in 0..<2 {
            for slot in 0..<20 { plant.cars[worker][slot].stored = Plant.Car.capacity * 23 / 100 }
        }
        for _ in 0..<15 { plant.second() }
        let bid = try #require(plant.engine.snapshot().bids.first)
        #expect(bid.state == .redeclared && bid.explanation.contains("kW are there of"), "\(bid)")
        #expect(plant.bids.last?.state == .redeclared, "it goes upstream")
        #expect(plant.engine.snapshot().resources[0].requested == .zero, "nothing was asked yet")
    }
}
