import Control
import Domain
import GridCodes
import Testing

@testable import Engine

/// After an outage a connection code keeps a station away for minutes, and then lets it rise slowly: its headroom is not
/// offered meanwhile.
@Suite struct ReconnectionTests {
    private static func plant(rule: Bool = true) -> Plant {
        var configuration = Plant.configuration()
        if rule {
            configuration.region.interconnection = [
                InterconnectionRule(
                    code: "test", connectMilliHertz: [49_500, 50_100], reconnectSeconds: 300, rampSeconds: 300,
                    randomisedSeconds: 0, claimedMilliHertz: nil, claimedPerMillePerHertz: 0,
                    exportFailsafeSeconds: nil)
            ]
        }
        var plant = Plant(cars: 40, configuration: configuration)
        for _ in 0..<20 { plant.second() }
        return plant
    }

    private func headroom(_ plant: Plant) -> Int { plant.engine.snapshot().resources[0].headroomUp.watts }

    /// The first ten stations lose their supply, or only their network, for a minute.
    private func outage(_ plant: inout Plant, isSupply: Bool) {
        for slot in 0..<10 {
            plant.cars[0][slot].isOnline = false
            if isSupply { plant.cars[0][slot].isPowered = false }
        }
        for _ in 0..<60 { plant.second() }
        for slot in 0..<10 {
            plant.cars[0][slot].isOnline = true
            plant.cars[0][slot].isPowered = true
        }
    }

    @Test func whoComesBackAfterAnOutageWaitsAndRises() {
        var plant = Self.plant()
        let whole = self.headroom(plant)
        self.outage(&plant, isSupply: true)
        let without = self.headroom(plant)
        #expect(without < whole * 4 / 5 && without > whole / 2, "\(without) of \(whole)")
        for _ in 0..<290 { plant.second() }
        #expect(abs(self.headroom(plant) - without) < whole / 50, "nothing comes for five minutes")
        for _ in 0..<160 { plant.second() }
        let half = self.headroom(plant) - without
        #expect(abs(half - (whole - without) / 2) < whole / 20, "half after half of the ramp: \(half)")
        for _ in 0..<170 { plant.second() }
        #expect(self.headroom(plant) > whole * 95 / 100 && plant.engine.absences.isEmpty)
    }

    /// Registers that went on show that only the network was away; a region without such a code asks for nothing.
    @Test func whoWasOnlySilentIsBackAtOnce() {
        for (plant, isSupply) in [(Self.plant(), false), (Self.plant(rule: false), true)] {
            var plant = plant
            let whole = self.headroom(plant)
            self.outage(&plant, isSupply: isSupply)
            for _ in 0..<20 { plant.second() }
            #expect(self.headroom(plant) > whole * 95 / 100, "\(isSupply): \(self.headroom(plant)) of \(whole)")
        }
    }

    /// What is not offered is not bid, and a restart does not forget that it waits.
    @Test func itsHeadroomIsNotBidAndARestartKnowsIt() throws {
        var plant = Self.plant()
        plant.second(extra: [.bidCalled(plant.call())])
        let before = try #require(plant.bids.last?.quantity.watts)
        var other = Self.plant()
        self.outage(&other, isSupply: true)
        for _ in 0..<10 { other.second() }
        other.second(extra: [.bidCalled(other.call(after: .seconds(600)))])
        #expect(try #require(other.bids.last?.quantity.watts) < before * 4 / 5)
        let restored = try #require(EngineCheckpoint(other.engine).restored)
        #expect(restored.absences == other.engine.absences && restored.absences.count == 10)
    }
}
