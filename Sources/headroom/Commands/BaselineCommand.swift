import ArgumentParser
import Foundation
import GridCodes
import Runtime

/// What a site would have drawn, by a regression, for programmes that measure by one.
struct BaselineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "Measure an event against what hour of the week and temperature say that sites draw.",
        discussion: """
            Example: headroom baseline loads.csv --temperatures weather.csv --of depot-a --date 2026-11-24 --hours 17-19

            The loads are date,hour,id,kw and may end in ,dispatched (1: something was asked of the site in that hour; it \
            then teaches nothing), the temperatures date,hour,celsius, both by the local clock. The model is that of \
            CalTRACK's hourly methods over the year before the event, with one segment.
            """)

    @Argument(help: "Hourly loads by the local clock, CSV.") var table: String
    @Option(help: "Hourly temperatures by the local clock, CSV.") var temperatures: String
    @Option(help: "The sites that are dispatched, with commas; measured together.") var of: String
    @Option(help: "The event's day, YYYY-MM-DD.") var date: String
    @Option(help: "Hours of the event by the local clock, such as 17-19.") var hours: String
    @Flag(help: "One JSON object.") var json = false

    func validate() throws {
        guard CivilDate(self.date) != nil else { throw ValidationError("--date is a day such as 2026-11-24") }
        guard hourSpan(self.hours) != nil else { throw ValidationError("--hours are two hours of a day such as 17-19") }
    }

    func run() throws {
        guard let span = hourSpan(self.hours), let date = CivilDate(self.date) else { return }
        let loads = try self.read(self.table) { try LoadTable(csv: $0) }
        let weather = try self.read(self.temperatures) { try TemperatureTable(csv: $0) }
        let report: RegressionReport
        do {
            report = try RegressionReport(
                loads, weather, units: self.of.split(separator: ",").map(String.init), date: date, event: span)
        } catch {
            throw RuntimeError(.failed, "\(self.table): \(error.reason)")
        }
        if self.json { try printJSON(report) } else { report.lines.forEach { print($0) } }
    }

    /// The error names the file.
    private func read<Table>(_ path: String, _ parse: (String) throws -> Table) throws -> Table {
        let text = try TwinFiles.read(path)
        do {
            return try parse(text)
        } catch let error as BaselineRefusal {
            throw RuntimeError(.failed, "\(path): \(error.reason)")
        }
    }
}
