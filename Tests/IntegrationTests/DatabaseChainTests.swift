import Domain
import Foundation
import Storage
import TestSupport
import Testing

/// PostgreSQL dies while a plant of real processes dispatches: dispatch goes on, and nothing acknowledged is lost.
@Suite(.wantsHeadroom, .wantsPostgreSQL, .ownThreads) struct DatabaseChainTests {
    /// Seconds after the start: the outage, and the step of the signal inside it.
    private static let outage = 60..<81
    private static let signal: [(second: Int, value: Double)] = [
        (0, 0), (45, 0.4), (69, 0.9), (90, -0.5), (105, 0.3), (130, 0),
    ]

    private struct Replay: Decodable {
        var fingerprint: String
        var marks: Int
        var rows: [String: Int]
    }

    @Test(.timeLimit(.minutes(5))) func dispatchGoesOnWhileTheDatabaseIsAway() async throws {
        try await Program.withHeadroom { headroom, folder in
            let cluster = try PostgresCluster()
            defer { cluster.remove() }
            let plant = try SmallPlant(headroom: headroom, folder: folder, database: cluster.url, signal: Self.signal)
            try await self.dispatchGoesOn(plant, cluster)
        }
    }

    private func dispatchGoesOn(_ plant: SmallPlant, _ cluster: PostgresCluster) async throws {
        var running: [Process] = []
        defer { for process in running where process.isRunning { process.terminate() } }
        for name in ["aggregator", "utility", "worker", "stations"] { running.append(try plant.run(name)) }

        try await plant.reach(Self.outage.lowerBound)
        let before = try plant.live()
        #expect(before.awardedUpWatts >= 100_000, "\(before)\n\(plant.log("aggregator"))\n\(plant.log("utility"))")
        #expect(self.figure("headroom_database_up", plant) == 1)
        try cluster.stop()
        try await self.dispatchIsFollowed(plant, before)
        try cluster.start()
        try await self.drained(plant)
        #expect(self.figure("headroom_database_reconnects_total", plant) ?? 0 >= 1)
        #expect(try plant.get(plant.metrics + "/readyz") == "ready\n")

        let after = try await plant.live(by: SmallPlant.block.upperBound + 45) { $0.blocksSettled == 2 }
        #expect(after.blocksSettled == 2 && after.ledgerBalanced, "\(after)")
        try await self.withdrawnConsentIsHeard(plant)
        // The stations first: no reading is on its way any more when the aggregator stops.
        for process in running.reversed().dropLast() { #expect(try await Program.end(process)) }
        try await self.drained(plant, to: 0)
        #expect(try await Program.end(running[0]) && running[0].terminationStatus == 0, "\(plant.log("aggregator"))")
        try await self.nothingIsLost(plant, cluster)
    }

    /// The signal steps up inside the outage and the cars follow; health says what is the matter, and stays well.
    private func dispatchIsFollowed(_ plant: SmallPlant, _ before: SmallPlant.Live) async throws {
        try await plant.reach(67)
        let calm = try plant.live()
        #expect(calm.requestedWatts * 10 > before.awardedUpWatts * 3 && calm.requestedWatts * 2 < before.awardedUpWatts)
        var followed = 0
        try await plant.reach(75)
        for second in 75..<Self.outage.upperBound {
            try await plant.reach(second)
            let now = try plant.live()
            let isAsked = now.requestedWatts * 10 > before.awardedUpWatts * 8
            if isAsked, (now.deliveredWatts - now.requestedWatts).magnitude * 10 < now.requestedWatts { followed += 1 }
        }
        #expect(followed >= 4, "of 6 seconds without a database \(followed) were followed to 10 %")
        #expect(self.figure("headroom_database_up", plant) == 0)
        #expect(self.figure("headroom_outbox_depth", plant) ?? 0 > 200)
        let oldest = self.figure("headroom_outbox_oldest_seconds", plant) ?? 0
        #expect(oldest > 10 && oldest < 40, "the oldest row waits for \(oldest) s")
        let ready = try plant.get(plant.metrics + "/readyz")
        #expect(ready.hasPrefix("ready") && ready.contains("degraded: database"), "\(ready)")
    }

    /// What `headroom enrol` writes reaches the aggregator that runs: without consent no car is discharged.
    private func withdrawnConsentIsHeard(_ plant: SmallPlant) async throws {
        let before = try plant.live().headroomUpWatts
        let rows = (1...SmallPlant.stations).map { "v\($0),\n" }.joined()
        try plant.write("vehicle,consent_at\n" + rows, "withdrawn/consents.csv")
        _ = try plant.command(["enrol", plant.path("withdrawn"), "--zone", "z"])
        let found = try await Program.wait(within: 15) {
            let now = try plant.live().headroomUpWatts
            return now * 2 <= before ? now : nil
        }
        let now = try found ?? plant.live().headroomUpWatts
        #expect(before > 300_000 && now * 2 <= before, "headroom went from \(before) W to \(now) W")
    }

    /// Database, journal and worker agree on every row; the books hold; a second start doubles nothing.
    private func nothingIsLost(_ plant: SmallPlant, _ cluster: PostgresCluster) async throws {
        let replay = try JSONDecoder().decode(
            Replay.self, from: Data(try plant.command(["replay", plant.path("aggregator/journal"), "--json"]).utf8))
        #expect(replay.marks >= 1, "fingerprints of the live run were found again")
        let books = try plant.command(["ledger", "verify", "--tenant", "t"])
        #expect(books.contains(" 0 findings") && !books.contains(" 0 transactions"), "\(books)")
        let settled = try plant.outcome(["settle"])
        #expect(settled.status == 0 && settled.output.hasPrefix("2 blocks, "), "\(settled.output)\(settled.errors)")
        let store = Store(database: try await DatabaseURL(cluster.url).open())
        let rows = try await store.rowCounts(tenant: "t")
        let waiting = try await self.waiting(plant, store)
        for (kind, count) in replay.rows {
            #expect(rows[kind] == count - (waiting[kind] ?? 0), "\(kind), \(waiting)")
        }
        #expect(waiting["readings"] == nil && waiting["transactions"] == nil)
        #expect(replay.rows["readings"] ?? 0 > SmallPlant.stations * 60)
        // One award and one account for each direction.
        #expect(replay.rows["transactions"] ?? 0 >= 2 && replay.rows["blocks"] == 2)
        let (held, highest) = try await store.database.transaction(as: .service) { session in
            let row = try session.query("SELECT COUNT(*) AS held, MAX(sequence) AS highest FROM readings", []).first
            return (try row?.integer("held"), try row?.integer("highest"))
        }
        #expect(held == highest, "the worker's readings have no hole")

        let again = try plant.run("aggregator")
        try await self.drained(plant, to: 0)
        #expect(try await Program.end(again))
        let twice = try await store.rowCounts(tenant: "t")
        for kind in ["readings", "transactions", "blocks", "awards"] {
            #expect(twice[kind] == rows[kind], "what a replay writes again counts once: \(kind)")
        }
        await store.database.close()
    }

    /// Rows of the last moment that are in the outbox's journal and go to the database at the next start.
    private func waiting(_ plant: SmallPlant, _ store: Store) async throws -> [String: Int] {
        let applied = try await store.watermark(of: "aggregator-z")
        let journal = try Journal(folder: plant.path("aggregator/outbox"), configuration: .lossless)
        defer { journal.close() }
        var records = Set<Record>()
        var reader = journal.reader(from: applied + 1)
        while let entry = try reader.next() {
            records.insert(try JSONDecoder().decode(Record.self, from: Data(entry.payload)))
        }
        return Dictionary(grouping: records, by: \.kind).mapValues(\.count)
    }

    /// Waits until no more than `most` rows have waited for the database for a second.
    private func drained(_ plant: SmallPlant, to most: Double = 100) async throws {
        var empty = 0
        for _ in 0..<120 where empty < 4 {
            try await Task.sleep(for: .milliseconds(250))
            let isEmpty =
                self.figure("headroom_database_up", plant) == 1
                && self.figure("headroom_outbox_depth", plant) ?? .infinity <= most
            empty = isEmpty ? empty + 1 : 0
        }
        #expect(empty == 4, "the outbox caught up\n\(plant.log("aggregator"))")
    }

    /// The value of a metric without labels.
    private func figure(_ name: String, _ plant: SmallPlant) -> Double? {
        guard let text = try? plant.get(plant.metrics + "/metrics") else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
    }
}
