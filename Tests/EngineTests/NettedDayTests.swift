import Domain
import Ledger
import Testing

@testable import Engine

/// A fleet whose blocks are booked with their days: the same money, and no posting of a block's own.
@Suite struct NettedDayTests {
    private func settled(netsDays: Bool?) throws -> (plant: Plant, block: BlockResult) {
        var configuration = Plant.configuration()
        configuration.netsDays = netsDays
        var plant = Plant(cars: 8, configuration: configuration)
        for _ in 0..<10 { plant.second() }
        let block = plant.sell()
        while plant.now < block.end + .seconds(40) {
            plant.milliHertz = block.contains(plant.now) ? 49_700 : 50_000
            plant.second()
        }
        return (plant, try #require(plant.engine.snapshot().results.first))
    }

    @Test func blocksOfNettedDaysHaveNoPostings() throws {
        let single = try self.settled(netsDays: nil)
        let netted = try self.settled(netsDays: true)
        func transactions(_ plant: Plant) -> [LedgerTransaction] {
            plant.records.compactMap { if case .transaction(let own) = $0 { own } else { nil } }
        }
        #expect(single.block.isNetted == nil && !transactions(single.plant).isEmpty)
        #expect(netted.block.isNetted == true && transactions(netted.plant).isEmpty)
        #expect(netted.block.payment == single.block.payment && netted.block.shares == single.block.shares)
        var day = DaySettlement(of: netted.block)
        day.add(netted.block)
        let booked = day.transactions(at: netted.block.settledAt)
        #expect(Set(booked.flatMap(\.entries)) == Set(transactions(single.plant).flatMap(\.entries)))
        #expect(netted.plant.engine.snapshot().ledgerBalanced)
    }
}
