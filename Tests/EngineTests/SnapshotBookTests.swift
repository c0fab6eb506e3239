import Domain
import TestSupport
import Testing

@testable import Engine

/// Snapshots of a large fleet are put together from looks at some of its cars at a time.
@Suite struct SnapshotBookTests {
    private func plant(cars: Int) -> Plant {
        var plant = Plant(
            cars: cars,
            site: { ($0.importLimit, $0.exportLimit) = (Power(watts: 90_000_000), Power(watts: 90_000_000)) })
        for _ in 0..<6 { plant.second() }
        return plant
    }

    /// A book that looks at everything says what a snapshot says; one that has no time catches up slice by slice.
    @Test func looksInTurnsSeeEverything() {
        let plant = self.plant(cars: 4_200)
        let whole = plant.engine.snapshot()
        #expect(whole.vehicles.count == 4_200 && whole.plugged == 4_200)
        #expect(whole.ready == whole.vehicles.count { $0.ready } && whole.atRisk == 4_200 - whole.ready)
        #expect(whole.capacity.wattHours == 4_200 * 60_000 && whole.resources[0].headroomUp > .zero)
        var book = SnapshotBook()
        var seen: [Int] = []
        for _ in 0..<6 {
            book.look(at: plant.engine) { false }
            let snapshot = book.snapshot(of: plant.engine)
            seen.append(snapshot.vehicles.count)
            #expect(snapshot.at == whole.at && snapshot.resources[0].baseline == whole.resources[0].baseline)
        }
        // Two workers of 2,100: a thousand, a thousand, and what is left of each.
        #expect(seen == [1_024, 2_048, 2_100, 3_124, 4_148, 4_200])
        #expect(book.snapshot(of: plant.engine) == whole)
    }

    /// What was seen stands until it is looked at again, also where a worker comes.
    @Test func aLookIsAsOldAsItIs() {
        var plant = self.plant(cars: 2_048)
        var book = SnapshotBook()
        book.look(at: plant.engine) { true }
        let before = book.snapshot(of: plant.engine)
        for _ in 0..<30 { plant.second() }
        #expect(book.snapshot(of: plant.engine).stored == before.stored)
        #expect(plant.engine.snapshot().stored > before.stored, "they charge meanwhile")
        book.look(at: plant.engine) { false }
        let half = book.snapshot(of: plant.engine)
        #expect(half.stored > before.stored && half.stored < plant.engine.snapshot().stored)
        #expect(half.vehicles.map(\.id) == before.vehicles.map(\.id))
        plant.step([.workerJoined("w9", Incarnation(1))])
        book.look(at: plant.engine) { true }
        #expect(book.snapshot(of: plant.engine) == plant.engine.snapshot())
    }
}
