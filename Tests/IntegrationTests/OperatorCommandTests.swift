import Domain
import Foundation
import Ledger
import Storage
import TestSupport
import Testing

/// What an operator types: `backup`, `restore`, `settle`, `doctor`, each as a process.
@Suite(.wantsHeadroom, .ownThreads) struct OperatorCommandTests {
    enum Driver: String, CaseIterable {
        case sqlite
        case postgreSQL
    }

    /// Runs `body` with a plant whose fleet is enrolled, of which nothing runs, and the URL of an empty database.
    func withPlant(_ driver: Driver, _ body: (_ plant: SmallPlant, _ empty: String) async throws -> Void)
        async throws
    {
        try await Program.withHeadroom { headroom, folder in
            func plant(_ database: String) throws -> SmallPlant {
                try SmallPlant(headroom: headroom, folder: folder, database: database, signal: [(0, 0)])
            }
            switch driver {
            case .sqlite:
                try await body(try plant("sqlite:\(folder.path)/h.db"), "sqlite:\(folder.path)/restored.db")
            case .postgreSQL:
                guard PostgresCluster.isInstalled else {
                    print("skipped: wants PostgreSQL 15: `ops/setup test` installs it")
                    return
                }
                let cluster = try PostgresCluster()
                defer { cluster.remove() }
                try cluster.execute("CREATE DATABASE empty OWNER headroom")
                try await body(try plant(cluster.url), cluster.url.replacing("/headroom?", with: "/empty?"))
            }
        }
    }

