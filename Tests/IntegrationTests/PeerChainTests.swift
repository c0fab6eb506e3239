import Domain
import Foundation
import TestSupport
import Testing

/// Charging stations that are not ours go through the whole chain: PyPI `ocpp` on 2.1, 2.0.1 and 1.6, with a worker,
/// an aggregator and a utility as real processes, from boot to the money of each car's owner.
@Suite(.wantsHeadroom, .wantsPeers, .ownThreads) struct PeerChainTests {
    /// Up first, then down, both in the only block; the rest of the block is long beside the steps.
    private static let signal: [(second: Int, value: Double)] = [
        (0, 0), (44, 0.5), (60, 1), (90, -0.6), (121, 0),
    ]
    /// 1.6 and 2.0.1 have one station each whose dialect says nothing of a negative limit: it is curtailed.
    private static let peers = ["2.1", "2.0.1", "1.6"].flatMap { version in
        (1...4).map { Peer(version: version, number: $0, isV2G: version == "2.1" || $0 < 4) }
    }

    private struct Peer {
        var version: String
        var number: Int
        var isV2G: Bool
        var station: String { "PEER-\(self.version)-\(self.number)" }
        var owner: String { "owner-\(self.version)" }
        var vehicle: String { "car-\(self.version)-\(self.number)" }
        var token: String { "TOKEN-\(self.version)-\(self.number)" }
        var secret: String { "secret-of-peer-\(self.version)-\(self.number)" }
    }
    /// What a station of others says of itself at the end.
    private struct Summary: Decodable {
        var event: String
        var station: String
        var version: String
        var kind: String
        var exportedWh: Double
        var importedWh: Double
        var leastWatts: Double
        var mostWatts: Double
        var meteredNegative: Int
        var metered: Int
        var profiles: Int
        var updates: Int
        var rejected: Int
    }
    private struct Report: Decodable {
        var earned: String
        var rows: [[String: String]]
    }

    @Test(.timeLimit(.minutes(5))) func foreignStationsAreDischargedMeteredAndPaid() async throws {
        try await Program.withHeadroom { headroom, folder in
            let plant = try SmallPlant(
                headroom: headroom, folder: folder, database: "sqlite:\(folder.path)/h.db", signal: Self.signal)
            try self.writePeers(plant)
            try await self.fromBootToMoney(plant)
        }
    }

