import Aggregator
import ArgumentParser
import Domain
import Foundation
import Ledger
import Runtime
import Storage
import Worker

/// Where the database is: `--database`, else HEADROOM_DATABASE.
struct DatabaseOption: ParsableArguments {
    @Option(help: "sqlite:PATH or postgresql://…; else HEADROOM_DATABASE.") var database: String?

    /// - Parameter usual: where it is when nobody says.
    func url(usual: String? = nil) throws -> DatabaseURL {
        guard let text = self.database ?? ProcessInfo.processInfo.environment["HEADROOM_DATABASE"] ?? usual else {
            throw ValidationError("give --database sqlite:PATH, or set HEADROOM_DATABASE")
        }
        return try DatabaseURL(text)
    }

    /// Opens it, and brings it up to date. A file that is not there is made by those who write, never by those who read.
    func store(forReading: Bool = false, usual: String? = nil) async throws -> Store {
        let url = try self.url(usual: usual)
        if forReading, case .sqlite(let path) = url, !FileManager.default.fileExists(atPath: path) {
            throw RuntimeError(.fileMissing, "no database at \(path): check --database or HEADROOM_DATABASE")
        }
        return Store(database: try await url.open())
    }
}

/// Whose rows: `--tenant`, which may be left out where there is only one.
struct TenantOption: ParsableArguments {
    @Option(help: "The tenant; may be left out where the database knows only one.") var tenant: String?

    func tenant(in store: Store) async throws -> TenantID {
        if let tenant = self.tenant { return TenantID(tenant) }
        let known = try await store.tenants()
        guard let only = known.first else {
            throw RuntimeError(.failed, "the database knows no tenant: enrol a fleet first (headroom enrol --help)")
        }
        guard known.count == 1 else {
            throw ValidationError("add --tenant: one of \(known.map(\.rawValue).joined(separator: ", "))")
        }
        return only
    }
}

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Rebuild the engine from a journal and print its fingerprint.",
        discussion: "Example: headroom replay data/journal")

    @Argument(help: "The journal's folder; the aggregator that writes it must be stopped.") var journal: String
    @Flag(help: "One JSON object.") var json = false

    private struct Findings: Encodable {
        var steps: Int
        var events: Int
        var marks: Int
        var fingerprint: String
        /// Different rows that the engine wanted kept, by kind.
        var rows: [String: Int]
    }

    func run() throws {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: self.journal)) ?? []
        guard files.contains(where: { $0.hasSuffix(".hrj") }) else {
            throw RuntimeError(
                .fileMissing, "no journal at \(self.journal): give the folder `journal` of the data folder")
        }
        let journal = try Journal(folder: self.journal, configuration: .events)
        defer { journal.close() }
        var rows: [String: Set<Int>] = [:]
        let replay = try EngineJournal(journal).replay { effects, _ in
            for record in effects.flatMap(\.records) {
                rows[record.kind, default: []].insert(record.hashValue)
            }
        }
        let counts = rows.mapValues(\.count)
        guard self.json else {
            print(replay.summary)
            print("rows: " + counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
            return
        }
        try printJSON(
            Findings(
                steps: replay.steps, events: replay.events, marks: replay.marks, fingerprint: replay.fingerprint,
                rows: counts))
    }
}

struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Look after the books.",
        discussion: "Example: headroom ledger verify --database sqlite:headroom.db", subcommands: [Verify.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recompute every block and posting; exits 1 when one does not hold.",
            discussion: "Example: headroom ledger verify --database sqlite:headroom.db")

        @OptionGroup var database: DatabaseOption
        @OptionGroup var whose: TenantOption

        func run() async throws {
            let store = try await self.database.store(forReading: true)
            let audit = try await LedgerAudit.run(store, try await self.whose.tenant(in: store))
            for finding in audit.findings { print(finding) }
            print(audit.summary)
            if !audit.findings.isEmpty { throw ExitCode(1) }
        }
    }
}

/// The books of a tenant, computed again.
struct LedgerAudit {
    var count: Int
    var findings: [String]
    var summary: String { "\(self.count) transactions, \(self.findings.count) findings" }

    static func run(_ store: Store, _ tenant: TenantID) async throws -> LedgerAudit {
        let first = try await self.once(store, tenant)
        // An aggregator may have written between two pages: only what is found twice is a finding.
        return first.findings.isEmpty ? first : try await self.once(store, tenant)
    }

