import ArgumentParser
import Foundation
import GridCodes
import Runtime

/// Chooses a comparison group and says what it is worth, before anything is sold against it.
struct PeersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "Choose sites that are most like the ones to be dispatched, and measure an event against them.",
        discussion: """
            Example: headroom peers loads.csv --of depot-a,depot-b --each 3 --date 2026-11-24 --hours 17-19

            The table is date,hour,id,kw and may end in ,dispatched (1: something was asked of the site in that hour; it \
            then compares nothing). Enrol the peers to a resource with the same products and name it in the `comparison` \
            of the one that is sold: it never is.
            """)

    @Argument(help: "Hourly loads by the local clock, CSV.") var table: String
    @Option(help: "The sites that are dispatched, with commas; all others are the pool.") var of: String
    @Option(help: "Peers of each.") var each = 1
    @Option(help: "Like days by which both are compared; 0: point for point.") var days = 10
    @Option(help: "The event's day, YYYY-MM-DD.") var date: String
    @Option(help: "Hours of the event by the local clock, such as 17-19.") var hours: String
    @Flag(help: "One JSON object.") var json = false

    func validate() throws {
        guard self.each > 0, self.days >= 0 else { throw ValidationError("--each is at least 1, --days at least 0") }
        guard CivilDate(self.date) != nil else { throw ValidationError("--date is a day such as 2026-11-24") }
        guard hourSpan(self.hours) != nil else { throw ValidationError("--hours are two hours of a day such as 17-19") }
    }

    func run() throws {
        guard let span = hourSpan(self.hours), let date = CivilDate(self.date) else { return }
        let text = try TwinFiles.read(self.table)
        let report: PeerReport
        do {
            report = try PeerReport(
                LoadTable(csv: text), units: self.of.split(separator: ",").map(String.init), each: self.each,
                days: self.days, date: date, event: span)
        } catch {
            throw RuntimeError(.failed, "\(self.table): \(error.reason)")
        }
        if self.json { try printJSON(report) } else { report.lines.forEach { print($0) } }
    }
}

/// Hours of a day such as `17-19`.
func hourSpan(_ text: String) -> Range<Int>? {
    let ends = text.split(separator: "-").compactMap { Int($0) }
    guard ends.count == 2, ends[0] >= 0, ends[0] < ends[1], ends[1] <= 24 else { return nil }
    return ends[0]..<ends[1]
}