    private func fromBootToMoney(_ plant: SmallPlant) async throws {
        var running: [Process] = []
        defer { for process in running where process.isRunning { process.terminate() } }
        for name in ["aggregator", "utility", "worker"] { running.append(try plant.run(name)) }
        // They dial once, as the worker listens.
        let isUp = try await Program.wait(within: 25) { plant.log("worker").contains("OCPP server is up") ? true : nil }
        #expect(isUp == true, "\(plant.log("worker"))")
        let stations = try Program.start(
            try #require(Program.peersPython),
            [
                "Tests/Interop/ocpp_chain_station.py", "--url", "ws://127.0.0.1:\(plant.ports[1])/ocpp", "--fleet",
                plant.path("peers.csv"), "--seconds", "240",
            ], log: plant.folder.appending(path: "peers.log"))
        running.append(stations)

        let before = try await plant.live(by: 38) { $0.vehiclesPlugged == Self.peers.count }
        #expect(before.vehiclesPlugged == Self.peers.count, "\(before)\n\(plant.log("peers"))\n\(plant.log("worker"))")
        try self.spokenTo(plant)
        try await plant.reach(66)
        let during = try await plant.live(by: 86) { now in
            now.requestedWatts * 10 >= now.awardedUpWatts * 9 && now.deliveredWatts * 10 >= now.requestedWatts * 9
        }
        let logs = { "\(during)\n\(plant.log("aggregator"))\n\(plant.log("utility"))\n\(plant.log("worker"))" }
        #expect(during.awardedUpWatts >= 40_000, "\(logs())")
        #expect(during.requestedWatts * 10 >= during.awardedUpWatts * 9, "\(logs())")
        #expect(during.deliveredWatts * 10 >= during.requestedWatts * 9, "\(logs())")
        #expect(during.meteredWatts < 0 && during.vehiclesDischarging >= 5, "\(logs())")

        let after = try await plant.live(by: SmallPlant.block.upperBound + 45) { $0.blocksSettled >= 2 }
        #expect(after.blocksSettled == 2 && after.ledgerBalanced && after.energyConserved, "\(after)")
        #expect(after.promisesBroken == 0 && after.performance ?? 0 >= 9_000, "\(after)")
        #expect(Double(after.earned) ?? 0 > 0, "\(after)")
        // A copy is taken while everything runs, and is as sound as what it was taken from.
        _ = try plant.command(["backup", plant.path("backup"), "--config", plant.path("aggregator.yaml")])
        let copy = "sqlite:\(plant.path("restored.db"))"
        let restored = try plant.outcome(["restore", plant.path("backup")], database: copy)
        #expect(restored.status == 0 && restored.output.contains(" 0 findings"), "\(restored.output)\(restored.errors)")
        let again = try plant.outcome(["settle"], database: copy)
        #expect(again.status == 0 && again.output.hasPrefix("2 blocks, "), "\(again.output)\(again.errors)")
        for process in running.reversed() { #expect(try await Program.end(process)) }
        #expect(stations.terminationStatus == 0, "\(plant.log("peers"))")
        let summaries = try self.summaries(plant)
        self.obeyed(summaries)
        try self.paid(plant, summaries)
    }

    /// An operator sees all of them and has a word with one of each version.
    private func spokenTo(_ plant: SmallPlant) throws {
        let list = try plant.command(["station", "--config", plant.path("worker.yaml")])
        for peer in Self.peers { #expect(list.contains("\"\(peer.station)\""), "\(list)") }
        for version in ["2.1", "2.0.1", "1.6"] {
            let answer = try plant.command([
                "station", "--config", plant.path("worker.yaml"), "PEER-\(version)-1", "TriggerMessage",
                #"{"requestedMessage":"Heartbeat"}"#,
            ])
            #expect(answer.contains(#""status":"NotImplemented""#), "\(version): \(answer)")
        }
        let refused = try plant.outcome([
            "station", "--config", plant.path("worker.yaml"), "PEER-2.1-1", "SetChargingProfile",
        ])
        #expect(refused.status == 1 && refused.errors.contains("--overrule-dispatch"), "\(refused)")
    }

    /// Every version was told, obeyed and metered what its dialect has; nothing of ours was against their schemas.
    private func obeyed(_ summaries: [Summary]) {
        for peer in Self.peers {
            guard let own = summaries.first(where: { $0.station == peer.station }) else {
                Issue.record("\(peer.station) said nothing at its end")
                continue
            }
            #expect(own.profiles > 0 && own.rejected == 0 && own.metered > 60, "\(own)")
            #expect(own.updates > 0 || peer.version != "2.1", "a dynamic profile is moved by updates: \(own)")
            if !peer.isV2G {
                #expect(own.leastWatts == 0 && own.meteredNegative == 0 && own.exportedWh == 0, "\(own)")
                #expect(own.importedWh > 0, "it was charging before it was curtailed: \(own)")
            }
        }
        // One car is kept back and one is not wanted whole, of whichever version: the others are wanted.
        let discharged = summaries.filter { $0.leastWatts <= -5_000 && $0.meteredNegative >= 10 && $0.exportedWh > 20 }
        #expect(discharged.count >= 8, "\(summaries)")
        for version in ["2.1", "2.0.1", "1.6"] {
            #expect(discharged.contains { $0.version == version }, "\(version): \(summaries)")
        }
    }

    /// Each owner's statement shows money for their cars, and the books agree with the stations' own registers.
    private func paid(_ plant: SmallPlant, _ summaries: [Summary]) throws {
        let books = try plant.command(["ledger", "verify", "--tenant", "t"])
        #expect(books.contains(" 0 findings") && !books.contains("0 transactions"), "\(books)")
        let period = String(ISO8601DateFormatter().string(from: plant.start).prefix(7))
        var booked = 0.0
        for version in ["2.1", "2.0.1", "1.6"] {
            let text = try plant.command([
                "report", "--owner", "owner-\(version)", "--period", period, "--tenant", "t", "--format", "json",
            ])
            let report = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
            #expect(Double(report.earned) ?? 0 > 0, "\(version): \(text)")
            let up = report.rows.filter { $0["direction"] == "up" && Double($0["earned"] ?? "") ?? 0 > 0 }
            #expect(up.count >= 2 && Set(up.map { $0["vehicle_id"] }).count == up.count, "\(version): \(text)")
            let curtailed = Self.peers.filter { $0.version == version && !$0.isV2G }.map(\.vehicle)
            for car in curtailed {
                let row = up.first { $0["vehicle_id"] == car }
                #expect(Int(row?["delivered_ws"] ?? "") ?? 0 > 0 && row?["discharged_ws"] == "0", "\(car): \(text)")
            }
            booked += report.rows.compactMap { Double($0["discharged_ws"] ?? "") }.reduce(0, +) / 3_600
        }
        let registers = summaries.reduce(0) { $0 + $1.exportedWh }
        let isSame = registers > 300 && abs(booked - registers) < registers / 10
        #expect(isSame, "booked \(booked) Wh, registers \(registers) Wh")
    }

    private func summaries(_ plant: SmallPlant) throws -> [Summary] {
        let text = try String(contentsOfFile: plant.path("peers.log"), encoding: .utf8)
        #expect(!text.contains("Violation") && !text.contains("Error"), "\(text.suffix(3_000))")
        let lines = text.split(separator: "\n")
        // What 1.6 has no message for is not said there; 2.x said what its car needs.
        let needs = lines.count { line in
            line.contains("\"event\": \"needs\"") && ["Accepted", "Processing"].contains { line.contains($0) }
        }
        #expect(needs == Self.peers.count { $0.version != "1.6" })
        return lines.compactMap { try? JSONDecoder().decode(Summary.self, from: Data($0.utf8)) }
    }

    private func writePeers(_ plant: SmallPlant) throws {
        let iso = ISO8601DateFormatter()
        func time(_ seconds: Double) -> String { iso.string(from: plant.start.addingTimeInterval(seconds)) }
        var fleet = "station,secret,ocpp,kind,token,soc,target,hours\n"
        var secrets = "station_id,secret\n"
        var stations = "station,site\n"
        var vehicles =
            "vehicle,owner,contract,tenant,tokens,capacity_wh,max_charge_w,max_discharge_w,reserve,efficiency,consent_at\n"
        var departures = "vehicle,departure,target\n"
        for peer in Self.peers {
            let needs = peer.isV2G ? "v2g,\(peer.token),63,63,8" : "charge,\(peer.token),60,80,2"
            fleet += "\(peer.station),\(peer.secret),\(peer.version),\(needs)\n"
            secrets += "\(peer.station),\(peer.secret)\n"
            stations += "\(peer.station),site\n"
            vehicles +=
                "\(peer.vehicle),\(peer.owner),\(peer.owner)-c,t,\(peer.token),60000,11000,10000,3000,9500,\(time(-60))\n"
            departures += "\(peer.vehicle),\(time(peer.isV2G ? 28_800 : 7_200)),\(peer.isV2G ? 6_000 : 8_000)\n"
        }
        try plant.write(fleet, "peers.csv")
        try plant.write(secrets, "secrets.csv")
        let owners = ["2.1", "2.0.1", "1.6"].map { "owner-\($0)" }
        try plant.write("owner,tenant,name\n" + owners.map { "\($0),t,\($0)\n" }.joined(), "peers/owners.csv")
        try plant.write(
            "contract,owner,tenant,currency,owner_share,wear_per_kwh\n"
                + owners.map { "\($0)-c,\($0),t,EUR,8000,40000\n" }.joined(), "peers/contracts.csv")
        try plant.write(stations, "peers/stations.csv")
        try plant.write(vehicles, "peers/vehicles.csv")
        try plant.write(departures, "peers/departures.csv")
        _ = try plant.command(["enrol", plant.path("peers"), "--zone", "z"])
        try self.adapt(plant)
    }

    /// What differs from the plant with our own stations: who may be told a negative limit; and nearly all that they
    /// have is sold, so that the signal asks stations of each version.
    private func adapt(_ plant: SmallPlant) throws {
        let dialects = ["2.0.1", "1.6"].map { version in
            """
              - name: peer-\(version)
                vendor: Interop Peer
                model: PY-V2G
                versions: ["\(version)"]
                discharge: negative-limit
                source: Tests/Interop/ocpp_chain_station.py

            """
        }
        try plant.write("dialects:\n" + dialects.joined(), "dialects.yaml")
        try plant.edit("worker.yaml", "Config/demo/dialects.yaml", plant.path("dialects.yaml"))
        for (old, new) in [
            ("bidStepWatts: 10000", "bidStepWatts: 1000"), ("sparePerMille: 150", "sparePerMille: 20"),
            ("confidence: 9000", "confidence: 5000"),
        ] { try plant.edit("region.yaml", old, new) }
        try plant.edit("utility.yaml", "awardShare: 80", "awardShare: 100")
    }
}
