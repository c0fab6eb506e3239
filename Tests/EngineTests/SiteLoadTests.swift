import Control
import Domain
import Testing

@testable import Engine

/// A site's own load takes its part of the connection; a meter that is silent is not trusted to say little.
@Suite struct SiteLoadTests {
    /// What all cars together may draw, W.
    private func room(_ plant: Plant) -> Int {
        plant.engine.points.joined().reduce(0) { $0 + max(0, $1.bounds.high) }
    }

    @Test func aMeterThatFallsSilentIsReplacedByTheSitesStaleLoad() {
        var plant = Plant(
            cars: 40,
            site: { site in
                site.importLimit = Power(watts: 300_000)
                site.staleLoad = Power(watts: 100_000)
            })
        for _ in 0..<10 { plant.second() }
        #expect((195_000...200_000).contains(self.room(plant)), "never heard: \(self.room(plant))")
        for _ in 0..<10 { plant.second(extra: [.siteLoad("s", Power(watts: 20_000))]) }
        #expect((275_000...280_000).contains(self.room(plant)), "as metered: \(self.room(plant))")
        for _ in 0..<55 { plant.second() }
        #expect((275_000...280_000).contains(self.room(plant)), "a minute is not over: \(self.room(plant))")
        for _ in 0..<12 { plant.second() }
        #expect((195_000...200_000).contains(self.room(plant)), "silent for more than a minute: \(self.room(plant))")
        for _ in 0..<6 { plant.second(extra: [.siteLoad("s", Power(watts: 290_000)), .siteLoad("stranger", .zero)]) }
        #expect(self.room(plant) <= 10_000, "the site itself needs it: \(self.room(plant))")
    }
}
