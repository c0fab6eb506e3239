import Foundation
import TestSupport
import Testing

/// A car that speaks ISO 15118-20 on a wire of its own, at a station that neither is ours: PyPI `iso15118` as EVCC and
/// SECC in two network namespaces, PyPI `ocpp` 2.1 towards a worker, and behind it the whole chain as real processes.
@Suite(.wantsHeadroom, .ownThreads, .enabled(if: Iso15118.absence == nil, Iso15118.reason))
struct Iso15118ChainTests {
    /// Charge, discharge, then charge until the car has its target and goes; the last row ends the recording.
    private static let signal: [(second: Int, value: Double)] = [(0, 0), (70, -0.9), (100, 0.9), (140, -0.9), (600, 0)]

    /// What the glue says at the end: the car's own figures beside those of the station's meter.
    private struct Summary: Decodable {
        struct Car: Decodable {
            var startSoc: Double
            var soc: Double
            var targetSoc: Double
            var chargedWh: Double
            var dischargedWh: Double
            var loops: Int
        }
        var car: Car?
        var needs: [String: Double]
        var leastWatts: Double
        var mostWatts: Double
        var metered: Int
        var meteredNegative: Int
        var profiles: Int
        var updates: Int
        var rejected: Int
        var exportedWh: Double
        var importedWh: Double
    }

    @Test(.timeLimit(.minutes(8))) func realCarIsChargedDischargedAndReleasedAtItsTarget() async throws {
        try await Program.withHeadroom { headroom, folder in
            let plant = try SmallPlant(
                headroom: headroom, folder: folder, database: "sqlite:\(folder.path)/h.db", signal: Self.signal)
            try self.prepare(plant)
            try await self.fromPlugToRelease(plant)
        }
    }

