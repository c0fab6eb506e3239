import ArgumentParser
import Domain
import Foundation
import Ledger
import Runtime
import Storage

/// The meters at sites' boundaries: whoever reads them out hands their files over here.
struct SiteMetersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site-meters", abstract: "Store what the meters at sites' boundaries measured.",
        discussion: """
            Example: headroom site-meters boundary.csv --database sqlite:headroom.db

            The file is time,site,kw: means from each time until the next row of the site, + = load, buildings included. A \
            row that is known changes nothing; of two that differ the first stands, and the count says so. All of a \
            file is stored or, where a line is wrong or a site is not enrolled, nothing. `headroom settle` then \
            sets each block at each such site beside its chargers, also where rows come later than the block was settled.
            """)

    @OptionGroup var database: DatabaseOption
    @OptionGroup var whose: TenantOption
    @Argument(help: "The CSV file.") var file: String
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let table = try SettleSites.table(self.file)
        let now = WallClock.now()
        let rows = table.kept.sorted { $0.key < $1.key }.flatMap { site, rows in
            rows.map {
                SiteMeterRow(site: site, at: $0.at, seconds: $0.seconds ?? 0, watts: $0.watts, receivedAt: now)
            }
        }
        if let wrong = rows.first(where: { $0.at > now }) {
            throw RuntimeError(
                .failed,
                "\(self.file): site \(wrong.site) has a row after now: correct its time, or this machine's clock")
        }
        let store = try await self.database.store()
        let outcome = try await store.keep(rows, tenant: try await self.whose.tenant(in: store))
        await store.database.close()
        guard !self.json else { return try printJSON(outcome) }
        print(
            "\(outcome.stored) rows stored, \(outcome.doubled) were known, \(outcome.differing) of them as something else:"
                + " the first stands")
    }
}
