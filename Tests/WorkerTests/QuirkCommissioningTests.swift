import CTelemetry
import Control
import Domain
import Foundation
import Logging
import ServiceLifecycle
import Stations
import Synchronization
import TestSupport
import Testing
import Twin
import ZeroMQ

@testable import Worker

/// Commissioning over real sockets: a worker and its stations in one process, nobody upstream.
@Suite(.timeLimit(.minutes(3)), .ownThreads) struct QuirkCommissioningTests {
    /// A worker on a folder of its own with the stations that dial it.
    private struct Plant {
        let folder: URL
        let worker: WorkerService
        let group: ServiceGroup

        init(folder: URL, _ stations: [StationSpec]) throws {
            self.folder = folder
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let ports = Ports.free(4)
            try KeyPair.generate().write(to: path("w1.key"))
            let secrets = "station_id,secret\n" + stations.map { "\($0.station.rawValue),secret\n" }.joined()
            try secrets.write(toFile: path("secrets.csv"), atomically: true, encoding: .utf8)
            let endpoints = ports.map { "tcp://127.0.0.1:\($0)" }
            let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            self.worker = try WorkerService(
                WorkerConfiguration(
                    worker: "w1",
                    ocpp: .init(
                        host: "127.0.0.1", port: ports[3], secretsFile: path("secrets.csv"),
                        dialects: [Workspace.root.appending(path: "Config/demo/dialects.yaml").path], meterSeconds: 1),
                    fleetLink: UplinkConfiguration(
                        telemetry: endpoints[0], control: endpoints[1], signal: endpoints[2], keyFile: path("w1.key"),
                        aggregatorKey: try KeyPair.generate().publicKey),
                    regionFile: Workspace.root.appending(path: "Config/regions/demo/region.yaml").path,
                    data: path("worker"), frequencyFile: nil),
                logger: silent)
            let swarm = StationsService(
                options: try StationsOptions(
                    endpoints: [try StationsEndpoint("ws://127.0.0.1:\(ports[3])/ocpp")], stations: stations,
                    secrets: try Secrets.read(secrets)), logger: silent)
            self.group = ServiceGroup(services: [self.worker, swarm], logger: silent)
        }

        func proof(_ station: StationID) -> CommissioningRecord.Point? {
            self.worker.core.state.withLock { $0.commissioner.proofs[station]?.points[1] }
        }

        /// What the station is offered as: its kind, and what it may discharge with.
        func offered(_ station: StationID) -> (kind: Capability, discharge: Int)? {
            self.worker.core.state.withLock { state in
                guard let place = state.table.slot(EVSEKey(station: station, evse: 1)) else { return nil }
                let record = state.table.record(place, at: Instant(seconds: 0))
                return (state.table.slots[place].offered, Int(record.max_discharge))
            }
        }

        func runs(_ body: (Plant) async -> Void) async throws {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await self.group.run() }
                await body(self)
                await self.group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    private static func station(
        _ name: StationID, _ version: StationVersion = .v21, _ v2x: StationV2X = .yes, _ quirks: Set<StationQuirk> = []
    ) -> StationSpec {
        var spec = StationSpec(
            station: name, version: version, site: "s", token: TokenID("T"), vehicle: "v",
            capacity: Energy(wattHours: 60_000), charge: StateOfCharge(basisPoints: 4_000),
            target: StateOfCharge(basisPoints: 9_000), departure: .afterStart(.seconds(18_000)),
            maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000), minimum: Power(watts: 1_380),
            step: Power(watts: 100), latency: .milliseconds(300), rampPerSecond: Power(watts: 30_000), v2x: v2x,
            misbehaviour: .none)
        spec.quirks = quirks
        return spec
    }

    private func until(_ seconds: Int, _ condition: () -> Bool) async -> Bool {
        for _ in 0..<(seconds * 20) where !condition() { try? await Task.sleep(for: .milliseconds(50)) }
        return condition()
    }

    /// Every kind proves itself; what was proved is there after a restart, and worth nothing to another firmware.
    @Test func stationsProveThemselvesOncePerFirmware() async throws {
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let stations = [
            Self.station("A", .v16), Self.station("B", .v201), Self.station("C"), Self.station("D", .v21, .curve),
            Self.station("E", .v21, .control),
        ]
        let names = stations.map(\.station)
        try await Plant(folder: folder, stations).runs { plant in
            _ = await self.until(20) { names.allSatisfy { plant.offered($0)?.kind == .curtail } }
            for name in names { #expect(plant.offered(name)?.kind == .curtail && plant.offered(name)?.discharge == 0) }
            _ = await self.until(60) { names.allSatisfy { plant.proof($0) != nil } }
            for name in names {
                let proof = plant.proof(name)
                #expect(proof?.expirySeconds.map { $0 <= 5 } == true, "\(name): \(String(describing: proof))")
                #expect(plant.offered(name)?.discharge ?? 0 > 0)
            }
            #expect(plant.proof("D")?.followsCurve == true && plant.offered("D")?.kind == .residentCurve)
            #expect(plant.proof("E")?.followsCurve == true && plant.offered("E")?.kind == .residentCurve)
            #expect(plant.proof("C")?.followsCurve == nil && plant.offered("C")?.kind == .setpoint)
        }
        let store = try CapabilityStore(path: folder.appending(path: "worker/capabilities.jsonl").path)
        #expect(names.allSatisfy { store.proofs[$0]?.points[1]?.expirySeconds != nil })
        var commissioner = Commissioner(.required, meterEvery: .seconds(1), proofs: store.proofs)
        let identity = try #require(store.proofs["C"]?.identity)
        #expect(!commissioner.met("C", identity) && commissioner.proofs["C"] != nil)
        let other = CommissioningRecord.Identity(vendor: identity.vendor, model: identity.model, firmware: "99")
        #expect(commissioner.met("C", other) && commissioner.proofs["C"] == nil)
    }

    /// Accepted says nothing of it: only the meter shows that an order outlives its time.
    @Test func whoNeverLetsGoIsFoundOut() async throws {
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let versions: [(StationID, StationVersion)] = [("A", .v16), ("B", .v201), ("C", .v21)]
        let stations = versions.map { Self.station($0.0, $0.1, .yes, [.ignoresDuration]) }
        try await Plant(folder: folder, stations).runs { plant in
            _ = await self.until(90) { versions.allSatisfy { plant.proof($0.0) != nil } }
            for (name, version) in versions {
                let proof = plant.proof(name)
                #expect(proof != nil && proof?.expirySeconds == nil, "\(version): \(String(describing: proof))")
                #expect(proof?.reason?.contains("still held") == true, "\(proof?.reason ?? "")")
                #expect(plant.offered(name)?.kind == .curtail && plant.offered(name)?.discharge == 0)
            }
        }
    }

    @Test func whoseCurveIsUpsideDownIsFoundOut() async throws {
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let kinds: [(StationID, StationV2X)] = [("A", .curve), ("B", .control)]
        let stations = kinds.map { Self.station($0.0, .v21, $0.1, [.curveUpsideDown]) }
        try await Plant(folder: folder, stations).runs { plant in
            _ = await self.until(90) { kinds.allSatisfy { plant.proof($0.0) != nil } }
            for (name, kind) in kinds {
                let proof = plant.proof(name)
                #expect(proof?.expirySeconds != nil && proof?.followsCurve == false, "\(kind): \(proof?.reason ?? "")")
                #expect(proof?.reason?.contains("curve says") == true, "\(kind): \(proof?.reason ?? "")")
                #expect(plant.offered(name)?.kind == .setpoint, "it serves by set-points")
            }
        }
    }
}