    private func fromPlugToRelease(_ plant: SmallPlant) async throws {
        var running: [Process] = []
        defer { for process in running where process.isRunning { process.terminate() } }
        for name in ["aggregator", "utility", "worker"] { running.append(try plant.run(name)) }
        let isUp = try await Program.wait(within: 25) { plant.log("worker").contains("OCPP server is up") ? true : nil }
        #expect(isUp == true, "\(plant.log("worker"))")
        running.append(try plant.run("stations"))
        let peer = try Program.start(
            try #require(Iso15118.python),
            [
                "Tests/Interop/iso15118_peer.py", "--url", "ws://127.0.0.1:\(plant.ports[1])/ocpp", "--id", "ISO-1",
                "--password", "secret-of-the-iso-peer", "--token", "ISO-TOKEN", "--soc", "50.2", "--target", "53",
                "--stay", "36000",
            ], log: plant.folder.appending(path: "iso.log"), environment: ["LOG_LEVEL": "WARNING"])
        running.append(peer)
        let logs = { "\(plant.log("iso"))\n\(plant.log("worker"))" }

        let plugged = try await plant.live(by: 100) { $0.vehiclesPlugged == Self.others + 1 }
        #expect(plugged.vehiclesPlugged == Self.others + 1, "\(plugged)\n\(logs())")
        let isReleased = try await Program.wait(within: 320) { peer.isRunning ? nil : true }
        #expect(isReleased == true && peer.terminationStatus == 0, "\(logs())")
        let text = try String(contentsOfFile: plant.path("iso.log"), encoding: .utf8)
        let line = text.split(separator: "\n").last { $0.hasPrefix("{\"event\": \"summary\"") }
        self.obeyed(try JSONDecoder().decode(Summary.self, from: Data(try #require(line, "\(logs())").utf8)))
        let after = try await plant.live(by: 400) { $0.vehiclesPlugged == Self.others }
        #expect(after.vehiclesPlugged == Self.others && after.energyConserved && after.ledgerBalanced, "\(after)")
        for process in running.reversed() { #expect(try await Program.end(process)) }
    }

    /// The station's meter and the car's battery tell the same story as the signal.
    private func obeyed(_ summary: Summary) {
        #expect(summary.needs["max_discharge_power"] == 11_000 && summary.needs["target_so_c"] == 53, "\(summary)")
        #expect(summary.profiles > 0 && summary.updates > 0 && summary.rejected == 0, "\(summary)")
        #expect(summary.mostWatts > 5_000 && summary.leastWatts < -5_000, "\(summary)")
        #expect(summary.metered > 30 && summary.meteredNegative > 5, "\(summary)")
        #expect(summary.exportedWh > 20 && summary.importedWh > 150, "\(summary)")
        guard let car = summary.car else {
            Issue.record("the car said nothing at its end: \(summary)")
            return
        }
        #expect(car.soc >= car.targetSoc && car.soc < car.targetSoc + 1 && car.loops > 50, "\(summary)")
        #expect(abs(car.chargedWh - summary.importedWh) < summary.importedWh / 10, "\(summary)")
        #expect(abs(car.dischargedWh - summary.exportedWh) < summary.exportedWh / 10 + 3, "\(summary)")
    }

    /// Our own stations beside the peer: one car's power is kept back from every bid, so that one car sells nothing.
    private static let others = 3

    private func prepare(_ plant: SmallPlant) throws {
        let rows = try String(contentsOfFile: plant.path("fleet.csv"), encoding: .utf8).split(separator: "\n")
        try plant.write(rows.prefix(Self.others + 1).joined(separator: "\n") + "\n", "fleet.csv")
        let secrets = try String(contentsOfFile: plant.path("secrets.csv"), encoding: .utf8)
        try plant.write(secrets + "ISO-1,secret-of-the-iso-peer\n", "secrets.csv")
        let iso = ISO8601DateFormatter()
        func time(_ seconds: Double) -> String { iso.string(from: plant.start.addingTimeInterval(seconds)) }
        try plant.write("owner,tenant,name\niso,t,Iso\n", "iso/owners.csv")
        try plant.write(
            "contract,owner,tenant,currency,owner_share,wear_per_kwh\niso-c,iso,t,EUR,8000,40000\n",
            "iso/contracts.csv")
        try plant.write("station,site\nISO-1,site\n", "iso/stations.csv")
        try plant.write(
            "vehicle,owner,contract,tenant,tokens,capacity_wh,max_charge_w,max_discharge_w,reserve,efficiency,consent_at\n"
                + "iso-car,iso,iso-c,t,ISO-TOKEN,6000,11000,11000,2000,9500,\(time(-60))\n", "iso/vehicles.csv")
        try plant.write("vehicle,departure,target\niso-car,\(time(36_000)),5300\n", "iso/departures.csv")
        _ = try plant.command(["enrol", plant.path("iso"), "--zone", "z"])
        for (old, new) in [
            ("bidStepWatts: 10000", "bidStepWatts: 1000"), ("sparePerMille: 150", "sparePerMille: 20"),
            ("confidence: 9000", "confidence: 5000"), ("enduranceSeconds: 900", "enduranceSeconds: 30"),
        ] { try plant.edit("region.yaml", old, new) }
        try plant.edit("utility.yaml", "awardShare: 80", "awardShare: 100")
    }
}

/// What the peer needs of its machine.
private enum Iso15118 {
    static var python: String? {
        let environment = ProcessInfo.processInfo.environment
        let base = environment["HEADROOM_VENV"] ?? (environment["HOME"] ?? "") + "/.cache/headroom/venv"
        let path = base + "/iso15118/bin/python"
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    /// Why it cannot run here, or nil: it makes namespaces and removes them again.
    static let absence: String? = {
        guard let python = Self.python else { return "no Python for it: `ops/setup test` makes it" }
        guard let tried = try? Program.run(python, ["Tests/Interop/iso15118_net.py"]) else { return "it did not start" }
        return tried.status == 0 ? nil : tried.output.trimmingCharacters(in: .whitespacesAndNewlines) + tried.errors
    }()

    static var reason: Comment {
        "wants two network namespaces, Java and the ISO 15118 peer: \(Self.absence ?? "all there")"
    }
}
