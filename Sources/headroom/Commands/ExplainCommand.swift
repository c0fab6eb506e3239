import Aggregator
import ArgumentParser
import Domain
import Engine
import Foundation
import Ledger
import Portal
import Runtime
import Storage

/// Why a car did what it did, whether a site will be ready, why so much was bid, where a euro comes from.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say why: for a car, a site, a bid or a posting.",
        discussion:
            "Example: headroom explain vehicle bus-14 --journal data/aggregator/journal --at 2026-11-27T02:15:00Z",
        subcommands: [Vehicle.self, Site.self, Bid.self, Posting.self])

    /// The engine as a journal has it.
    struct JournalOption: ParsableArguments {
        @Option(help: "The journal's folder; the aggregator that writes it must be stopped, or take a copy.")
        var journal: String
        @Option(help: "A time such as 2026-11-27T02:15:00Z; left out: the journal's end.") var at: String?

        func snapshot() throws -> EngineSnapshot {
            var instant = Instant.distantFuture
            if let at = self.at {
                guard let date = try? Date(at, strategy: .iso8601) else {
                    throw ValidationError("--at is a time such as 2026-11-27T02:15:00Z")
                }
                instant = Instant(microseconds: Int((date.timeIntervalSince1970 * 1e6).rounded(.down)))
            }
            let files = (try? FileManager.default.contentsOfDirectory(atPath: self.journal)) ?? []
            guard files.contains(where: { $0.hasSuffix(".hrj") }) else {
                throw RuntimeError(
                    .fileMissing, "no journal at \(self.journal): give the folder `journal` of the data folder")
            }
            let journal = try Journal(folder: self.journal, configuration: .events)
            defer { journal.close() }
            let replay = try EngineJournal(journal).replay(through: instant)
            guard let engine = replay.engine, self.at == nil || engine.now <= instant else {
                throw RuntimeError(
                    .failed, "the journal does not reach back to \(self.at ?? "there"): choose a later time")
            }
            return engine.snapshot()
        }
    }

    struct Vehicle: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What bound a car at a time, and what the next best would have been, in one sentence.",
            discussion: "Example: headroom explain vehicle bus-14 --journal data/aggregator/journal")

        @Argument(help: "The vehicle's id.") var vehicle: String
        @OptionGroup var source: JournalOption
        @Flag(help: "One JSON object.") var json = false

        private struct Answer: Encodable {
            var vehicle: String
            var at: String
            var explanation: String
        }

        func run() throws {
            let snapshot = try self.source.snapshot()
            guard let text = snapshot.explanation(of: VehicleID(self.vehicle), iso) else {
                throw RuntimeError(.failed, "the journal knows no \(self.vehicle) at \(iso(snapshot.at)): check the id")
            }
            guard self.json else { return print("\(iso(snapshot.at)): \(text)") }
            try printJSON(Answer(vehicle: self.vehicle, at: iso(snapshot.at), explanation: text))
        }
    }

    struct Site: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether the cars of a site, or of all, will be ready, and because of which not; exits 1 if not.",
            discussion: "Example: headroom explain site depot-north --journal data/aggregator/journal")

        @Argument(help: "The site's id; left out: every site.") var site: String?
        @OptionGroup var source: JournalOption

        func run() throws {
            let snapshot = try self.source.snapshot()
            let sites = snapshot.sites().filter { (self.site ?? $0.id.rawValue) == $0.id.rawValue }
            guard !sites.isEmpty else {
                throw RuntimeError(
                    .failed, "no car is plugged in at \(self.site ?? "any site") at \(iso(snapshot.at)): check the id")
            }
            for site in sites { print("\(site.id): \(site.verdict(iso))") }
            if !sites.allSatisfy(\.isReady) { throw ExitCode(1) }
        }
    }

    struct Bid: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Why so much was bid, at which risk, with which cars, and what was next best.",
            discussion: "Example: headroom explain bid --resource fleet --journal data/aggregator/journal")

        @Argument(help: "The bid's id; left out: every bid that is known.") var bid: String?
        @Option(help: "Only bids of this resource.") var resource: String?
        @OptionGroup var source: JournalOption
        @Flag(help: "One JSON array of the bids.") var json = false

        func run() throws {
            let snapshot = try self.source.snapshot()
            let bids = snapshot.bids.filter {
                (self.bid ?? $0.id.rawValue) == $0.id.rawValue
                    && (self.resource ?? $0.call.resource.rawValue) == $0.call.resource.rawValue
            }
            guard !bids.isEmpty else {
                throw RuntimeError(
                    .failed, "the journal has no \(self.bid ?? "bid") at \(iso(snapshot.at)): check id and --resource")
            }
            if self.json { return try printJSON(bids) }
            for plan in snapshot.plans where bids.contains(where: { $0.call.resource == plan.resource }) {
                print(plan.sentence(iso))
            }
            for bid in bids { print(bid.sentence(iso)) }
        }
    }

    struct Posting: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Follow a posting back to the signal and the meter, and compute it again; exits 1 on a difference.",
            discussion: "Example: headroom explain posting block:award-7 --vehicle bus-14 --database sqlite:headroom.db"
        )

        @Argument(help: "The posting's id, as statements and `ledger verify` name it.") var posting: String
        @Option(help: "Only this car's part.") var vehicle: String?
        @OptionGroup var database: DatabaseOption
        @OptionGroup var whose: TenantOption

        func run() async throws {
            let store = try await self.database.store(forReading: true)
            let tenant = try await self.whose.tenant(in: store)
            let vehicle = self.vehicle.map { VehicleID($0) }
            let found = try await PostingChain.load(store, tenant: tenant, id: self.posting, vehicle: vehicle)
            await store.database.close()
            guard let found else {
                throw RuntimeError(
                    .failed, "tenant \(tenant) has no posting \(self.posting): those of a block are block:AWARD")
            }
            for line in found.chain.sentences(vehicle: vehicle, iso) { print(line) }
            for difference in found.differences { print(difference) }
            guard found.differences.isEmpty else { throw ExitCode(1) }
            print("computed again from its rows: it is the same")
        }
    }
}
