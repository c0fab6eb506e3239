import Domain
import Foundation
import Ledger
import Storage
import TestSupport
import Testing

/// What cannot start says why in one line that names what to do, exits 1 and has changed nothing.
@Suite(.serialized, .wantsHeadroom, .ownThreads) struct BadStartTests {
    /// Runs `body` with a plant whose files are written and whose fleet is enrolled in SQLite; nothing of it runs.
    private func withPlant(_ body: (SmallPlant) async throws -> Void) async throws {
        try await Program.withHeadroom { headroom, folder in
            try await body(
                try SmallPlant(
                    headroom: headroom, folder: folder, database: "sqlite:\(folder.path)/h.db", signal: [(0, 0)]))
        }
    }

    /// The one line of a run that failed; logs may stand before it.
    private func line(_ outcome: Program.Outcome) -> String {
        let lines = outcome.errors.split(separator: "\n")
        #expect(outcome.status == 1, "\(outcome.errors)")
        #expect(
            lines.count { $0.hasPrefix("headroom: ") } == 1 && lines.last?.hasPrefix("headroom: ") == true,
            "\(outcome.errors)")
        return lines.last.map(String.init) ?? ""
    }

    private func start(_ name: String, _ plant: SmallPlant, database: String? = nil) throws -> String {
        self.line(try plant.outcome([name, "--config", plant.path("\(name).yaml")], database: database))
    }

    private func epoch(_ plant: SmallPlant) async throws -> Epoch {
        let store = Store(database: try await DatabaseURL(plant.database).open())
        let epoch = try await store.epoch(of: "z")
        await store.database.close()
        return epoch
    }

    @Test func anUnreachableDatabase() async throws {
        try await self.withPlant { plant in
            let nowhere = "postgresql://x:secret@127.0.0.1:1/x"
            let said = try self.start("aggregator", plant, database: nowhere)
            #expect(said.contains("cannot reach the database") && said.contains("HEADROOM_DATABASE"), "\(said)")
            #expect(!said.contains("secret"))
            #expect(!FileManager.default.fileExists(atPath: plant.path("aggregator")), "no journal was begun")
            for command in [
                ["migrate"], ["enrol", plant.path("fleet"), "--zone", "z"], ["ledger", "verify", "--tenant", "t"],
            ] {
                #expect(self.line(try plant.outcome(command, database: nowhere)).contains("cannot reach the database"))
            }
            let folder = try self.start("aggregator", plant, database: "sqlite:\(plant.path("none"))/h.db")
            #expect(folder.contains("cannot open the database") && folder.contains("HEADROOM_DATABASE"), "\(folder)")
            let url = try self.start("aggregator", plant, database: "mysql://x")
            #expect(url.contains("neither sqlite:PATH nor postgresql://"), "\(url)")
        }
    }

    @Test(.wantsPostgreSQL) func aDatabaseThatRefusesToLetIn() async throws {
        try await self.withPlant { plant in
            let cluster = try PostgresCluster()
            defer { cluster.remove() }
            let said = try self.start(
                "aggregator", plant, database: cluster.url.replacingOccurrences(of: "/headroom?", with: "/absent?"))
            #expect(said.contains("cannot reach the database") && said.contains("absent"), "\(said)")
        }
    }

    @Test(arguments: [
        ("aggregator", "zone: z", "zone: z\nzoen: z", "aggregator.yaml:3: unknown key 'zoen'"),
        ("aggregator", "tenant: t\n", "", "'tenant' is missing: add it"),
        ("aggregator", "products: [TEST-AGC]", "products: [NO-SUCH]", "has no product NO-SUCH"),
        ("aggregator", "venName: test-plant", "venName: \"\"", "ven.venName: fill it in"),
        (
            "aggregator", "portal: { port:", "portal: { listeners: 0, port:",
            "listeners and connections must be at least 1"
        ),
        ("aggregator", "aggregator.key", "absent.key", "make keys with `headroom keys`"),
        ("aggregator", "region.yaml", "absent.yaml", "give an existing, readable file"),
        ("utility", "awardShare: 80", "awardShare: 180", "awardShare: set it to 0"),
        ("utility", "purchases:", "purchase:", "'utility.purchases' is missing"),
        ("worker", "edgeMilliseconds: 100", "edgeMilliseconds: fast", "'edgeMilliseconds'"),
        ("worker", "edgeMilliseconds: 100", "edgeMilliseconds: 0", "edgeMilliseconds: set it to 10 … 10000"),
        ("worker", "telemetryMilliseconds: 1000", "telemetryMilliseconds: 0", "telemetryMilliseconds: set it to 100"),
        ("worker", "watchdogSeconds: 60", "watchdogSeconds: -60", "watchdogSeconds: set it to 5"),
        ("worker", "nameplateWatts: 22000", "nameplateWatts: -22000", "nameplateWatts: set it to 1"),
        ("worker", "nameplateWatts: 22000", "nameplateWatts: 22000\nsiteLimitWatts: 0", "siteLimitWatts: set it to 1"),
        ("worker", "meterSeconds: 1", "meterSeconds: 0", "ocpp.meterSeconds: set it to 1"),
        ("worker", "dialects: [Config/demo/dialects.yaml]", "dialects: [absent.yaml]", "absent.yaml"),
    ])
    func anInvalidConfiguration(name: String, old: String, new: String, expected: String) async throws {
        try await self.withPlant { plant in
            try plant.edit("\(name).yaml", old, new)
            let said = try self.start(name, plant)
            #expect(said.contains(expected), "\(said)")
            #expect(try await self.epoch(plant) == Epoch(0), "nobody's leadership was ended")
            if name == "aggregator" {
                #expect(!FileManager.default.fileExists(atPath: plant.path(name)), "no journal was begun")
            }
        }
    }

    /// Limits of zero, below zero and against each other in a region's pack and in an enrolment: nobody starts with them.
    @Test(arguments: [
        ("rampWattsPerSecond: 1000", "rampWattsPerSecond: 0", "rampWattsPerSecond is above 0"),
        ("fallbackSpreadSeconds: 30", "fallbackSpreadSeconds: -30", "fallbackSpreadSeconds at least 0"),
        ("[45000, 55000]", "[55000, 45000]", "plausibleMilliHertz: give a low and a high bound"),
        ("holdLoadBelowMilliHertz: 49800", "holdLoadBelowMilliHertz: 50300", "one lies on each side of nominal"),
        ("frequencyStaleMilliseconds: 1500", "frequencyStaleMilliseconds: 0", "frequencyStaleMilliseconds is above 0"),
        ("minimumBidWatts: 20000", "minimumBidWatts: -20000", "minimumBidWatts and enduranceSeconds are above 0"),
        ("bidStepWatts: 10000", "bidStepWatts: 0", "bidStepWatts and blockSeconds are above 0"),
        ("sparePerMille: 150", "sparePerMille: -1", "sparePerMille and holdSeconds are at least 0"),
        ("slewPerMille: 0", "slewPerMille: -1", "slewPerMille is at least 0"),
        ("fullDeliveryMilliseconds: 8000", "fullDeliveryMilliseconds: 0", "fullDeliveryMilliseconds is above 0"),
        ("gateClosureSeconds: 5", "gateClosureSeconds: -5", "gateClosureSeconds is at least 0"),
    ])
    func limitsOfARegionThatDoNotHoldTogether(old: String, new: String, expected: String) async throws {
        try await self.withPlant { plant in
            try plant.edit("region.yaml", old, new)
            for name in ["aggregator", "worker", "utility"] {
                let said = try self.start(name, plant)
                #expect(said.contains(expected), "\(name): \(said)")
            }
            #expect(try await self.epoch(plant) == Epoch(0))
            let checked = try plant.outcome(["check-config", "region", plant.path("region.yaml")])
            #expect(checked.status == 1 && checked.errors.contains(expected), "\(checked)")
        }
    }

    @Test(arguments: [
        ("sites.csv", "700000,700000,20000", "-700000,700000,20000", "import_w must be a whole number from 0"),
        ("sites.csv", "20000,28800", "20000,-28800", "default_stay_s must be"),
        ("vehicles.csv", ",60000,22000,22000,3000,", ",0,22000,22000,3000,", "capacity_wh must be a whole number"),
        ("vehicles.csv", ",60000,22000,22000,3000,", ",60000,-1,22000,3000,", "max_charge_w must be"),
        ("vehicles.csv", ",60000,22000,22000,3000,", ",60000,22000,22000,10001,", "reserve must be"),
        ("vehicles.csv", ",9500,", ",0,", "efficiency must be a whole number from 1"),
        ("departures.csv", ",6500", ",-6500", "target must be"),
    ])
    func limitsOfAnEnrolmentThatMakeNoSense(file: String, old: String, new: String, expected: String) async throws {
        try await self.withPlant { plant in
            try plant.edit("fleet/\(file)", old, new)
            let said = self.line(try plant.outcome(["enrol", plant.path("fleet"), "--zone", "z"]))
            #expect(said.contains(expected) && said.contains(file), "\(said)")
        }
    }

    /// Each port of the aggregator, and that of worker and utility. Whoever leads now goes on leading.
    @Test func aPortInUse() async throws {
        try await self.withPlant { plant in
            let held = try #require(Ports.Listener())
            let keys = [
                (0, "portal.port"), (2, "fleetLink.telemetry"), (3, "fleetLink.control"), (4, "fleetLink.signal"),
                (5, "fleetLink.fastSignal"), (6, "metricsPort"),
            ]
            for (index, key) in keys {
                let (free, taken) = (String(plant.ports[index]), String(held.port))
                try plant.edit("aggregator.yaml", free, taken)
                let said = try self.start("aggregator", plant)
                #expect(said.contains(":\(taken): stop what uses the port or set another \(key)"), "\(said)")
                try plant.edit("aggregator.yaml", taken, free)
            }
            #expect(try await self.epoch(plant) == Epoch(0))
            #expect(!FileManager.default.fileExists(atPath: plant.path("aggregator")))
            for (name, index) in [("utility", 8), ("worker", 1)] {
                try plant.edit("\(name).yaml", "port: \(plant.ports[index])", "port: \(held.port)")
                let said = try self.start(name, plant)
                #expect(said.contains("\(held.port)") && said.contains("port"), "\(said)")
            }
        }
    }

    /// The same data folder twice: the second one leaves before it has minted an epoch.
    @Test func aJournalThatAnotherProcessHas() async throws {
        try await self.withPlant { plant in
            let journal = try Journal(folder: plant.path("aggregator/journal"), configuration: .events)
            defer { journal.close() }
            let said = try self.start("aggregator", plant)
            #expect(said.contains("aggregator/journal/lock is in use: stop the other process"), "\(said)")
            #expect(try await self.epoch(plant) == Epoch(0))
        }
    }

    @Test func anUnknownVehicleInTheEnrolment() async throws {
        try await self.withPlant { plant in
            try plant.write("owner,tenant,name\nnew,t,New\n", "more/owners.csv")
            try plant.write("vehicle,consent_at\nghost,2026-11-26T08:00:00Z\n", "more/consents.csv")
            let enrol = ["enrol", plant.path("more"), "--zone", "z"]
            #expect(self.line(try plant.outcome(enrol)).contains("unknown vehicle ghost: enrol it first"))
            let store = Store(database: try await DatabaseURL(plant.database).open())
            #expect(try await store.owners(tenant: "t").map(\.id) == ["o0", "o1"], "all or nothing")
            await store.database.close()
            try plant.write("vehicle,consent_at\nv1,yesterday\n", "more/consents.csv")
            #expect(self.line(try plant.outcome(enrol)).contains("consents.csv:2: consent_at must be a time"))
        }
    }

    @Test func badUsageExitsWithTwo() async throws {
        try await self.withPlant { plant in
            for arguments in [
                ["aggregator"], ["nonsense"], ["report", "--owner", "o1", "--period", "November", "--tenant", "t"],
                ["report", "--owner", "o1", "--period", "2026-11", "--tenant", "t", "--format", "pdf"],
            ] {
                #expect(try plant.outcome(arguments).status == 2, "\(arguments)")
            }
            let owner = try plant.outcome(["report", "--owner", "nobody", "--period", "2026-11", "--tenant", "t"])
            #expect(self.line(owner).contains("no owner nobody: check --owner and --tenant"))
        }
    }

    /// A canary for `ledger verify`: a posting that was changed behind the product's back, and still balances.
    @Test func aTamperedPostingIsFound() async throws {
        try await self.withPlant { plant in
            let store = Store(database: try await DatabaseURL(plant.database).open())
            let block = SettledBlock.block
            let records = Settlement.transactions(of: block).map(Record.transaction) + [.block(block)]
            try await store.apply(records, zone: "z", epoch: nil, source: "test", upTo: 3)
            let verify = ["ledger", "verify", "--tenant", "t"]
            #expect(try plant.command(verify) == "2 transactions, 0 findings\n")
            try await store.database.transaction(as: .service) { session in
                try session.execute("DROP TRIGGER entries_no_update", [])
                try session.execute("UPDATE entries SET amount = amount - 1 WHERE account = 'owner:o1:earnings'", [])
                try session.execute("UPDATE entries SET amount = amount + 1 WHERE account = 'aggregator:fee'", [])
            }
            let outcome = try plant.outcome(verify)
            #expect(
                outcome.status == 1 && outcome.output.contains("block:a is not what its block says"),
                "\(outcome.output)")
            await store.database.close()
        }
    }
}
