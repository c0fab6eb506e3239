import Domain
import Foundation
import Storage
import TestSupport
import Testing

/// `headroom settle` beside what the meters at sites' boundaries measured.
extension OperatorCommandTests {
    /// A block of five minutes in which v1 gave 45 kW at the charger of a site.
    private func metered(_ plant: SmallPlant) async throws -> Store {
        let store = try await self.settled(plant)
        let readings = stride(from: 1_799_000, through: 1_800_310, by: 10).enumerated().map { number, second in
            Record.reading(
                MeterReading(
                    worker: "w", sequence: UInt64(number + 1), station: "st-1", evse: 1, token: nil,
                    at: Instant(seconds: second), receivedAt: Instant(seconds: second + 1),
                    power: Power(watts: second < 1_800_000 ? 0 : -45_000), importRegister: .zero,
                    exportRegister: .zero, stateOfCharge: nil), tenant: "t", region: "test", vehicle: "v1")
        }
        let place: [EnrolmentChange] = [
            .site(
                SiteTerms(
                    id: "depot", tenant: "t", region: "test", zone: "z", resource: SettledBlock.award.resource,
                    importLimit: Power(watts: 100_000), exportLimit: Power(watts: 100_000), staleLoad: .zero,
                    defaultStay: .hours(8), defaultTarget: StateOfCharge(basisPoints: 8_000))),
            .station(StationTerms(id: "st-1", site: "depot")),
        ]
        try await store.enrol(place, zone: "z", at: Instant(seconds: 1))
        try await store.apply(readings, zone: "z", epoch: nil, source: "readings", upTo: 1)
        return store
    }

    /// Its site's meter saw it, or a building that took it back.
    @Test func settleSetsChargersBesideTheirSite() async throws {
        try await self.withPlant(.sqlite) { plant, _ in
            await (try await self.metered(plant)).database.close()
            func settle(_ watts: Int, site: String = "depot") throws -> Program.Outcome {
                let rows = (-60..<6).map { minute in
                    let at = Date(timeIntervalSince1970: Double(1_800_000 + minute * 60)).ISO8601Format()
                    return "\(at),\(site),\(Double(minute < 0 ? 20_000 : watts) / 1_000)"
                }
                let file = plant.folder.appending(path: "boundary.csv")
                try Data(("time,site,kw\n" + rows.joined(separator: "\n")).utf8).write(to: file)
                return try plant.outcome(["settle", "--site-meters", file.path, "--site-reference-minutes", "15"])
            }
            let sound = try settle(-25_000)
            #expect(sound.status == 0, "\(sound.output)\(sound.errors)")
            #expect(sound.output.contains("block a, site depot: boundary -2.083 kWh, chargers -3.750 kWh"))
            let odd = try settle(5_000)
            #expect(odd.status == 1 && odd.output.contains("block a: site depot: building and losses took"))
            let unknown = try settle(5_000, site: "depto")
            #expect(unknown.status == 1 && unknown.output.contains("site depto: no charger of it was read"))
            #expect(try plant.outcome(["settle", "--site-meters", "/none.csv"]).status == 1)
            #expect(try plant.outcome(["settle", "--site-tolerance", "-1"]).status == 2)
        }
    }

    /// The boundary's rows are stored once; those of the block come a week later, one of them twice and as something else.
    @Test(arguments: Driver.allCases) func metersOfSitesAreStoredAndComeLate(driver: Driver) async throws {
        try await self.withPlant(driver) { plant, _ in
            let store = try await self.metered(plant)
            func keep(_ rows: [(minute: Int, watts: Int)], site: String = "depot") throws -> Program.Outcome {
                let lines = rows.map { row in
                    let at = Date(timeIntervalSince1970: Double(1_800_000 + row.minute * 60)).ISO8601Format()
                    return "\(at),\(site),\(Double(row.watts) / 1_000)"
                }
                let file = plant.folder.appending(path: "boundary.csv")
                try Data(("time,site,kw\n" + lines.joined(separator: "\n")).utf8).write(to: file)
                return try plant.outcome(["site-meters", file.path])
            }
            let settle = ["settle", "--site-reference-minutes", "15"]
            let before = (-60..<0).map { (minute: $0, watts: 20_000) }
            #expect(try keep(before).output.hasPrefix("60 rows stored, 0 were known"))
            let lacking = try plant.outcome(settle)
            #expect(lacking.status == 1 && lacking.output.contains("known in 0 s of 300"), "\(lacking)")
            let block = (0..<6).map { (minute: $0, watts: -25_000) }
            #expect(try keep(before.suffix(2) + block).output.hasPrefix("6 rows stored, 2 were known, 0 of them as"))
            let sound = try plant.outcome(settle)
            #expect(sound.status == 0, "\(sound.output)\(sound.errors)")
            #expect(sound.output.contains("boundary -2.083 kWh, chargers -3.750 kWh"), "\(sound.output)")
            #expect(sound.output.contains("5 rows of its meter came late"), "\(sound.output)")
            let kept = try keep([(2, 90_000)])
            #expect(kept.output.hasPrefix("0 rows stored, 1 were known, 1 of them as something else"))
            #expect(try plant.outcome(settle).output == sound.output, "the first stands")
            for (rows, site, reason) in [
                ([(9, 1)], "depto", "depto is no site of t: enrol it first"),
                ([(90_000_000, 1)], "depot", "has a row after now"),
                ([(9, 1), (8, 1)], "depot", "line 3: its time must be later"),
            ] {
                let refused = try keep(rows.map { (minute: $0.0, watts: $0.1) }, site: site)
                #expect(refused.status == 1 && refused.errors.contains(reason), "\(refused.errors)")
            }
            #expect(try plant.outcome(settle).output == sound.output, "nothing of it was kept")
            await store.database.close()
        }
    }
}
