import ArgumentParser
import Domain
import Foundation
import Ledger
import Storage

/// Who decided over what was moved beside us.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Print every decision of drivers, owners, sites and the network over what was moved in a month.",
        discussion: """
            Example: headroom audit --period 2026-11 --format csv

            Priority charging, limits from outside, grid alarms, other departures and targets, consents: who, what, when, \
            and what it was before. Oldest first; times in UTC.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case csv
        case json
    }

    @OptionGroup var database: DatabaseOption
    @OptionGroup var whose: TenantOption
    @Option(help: "Month as YYYY-MM, UTC.") var period: String
    @Option(help: "Only over the cars of this owner.") var owner: String?
    @Option(help: "csv or json.") var format = Format.csv

    private struct Answer: Encodable {
        var overrides: [OverrideRecord]
    }

    func run() async throws {
        let month = try periodMonth(self.period)
        let store = try await self.database.store(forReading: true)
        let records = try await store.overrides(
            tenant: try await self.whose.tenant(in: store), owner: self.owner.map { OwnerID($0) }, in: month,
            limit: 1_000_000)
        switch self.format {
        case .json: try printJSON(Answer(overrides: records.reversed()))
        case .csv:
            print("at,kind,over,by,vehicle,owner,station,evse,before,after")
            for record in records.reversed() { print(Self.line(record)) }
        }
    }

    private static func line(_ record: OverrideRecord) -> String {
        [
            iso(record.at), record.kind.rawValue, record.isOver ? "yes" : "no", record.source,
            record.vehicle?.rawValue ?? "", record.owner?.rawValue ?? "", record.station?.rawValue ?? "",
            record.evse.map { "\($0)" } ?? "", record.before, record.after,
        ].map(csvField).joined(separator: ",")
    }
}