    private func members(_ outcome: Program.Outcome) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.errors)")
    }

    func settled(_ plant: SmallPlant, isNetted: Bool = false) async throws -> Store {
        var block = SettledBlock.block
        block.isNetted = isNetted ? true : nil
        let store = Store(database: try await DatabaseURL(plant.database).open())
        let records =
            [Record.award(SettledBlock.award, tenant: "t", region: "test")]
            + SettledBlock.samples.map { .sample($0, tenant: "t", region: "test") }
            + Settlement.postings(of: block).map(Record.transaction) + [.block(block)]
        try await store.apply(records, zone: "z", epoch: nil, source: "test", upTo: 1)
        return store
    }

    @Test(arguments: Driver.allCases) func settleComparesTheMoneyWithItsRows(driver: Driver) async throws {
        try await self.withPlant(driver) { plant, _ in
            let store = try await self.settled(plant)
            #expect(try plant.command(["settle"]) == "1 blocks, 300 metered seconds, 0 differences\n")
            #expect(try plant.command(["settle", "--period", "1970-02"]).hasPrefix("0 blocks"))
            #expect(try plant.outcome(["settle", "--period", "February"]).status == 2)
            let chain = try plant.outcome(["explain", "posting", "block:a", "--vehicle", "v1"])
            #expect(chain.status == 0 && chain.output.hasSuffix("computed again from its rows: it is the same\n"))
            #expect(chain.output.contains("meter: 300 seconds, in 300 of them something was asked"), "\(chain.output)")
            #expect(try plant.outcome(["explain", "posting", "block:none"]).status == 1)

            try await store.database.transaction(as: .service) { session in
                _ = try session.execute(
                    "UPDATE samples SET delivered = 0 WHERE at = ?", [.integer(1_800_100 * 1_000_000)])
            }
            let changed = try plant.outcome(["settle"])
            #expect(changed.status == 1 && changed.output.contains("block a: delivered energy (Ws) is 25650000"))
            #expect(changed.output.contains("posting block:a is"), "\(changed.output)")
            let other = try plant.outcome(["explain", "posting", "block:a"])
            #expect(other.status == 1 && other.output.contains("block a: delivered energy (Ws) is 25650000"))
            let json = try self.members(try plant.outcome(["settle", "--json"]))
            #expect((json["differences"] as? [[String: Any]])?.first?["computed"] as? String == "25560000")
            try await store.database.transaction(as: .service) { session in
                _ = try session.execute(
                    "UPDATE samples SET delivered = 90000 WHERE at = ?", [.integer(1_800_100 * 1_000_000)])
            }
            #expect(try plant.outcome(["settle"]).status == 0)

            var open = SettledBlock.award
            open.id = "never"
            try await store.apply(
                [.award(open, tenant: "t", region: "test")], zone: "z", epoch: nil, source: "test", upTo: 2)
            let unsettled = try plant.outcome(["settle"])
            #expect(unsettled.status == 1 && unsettled.output.contains("award never: its block is over and not"))
            #expect(try plant.outcome(["settle", "--award", "a"]).status == 0)
            await store.database.close()
        }
    }

    /// A week late: the car moved in the last thirty seconds all that it was asked.
    private func comesLate(_ store: Store) async throws {
        let readings = (0..<4).map { number -> Record in
            let at = Instant(seconds: 1_800_270 + number * 10)
            let reading = MeterReading(
                worker: "late", sequence: UInt64(number + 1), station: "s-late", evse: 1, token: nil, at: at,
                receivedAt: at + .hours(168), power: Power(watts: -45_000), importRegister: .zero,
                exportRegister: .zero, stateOfCharge: nil)
            return .reading(reading, tenant: "t", region: "test", vehicle: "v1")
        }
        try await store.apply(readings, zone: "z", epoch: nil, source: "late", upTo: 1)
    }

    /// The last thirty seconds lack 45 kW, 1.35 million Ws: at 100 EUR a MWh they cost 0.0375 EUR, posted once.
    @Test(arguments: Driver.allCases) func imbalanceIsPostedByTheMarketsPrices(driver: Driver) async throws {
        try await self.withPlant(driver) { plant, _ in
            let store = try await self.settled(plant)
            let file = FileManager.default.temporaryDirectory.appending(path: "imbalance-\(UUID().uuidString).csv")
            defer { try? FileManager.default.removeItem(at: file) }
            try Data("time,imbalance_per_mwh\n1970-01-21T20:00:00Z,100\n".utf8).write(to: file)
            let settle = ["settle", "--imbalance", file.path]
            #expect(try plant.command(settle).contains("1 blocks computed again"))
            let posted = try plant.command(settle + ["--post"])
            #expect(posted.contains("4 transactions posted"), "\(posted)")
            let again = try plant.command(settle + ["--post"])
            #expect(again.contains("0 blocks computed again"), "\(again)")
            #expect(try plant.command(["ledger", "verify"]).hasSuffix("6 transactions, 0 findings\n"))
            let chain = try plant.outcome(["explain", "posting", "block:a:r1"])
            #expect(chain.output.contains("aggregator:imbalance 0.037500 EUR"), "\(chain.output)")
            #expect(
                chain.status == 0 && chain.output.contains("computation 1 of the block")
                    && chain.output.contains("imbalance: ") && chain.output.hasSuffix("it is the same\n"),
                "\(chain.output)\(chain.errors)")
            try Data("time,price_per_mwh\n1970-01-21T20:00:00Z,100\n".utf8).write(to: file)
            let wrong = try plant.outcome(settle)
            #expect(wrong.status == 1 && wrong.errors.contains("time,imbalance_per_mwh"), "\(wrong.errors)")
            await store.database.close()
        }
    }

    /// A block that is booked with its day: it has no posting of its own, the day's is one entry a car, and readings that
    /// came a week late take the day's posting back.
    @Test(arguments: Driver.allCases) func aDayIsBookedNetted(driver: Driver) async throws {
        try await self.withPlant(driver) { plant, _ in
            let store = try await self.settled(plant, isNetted: true)
            let id = "day:1970-01-21:test:EUR"
            #expect(try await store.transactionIDs(tenant: "t", after: "").isEmpty)
            let unbooked = try plant.outcome(["ledger", "verify"])
            #expect(unbooked.status == 1 && unbooked.output.contains("\(id) is not what the blocks"), "\(unbooked)")
            #expect(try plant.command(["settle"]).contains("2 postings of days"))
            #expect(try plant.command(["settle", "--post"]).contains("2 postings of days, 0 owners"))
            #expect(try plant.command(["settle", "--post"]).contains(" 0 transactions posted"))
            #expect(try plant.command(["ledger", "verify"]) == "2 transactions, 0 findings\n")
            let booked = try #require(try await store.transaction(tenant: "t", id: id))
            let single = Settlement.transactions(of: SettledBlock.block)[0]
            #expect(Set(booked.entries) == Set(single.entries))

            try await self.comesLate(store)
            let late = try plant.command(["settle", "--post"])
            #expect(late.contains("1 blocks computed again (3 late readings") && late.contains("4 transactions posted"))
            #expect(try plant.command(["ledger", "verify"]) == "6 transactions, 0 findings\n")
            #expect(try await store.latestPosting(tenant: "t", id: id)?.id == "\(id):r1")
            await store.database.close()
        }
    }

    @Test(arguments: Driver.allCases) func whatCameLateIsPostedAndStatementsKeepTheirNumbers(driver: Driver)
        async throws
    {
        try await self.withPlant(driver) { plant, _ in
            let store = try await self.settled(plant)
            try await store.enrol(
                [
                    .owner(OwnerTerms(id: "o1", tenant: "t", name: "One")),
                    .contract(
                        ContractTerms(
                            id: "c1", owner: "o1", tenant: "t", currency: .eur, ownerShare: 8_000,
                            wearPerKilowattHour: 40_000, conditions: ContractConditions(fixedPerMonth: 5_000_000))),
                    .vehicle(
                        VehicleTerms(
                            id: "v-late", owner: "o1", contract: "c1", tenant: "t", tokens: [],
                            capacity: Energy(wattHours: 60_000), maxCharge: .zero, maxDischarge: .zero,
                            reserve: StateOfCharge(basisPoints: 0), efficiency: 9_500, dischargeConsentAt: nil)),
                ], zone: "z", at: Instant(seconds: 0))
            let report = ["report", "--owner", "o1", "--period", "1970-01", "--format", "json"]
            let draft = try plant.command(report)
            #expect(draft.contains("\"number\":null"))
            let first = try plant.command(report + ["--issue"])
            #expect(first.contains("\"number\":1") && first.contains("\"due\":\"1."))
            #expect(try plant.command(report + ["--issue"]) == first, "the same again is the same statement")

            try await self.comesLate(store)
            let found = try plant.command(["settle", "--period", "1970-01"])
            #expect(found.contains("1 blocks computed again (3 late readings") && found.contains("to post with --post"))
            let posted = try plant.command(["settle", "--period", "1970-01", "--post"])
            #expect(posted.contains("1 owners paid by the month, 5 transactions posted"), "\(posted)")
            let again = try plant.command(["settle", "--period", "1970-01", "--post"])
            #expect(again.contains("0 blocks computed again") && again.contains(" 0 transactions posted"), "\(again)")
            #expect(try plant.command(["ledger", "verify"]).hasSuffix("7 transactions, 0 findings\n"))

            let second = try plant.command(report + ["--issue"])
            #expect(second.contains("\"number\":2,\"replaces\":1") && second.contains("\"performance\":\"1.0000\""))
            #expect(second.contains("\"fixed\":\"5.000000\"") && second.contains("\"due\":\"6."))
            let kept = ["report", "--owner", "o1", "--number", "1", "--format", "json"]
            #expect(try plant.command(kept) == first)
            #expect(try plant.outcome(["report", "--owner", "o1", "--number", "9"]).status == 1)
            #expect(try plant.outcome(["report", "--owner", "o1"]).status == 2)
            await store.database.close()
        }
    }

    @Test(arguments: Driver.allCases) func whatIsBackedUpIsRestored(driver: Driver) async throws {
        try await self.withPlant(driver) { plant, empty in
            let store = try await self.settled(plant)
            await store.database.close()
            let config = plant.path("aggregator.yaml")
            let plain = try plant.command(["backup", plant.path("plain"), "--config", config])
            #expect(plain.contains("no keys") && !FileManager.default.fileExists(atPath: plant.path("plain/keys")))
            let arguments = ["backup", plant.path("b"), "--config", config, "--with-keys", "--json"]
            let manifest = try self.members(try plant.outcome(arguments))
            #expect((manifest["rows"] as? [String: Int])?["samples"] == 300)
            #expect(FileManager.default.fileExists(atPath: plant.path("b/keys/aggregator.key")))
            #expect(try plant.outcome(["backup", plant.path("b")]).errors.contains("is not empty"))
            #expect(try plant.outcome(["backup", plant.path("c"), "--with-keys"]).status == 2)

            let restored = try plant.outcome(
                ["restore", plant.path("b"), "--files", plant.path("again")], database: empty)
            #expect(restored.status == 0 && restored.output.contains("t: 2 transactions, 0 findings"), "\(restored)")
            let files = try FileManager.default.contentsOfDirectory(atPath: plant.path("again")).sorted()
            #expect(files == ["aggregator.key", "aggregator.yaml", "allowed", "region.yaml"])
            #expect(try plant.outcome(["settle"], database: empty).output.hasSuffix(" 0 differences\n"))
            let twice = try plant.outcome(["restore", plant.path("b")], database: empty)
            #expect(twice.status == 1 && twice.errors.contains("restore into"), "\(twice.errors)")
            #expect(twice.errors.split(separator: "\n").count == 1)
        }
    }

    /// Books that did not hold when they were backed up are said so: exit 1.
    @Test func restoreVerifiesTheBooks() async throws {
        try await self.withPlant(.sqlite) { plant, empty in
            let store = try await self.settled(plant)
            try await store.database.transaction(as: .service) { session in
                try session.execute("DROP TRIGGER entries_no_update", [])
                _ = try session.execute("UPDATE entries SET amount = amount - 1 WHERE account = 'aggregator:fee'", [])
            }
            await store.database.close()
            _ = try plant.command(["backup", plant.path("b")])
            let restored = try plant.outcome(["restore", plant.path("b")], database: empty)
            #expect(restored.status == 1 && restored.output.contains("t: "), "\(restored.output)")
            #expect(!restored.output.contains(" 0 findings"))
        }
    }

    private func doctor(_ plant: SmallPlant, _ kind: String = "aggregator", database: String? = nil) throws
        -> Program.Outcome
    {
        try plant.outcome(["doctor", kind, plant.path("\(kind).yaml")], database: database)
    }

    @Test(arguments: Driver.allCases) func doctorFindsNothingInASoundPlant(driver: Driver) async throws {
        try await self.withPlant(driver) { plant, empty in
            for file in ["secrets.csv"] {
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: plant.path(file))
            }
            for kind in ["aggregator", "worker", "utility"] {
                let said = try self.doctor(plant, kind)
                #expect(said.status == 0 && !said.output.contains("FAILED"), "\(kind): \(said.output)\(said.errors)")
            }
            let json = try self.members(
                try plant.outcome(["doctor", "aggregator", plant.path("aggregator.yaml"), "--json"]))
            #expect(json["sound"] as? Bool == true && (json["checks"] as? [Any])?.count ?? 0 >= 14)
            #expect(!FileManager.default.fileExists(atPath: plant.path("aggregator")), "looking makes nothing")
            if driver == .postgreSQL {
                let unmigrated = try self.doctor(plant, database: empty)
                #expect(unmigrated.status == 1 && unmigrated.output.contains("FAILED   schema: step 0 of"))
                let root = try self.doctor(plant, database: plant.database.replacing("headroom@", with: "postgres@"))
                #expect(root.status == 1 && root.output.contains("FAILED   role: a superuser"), "\(root.output)")
            }
        }
    }

    @Test func doctorNamesWhatIsWrong() async throws {
        try await self.withPlant(.sqlite) { plant, _ in
            let held = try #require(Ports.Listener(port: plant.ports[3]))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: plant.path("aggregator.key"))
            try plant.write("# nobody\n", "allowed")
            let said = try self.doctor(plant, database: "sqlite:\(plant.path("none.db"))")
            #expect(said.status == 1)
            for words in [
                "127.0.0.1:\(held.port): stop what uses the port or set another fleetLink.control",
                "aggregator.key can be read by others (mode 644): chmod 600", "lets nobody in: `headroom keys`",
                "no database at \(plant.path("none.db")): headroom migrate",
            ] { #expect(said.output.contains(words), "\(words)\n\(said.output)") }
            #expect(said.output.split(separator: "\n").count { $0.hasPrefix("FAILED") } == 4, "\(said.output)")
            try plant.edit(
                "worker.yaml", "  port: \(plant.ports[1])\n",
                "  listeners: [{ port: \(held.port), profile: 1 }, { port: \(plant.ports[1]), profile: 1 }]\n")
            let worker = try self.doctor(plant, "worker").output
            #expect(worker.contains("\(held.port): stop what uses the port or set another ocpp.listeners"), "\(worker)")
            #expect(worker.contains("127.0.0.1:\(plant.ports[1]) is free for ocpp.listeners"), "\(worker)")
            let nowhere = try self.doctor(plant, database: "postgresql://x:secret@127.0.0.1:1/x")
            #expect(nowhere.output.contains("FAILED   database: cannot reach the database"), "\(nowhere.output)")
            #expect(!nowhere.output.contains("secret"))
            try plant.edit("aggregator.yaml", "zone: z", "zoen: z")
            #expect(try self.doctor(plant).output.contains("FAILED   configuration: "))
            #expect(try plant.outcome(["doctor", "aggregator"]).status == 2)
        }
    }

    /// A limit of descriptors that the shell set is the process's own.
    @Test func doctorSeesTheLimitOfDescriptors() async throws {
        try await self.withPlant(.sqlite) { plant, _ in
            let said = try Program.run("/bin/sh", ["-c", "ulimit -n 256; exec '\(plant.headroom)' doctor"])
            #expect(said.status == 1 && said.output.contains("FAILED   file descriptors"), "\(said.output)")
        }
    }

    @Test(arguments: ["backup", "restore", "settle", "doctor"]) func helpHasAnExample(command: String) async throws {
        try await Program.withHeadroom { headroom, _ in
            let said = try Program.run(headroom, [command, "--help"])
            #expect(said.status == 0 && said.output.contains("Example: headroom \(command)"), "\(said.output)")
        }
    }
}
