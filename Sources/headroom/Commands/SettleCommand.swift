import ArgumentParser
import Domain
import Foundation
import GridCodes
import Ledger
import Runtime
import Storage

/// The engine settles while it runs; this computes the same again from what was stored.
struct SettleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle",
        abstract: "Settle stored blocks again and compare with what was paid; exits 1 on a difference.",
        discussion: """
            Example: headroom settle --period 2026-11 --database sqlite:headroom.db

            From awards and metered seconds to energy, the product's own score, payments, shares and postings. With \
            --regions Config/regions the terms that were applied are compared with the pack of the day, too. Without \
            --post it writes nothing. With it, blocks of which readings came late are computed again, and with --period \
            what contracts pay by the month is computed once the month is over; days of blocks that are booked netted to \
            one entry a car (`netsDays` of the aggregator) are booked once they are over, in UTC; differences are posted \
            by taking the \
            old posting back, never by changing it. Doing it twice posts nothing more. With --imbalance FILE energy beside \
            the schedule is priced, with --mileage FILE the signal's path of products that pay for it; blocks that a file \
            does not cover stay as they were.

            Where meters at sites' boundaries are stored (`headroom site-meters`), or with --site-meters FILE.csv (time,site,kw, \
            buildings included) in their place, each block is accounted for by chargers and by site; a difference beyond --site-tolerance names the site.
            """)

    @OptionGroup var database: DatabaseOption
    @OptionGroup var whose: TenantOption
    @Option(help: "Only blocks that begin in this month, YYYY-MM, UTC.") var period: String?
    @Option(help: "Only this award.") var award: String?
    @Option(help: "Minutes after a block's end from which on it must be settled.") var graceMinutes = 10
    @Option(help: "Folder of the regions' packs: is what was applied what they say?") var regions: String?
    @Option(help: "Imbalance prices (CSV): time,imbalance_per_mwh.") var imbalance: String?
    @Option(help: "Prices of a signal's path (CSV): time,mileage_per_mw.") var mileage: String?
    @Option(help: "CSV time,site,kw of the meters at sites' boundaries, + = load.") var siteMeters: String?
    @Option(help: "By how much of what chargers moved their site's meter may differ, percent.") var siteTolerance = 5.0
    @Option(help: "Minutes before a block that say what a site's building takes.") var siteReferenceMinutes = 60
    @Flag(help: "Post what late readings change, and what contracts pay by the month.") var post = false
    @Flag(help: "One JSON object.") var json = false

    /// What was looked at, and what does not agree.
    struct Outcome: Encodable {
        var blocks = 0
        var seconds = 0
        var differences: [BlockCheck.Difference] = []
        /// Awards whose blocks are over and were never settled.
        var unsettled: [AwardID] = []
        /// What readings that came late change, and what is paid by the month: posted with --post only.
        var posting = SettlePosting.Outcome()
        /// Each block at each site whose boundary is metered, and what was found there.
        var sites: [SiteReconciliation.Outcome] = []
        var siteFindings: [String] = []
        var isSound: Bool { self.differences.isEmpty && self.unsettled.isEmpty }
    }

    func run() async throws {
        let month = try self.period.map(periodMonth)
        let shelf = try self.regions.map(loadShelf)
        let meters = try self.siteMeters.map(SettleSites.table)
        let store = try await self.database.store(forReading: !self.post)
        let tenant = try await self.whose.tenant(in: store)
        var outcome = try await self.check(store, tenant, month, shelf)
        // An aggregator may have written between two pages: only what is found twice is a difference.
        if !outcome.isSound { outcome = try await self.check(store, tenant, month, shelf) }
        let posting = SettlePosting(
            store: store, tenant: tenant, now: WallClock.now(), posts: self.post, prices: try self.prices())
        let blocks = try await SettledBlocks(store, tenant)
        let awards = try await pages { try await store.awards(tenant: tenant, after: $0?.id) }
        try await posting.blocks(blocks, awards, into: &outcome.posting) { self.isWanted($0, $1, month) }
        let days = SettleDays(
            store: store, tenant: tenant, blocks: try await SettledBlocks(store, tenant),
            limit: WallClock.now() - .seconds(self.graceMinutes * 60))
        try await posting.days(days, into: &outcome.posting) { self.isWanted($0, $1, month) }
        if let period, let month {
            // Looked up again: what was posted above counts.
            try await posting.month(period, month, try await SettledBlocks(store, tenant), into: &outcome.posting)
        }
        try await self.sites(meters, store, tenant, month, &outcome)
        await store.database.close()
        if self.json {
            try printJSON(outcome)
        } else {
            for difference in outcome.differences { print(difference) }
            for award in outcome.unsettled { print("award \(award): its block is over and not settled") }
            print(
                "\(outcome.blocks) blocks, \(outcome.seconds) metered seconds,"
                    + " \(outcome.differences.count + outcome.unsettled.count) differences")
            outcome.sites.forEach { print($0.line) }
            outcome.siteFindings.forEach { print($0) }
            if self.post || outcome.posting.transactions > 0 {
                print(outcome.posting.text + (self.post ? " posted" : " to post with --post"))
            }
        }
        if !outcome.isSound || !outcome.siteFindings.isEmpty { throw ExitCode(1) }
    }

    func validate() throws {
        guard (0.0...100).contains(self.siteTolerance), (1...1_440).contains(self.siteReferenceMinutes) else {
            throw ValidationError("--site-tolerance is 0 to 100 percent, --site-reference-minutes 1 to 1440")
        }
    }

    /// What chargers and boundaries say of the blocks that are looked at.
    private func sites(
        _ meters: SiteMeterTable?, _ store: Store, _ tenant: TenantID, _ month: MarketInterval?,
        _ outcome: inout Outcome
    ) async throws {
        let settling = SettleSites(
            store: store, tenant: tenant, file: meters, reference: .seconds(self.siteReferenceMinutes * 60),
            tolerance: .init(perMille: Int((self.siteTolerance * 10).rounded())))
        let blocks = try await SettledBlocks(store, tenant)
        for award in blocks.awards where self.isWanted(award.id, award.start, month) {
            guard let block = try await blocks.latest(award.id) else { continue }
            outcome.sites += try await settling.outcomes(block)
        }
        let seen = Set(outcome.sites.map(\.site))
        outcome.siteFindings =
            outcome.sites.flatMap { site in site.findings.map { "block \(site.award): \($0)" } }
            + (meters?.rows.keys.filter { !seen.contains($0) } ?? []).sorted().map {
                "site \($0): no charger of it was read in a block that is looked at: is its name right?"
            }
    }

    /// The market's prices after the fact.
    private func prices() throws -> MarketPrices {
        MarketPrices(
            imbalance: try self.imbalance.map { try PriceCSV.read(path: $0, column: "imbalance_per_mwh") },
            mileage: try self.mileage.map { try PriceCSV.read(path: $0, column: "mileage_per_mw") })
    }

    private func isWanted(_ award: AwardID, _ start: Instant, _ month: MarketInterval?) -> Bool {
        (self.award.map { award.rawValue == $0 } ?? true) && (month?.contains(start) ?? true)
    }

    private func check(
        _ store: Store, _ tenant: TenantID, _ month: MarketInterval?, _ shelf: PackShelf?
    ) async throws -> Outcome {
        let awards = try await pages { try await store.awards(tenant: tenant, after: $0?.id) }
        let known = Dictionary(awards.map { ($0.id, $0) }) { first, _ in first }
        let blocks = try await SettledBlocks(store, tenant)
        var outcome = Outcome()
        for settled in blocks.awards where self.isWanted(settled.id, settled.start, month) {
            guard let block = try await blocks.first(settled.id) else { continue }
            var check = BlockCheck(block)
            // An hour at a time, so that a day's block needs no more memory than an hour's.
            var from = block.award.block.start
            while from < check.end {
                let to = min(from + .hours(1), check.end)
                check.take(
                    try await store.samples(
                        tenant: tenant, resource: block.award.resource, in: MarketInterval(start: from, end: to)))
                from = to
            }
            outcome.blocks += 1
            outcome.seconds += check.seconds
            let posted = try await blocks.postings(of: block)
            outcome.differences += check.differences(award: known[block.award.id]) { posted[$0] }
            outcome.differences += shelf.map { BlockCheck.differences(block, terms: $0) } ?? []
        }
        let settled = Set(blocks.awards.map(\.id))
        let limit = WallClock.now() - .seconds(self.graceMinutes * 60)
        outcome.unsettled =
            awards.filter {
                self.isWanted($0.id, $0.block.start, month) && !settled.contains($0.id) && $0.block.end < limit
            }.map(\.id)
        return outcome
    }
}