    private static func once(_ store: Store, _ tenant: TenantID) async throws -> LedgerAudit {
        let blocks = try await SettledBlocks(store, tenant)
        var audit = BookAudit()
        for id in try await pages({ try await store.transactionIDs(tenant: tenant, after: $0 ?? "") }) {
            guard let transaction = try await store.transaction(tenant: tenant, id: id) else { continue }
            var original: LedgerTransaction?
            if let name = transaction.reverses { original = try await store.transaction(tenant: tenant, id: name) }
            audit.take(transaction, reversing: original)
        }
        try await blocks.each { block in
            let posted = try await blocks.postings(of: block)
            audit.take(block) { posted[$0] }
        }
        let now = WallClock.now()
        let days = SettleDays(store: store, tenant: tenant, blocks: blocks, limit: now)
        try await days.each(at: now, isWanted: { _, _ in true }) { day in
            // An operator has a day to book a day.
            let isDue = !day.booked.isEmpty || day.end + .hours(24) <= now
            audit.take(day: day.id, booked: day.booked, wrong: isDue ? day.postings : [])
        }
        audit.close()
        return LedgerAudit(count: audit.count, findings: audit.findings)
    }
}

/// Everything that `page` gives, asked again after the last one until it gives no more.
func pages<Element>(_ page: (Element?) async throws -> [Element]) async throws -> [Element] {
    var all: [Element] = []
    while true {
        let more = try await page(all.last)
        guard !more.isEmpty else { return all }
        all += more
    }
}

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Print an owner's statement.",
        discussion: """
            Example: headroom report --owner acme --period 2026-11 --format csv

            A draft, unless --issue gives it the next number and keeps it for good; a month that says something else \
            later gets another number and names the one that it takes the place of. --number prints one as it was issued.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case csv
        case html
        case json
    }

    @OptionGroup var database: DatabaseOption
    @Option(help: "Whose statement.") var owner: String
    @Option(help: "Month as YYYY-MM, UTC.") var period: String?
    @Option(help: "Print the statement that was issued under this number.") var number: Int?
    @Flag(help: "Issue it: it gets a number and is kept for good.") var issue = false
    @Option(help: "csv, html or json.") var format = Format.csv
    @OptionGroup var whose: TenantOption
    @Option(help: "Code such as EUR; wanted where the owner was paid in several.") var currency: String?

    func run() async throws {
        let store = try await self.database.store(forReading: !self.issue)
        let tenant = try await self.whose.tenant(in: store)
        let owner = OwnerID(self.owner)
        if let number = self.number {
            guard let issued = try await store.statement(tenant: tenant, number: number), issued.owner == owner else {
                throw RuntimeError(.failed, "\(owner) was issued no statement \(number): check --number and --owner")
            }
            print(issued.documents[self.format.rawValue] ?? "", terminator: "")
            return
        }
        guard let period = self.period else { throw ValidationError("give --period YYYY-MM, or --number") }
        let month = try periodMonth(period)
        guard let terms = try await store.owners(tenant: tenant).first(where: { $0.id == owner }) else {
            throw RuntimeError(.failed, "tenant \(tenant) has no owner \(owner): check --owner and --tenant")
        }
        let blocks = try await store.blocks(tenant: tenant, owner: owner, in: month, limit: 1_000_000)
        var statement = Statement(
            owner: owner, ownerName: terms.name, period: period, blocks: blocks,
            currency: try self.chosen(of: Statement.currencies(of: owner, in: blocks)))
        let paid = MonthSettlement.id(period, owner, statement.currency)
        if let posted = try await store.latestPosting(tenant: tenant, id: paid) {
            statement.monthly = MonthSettlement.lines(of: posted, owner: owner)
        }
        var documents = statement.documents
        if self.issue {
            let draft = statement
            documents = try await store.issue(
                tenant: tenant, owner: owner, period: period, currency: draft.currency, at: WallClock.now()
            ) { draft.numbered($0, replaces: $1).documents }.documents
        }
        print(documents[self.format.rawValue] ?? "", terminator: "")
    }

    private func chosen(of paid: [Currency]) throws -> Currency? {
        let codes = paid.map(\.rawValue).joined(separator: ", ")
        guard let currency = self.currency else {
            guard paid.count > 1 else { return paid.first }
            throw ValidationError("the owner was paid in \(codes): add --currency")
        }
        guard paid.isEmpty || paid.contains(Currency(rawValue: currency)) else {
            throw ValidationError("--currency is one of \(codes)")
        }
        return Currency(rawValue: currency)
    }
}

/// One JSON object on standard output, its keys in order.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// What `--period` names.
func periodMonth(_ text: String) throws -> MarketInterval {
    guard let month = month(text) else { throw ValidationError("--period is a month such as 2026-11") }
    return month
}

/// A month `YYYY-MM` as an interval in UTC.
func month(_ text: String) -> MarketInterval? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) }
    guard parts.count == 2, text.utf8.count == 7, (1970...9_999).contains(parts[0]), (1...12).contains(parts[1])
    else { return nil }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    guard let start = calendar.date(from: DateComponents(year: parts[0], month: parts[1])),
        let end = calendar.date(byAdding: .month, value: 1, to: start)
    else { return nil }
    return MarketInterval(
        start: Instant(seconds: Int(start.timeIntervalSince1970)), end: Instant(seconds: Int(end.timeIntervalSince1970))
    )
}

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database up to date; safe to run twice.",
        discussion: "Example: headroom migrate --database sqlite:headroom.db")

    @OptionGroup var database: DatabaseOption

    func run() async throws {
        _ = try await self.database.store()
        print("the database is up to date")
    }
}

struct EnrolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrol", abstract: "Enrol owners, sites, stations and vehicles from a folder of CSV files.",
        discussion: "Example: headroom enrol fleet/ --zone demo (columns: Sources/Storage/README.md); all or nothing")

    @OptionGroup var database: DatabaseOption
    @Argument(help: "Folder of CSV files.") var folder: String
    @Option(help: "Market zone.") var zone: String

    func run() async throws {
        let changes = try EnrolmentCSV.read(folder: self.folder)
        try await self.database.store().enrol(changes, zone: ZoneID(self.zone), at: WallClock.now())
        print("\(changes.count) rows enrolled")
    }
}

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Add a user, or give one a new password (read from HEADROOM_PASSWORD).",
        discussion: "Example: HEADROOM_PASSWORD=… headroom user acme --role fleet-owner --owner acme --tenant demo")

    @OptionGroup var database: DatabaseOption
    @Argument(help: "Name to log in with.") var name: String
    @Option(help: "fleet-owner, grid-operator, utility or operator.") var role: String
    @Option(help: "The owner whose figures a fleet owner sees.") var owner: String?
    @Option(help: "The user's tenant.") var tenant: String

    func run() async throws {
        guard let role = User.Role(rawValue: self.role) else {
            throw ValidationError("--role is one of \(User.Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let password = ProcessInfo.processInfo.environment["HEADROOM_PASSWORD"] else {
            throw ValidationError("set HEADROOM_PASSWORD to the new password")
        }
        let user = User(
            name: self.name, tenant: TenantID(self.tenant), role: role, owner: self.owner.map { OwnerID($0) })
        try await self.database.store().setUser(user, password: password)
        print("\(self.name) may log in")
    }
}

struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Check a configuration; one line for what is wrong.",
        discussion: "Example: headroom check-config worker worker.yaml")

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case aggregator
        case worker
        case utility
        case region
    }

    @Argument(help: "aggregator, worker, utility or region.") var kind: Kind
    @Argument(help: "The file.") var file: String

    func run() throws {
        switch self.kind {
        case .aggregator:
            let configuration = try StrictYAML.load(AggregatorConfiguration.self, from: self.file)
            try configuration.check(region: try loadRegion(configuration.regionFile))
        case .worker:
            let configuration = try StrictYAML.load(WorkerConfiguration.self, from: self.file)
            try configuration.check()
            _ = try loadRegion(configuration.regionFile)
        case .utility:
            let configuration = try StrictYAML.load(UtilityProcessConfiguration.self, from: self.file)
            _ = try loadRegion(configuration.regionFile)
            if let defect = configuration.utility.defects.first { throw RuntimeError(.invalidConfiguration, defect) }
        case .region: _ = try loadRegion(self.file)
        }
        print("\(self.file): sound")
    }
}
