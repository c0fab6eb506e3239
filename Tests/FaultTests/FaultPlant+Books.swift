import Domain
import Foundation
import Storage
import Synchronization
import TestSupport

extension FaultPlant {
    /// What the database and the books say when nobody writes any more.
    func books() async throws -> Evidence.Books {
        var books = self.evidence.withLock { $0.books }
        books.findings = try self.plant.outcome(["ledger", "verify", "--tenant", "t"]).output
        let settled = try self.plant.outcome(["settle"])
        books.settled = settled.output + settled.errors
        let store = Store(database: try await DatabaseURL(self.plant.database).open())
        let rows = try await self.rows(store)
        books.readings = rows.readings
        books.registers = rows.registers
        books.outcomesMissed = rows.missed
        let block = MarketInterval(
            start: self.instant(Self.begin), end: self.instant(self.end))
        let samples = try await store.samples(tenant: "t", resource: "fleet", in: block)
        let seconds = Dictionary(samples.map { ($0.at.seconds, $0) }) { one, _ in one }.values
        books.delivered = seconds.reduce(0) { $0 + $1.delivered.watts }
        for sample in seconds { books.baseline[sample.at.seconds] = sample.baseline.watts }
        if let first = seconds.map(\.at).min(), let last = seconds.map(\.at).max() {
            books.sampled = self.second(first)...self.second(last) + 1
        }
        await store.database.close()
        return books
    }

    private func instant(_ second: Int) -> Instant {
        Instant(seconds: Int(self.plant.start.timeIntervalSince1970) + second)
    }

    private func second(_ instant: Instant) -> Double {
        Double(instant.microseconds) / 1e6 - self.plant.start.timeIntervalSince1970
    }

    private struct Rows {
        var readings: [String: (held: Int, highest: Int)] = [:]
        var registers: [Evidence.Registers] = []
        var missed = 0
    }

    private func rows(_ store: Store) async throws -> Rows {
        let start = self.plant.start.timeIntervalSince1970
        return try await store.database.transaction(as: .service) { session in
            var rows = Rows()
            for row in try session.query(
                "SELECT worker, COUNT(*) AS held, MAX(sequence) AS highest FROM readings GROUP BY worker", [])
            {
                rows.readings[try row.text("worker")] = (try row.integer("held"), try row.integer("highest"))
            }
            let net = "import_register - export_register"
            for row in try session.query(
                "SELECT station, worker, MIN(at) AS first, MAX(at) AS last,"
                    + " (SELECT \(net) FROM readings r WHERE r.station = o.station ORDER BY at LIMIT 1) AS before,"
                    + " (SELECT \(net) FROM readings r WHERE r.station = o.station ORDER BY at DESC LIMIT 1) AS after"
                    + " FROM readings o WHERE worker LIKE 'worker-%' GROUP BY station, worker", [])
            {
                let worker = Int(try row.text("worker").split(separator: "-").last ?? "") ?? 1
                rows.registers.append(
                    Evidence.Registers(
                        site: worker - 1, from: Double(try row.integer("first")) / 1e6 - start,
                        until: Double(try row.integer("last")) / 1e6 - start,
                        net: (try row.integer("after") - row.integer("before")) / 3_600))
            }
            rows.missed =
                try session.query(
                    "SELECT COUNT(*) AS n FROM departure_outcomes WHERE met = 0 AND reason = ''", []
                ).first?.integer("n") ?? 0
            return rows
        }
    }
}
