import Domain
import Foundation
import GridCodes
import Logging
import Runtime
import TestSupport
import Testing

@testable import Worker

/// What stations are told to charge with at most once nobody speaks to them: together no more than the site's limit.
@Suite struct FallbackLimitTests {
    private func limits(
        site: Int?, points: Int?, stations: Int, seen evses: ClosedRange<Int>? = nil
    ) throws -> Power? {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fallback-\(UInt64.random(in: 0 ... .max))")
            .path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let regionFile = Workspace.root.appending(path: "Config/regions/demo/region.yaml").path
        let configuration = WorkerConfiguration(
            worker: "w1", ocpp: .init(host: "127.0.0.1", port: 0, secretsFile: "", dialects: [], meterSeconds: 1),
            fleetLink: UplinkConfiguration(telemetry: "", control: "", signal: "", keyFile: "", aggregatorKey: ""),
            regionFile: regionFile, data: folder, frequencyFile: nil, siteLimitWatts: site, chargingPoints: points)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let journal = try ReadingJournal(folder: folder + "/readings", logger: logger)
        let memory = try SessionMemory(folder: folder + "/sessions")
        defer {
            journal.close()
            memory.close()
        }
        let core = try WorkerCore(
            configuration, region: try StrictYAML.load(RegionPack.self, from: regionFile), journal: journal,
            memory: memory, overrides: try OverrideMemory(path: folder + "/overrides.json", logger: logger),
            seed: 1, logger: logger)
        let facts = evses.map { $0.map { StationFact.status(evse: $0, .available) } } ?? []
        core.station("CS1", said: facts, at: Instant(seconds: 1), acknowledge: nil)
        return WorkerService.policy(
            core: core, memory: memory, stations: stations, lists: try AdmissionLists(tokens: nil, boots: nil)
        ).fallbackLimit("CS1", 1)
    }

    @Test func allPointsTogetherStayBelowTheSitesLimit() throws {
        #expect(try self.limits(site: nil, points: nil, stations: 10) == nil, "no limit, no share")
        #expect(try self.limits(site: 100_000, points: nil, stations: 10) == Power(watts: 10_000))
        #expect(try self.limits(site: 100_000, points: 3, stations: 10) == Power(watts: 33_333), "rounded down")
    }

    @Test func morePointsThanWereCountedOnShareTheSameLimit() throws {
        #expect(try self.limits(site: 100_000, points: 3, stations: 10, seen: 1...4) == Power(watts: 25_000))
        #expect(try self.limits(site: 100_000, points: nil, stations: 1, seen: 1...2) == Power(watts: 50_000))
    }
}
