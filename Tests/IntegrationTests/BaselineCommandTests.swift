import Foundation
import GridCodes
import TestSupport
import Testing

/// `headroom baseline` as a user types it.
@Suite(.wantsHeadroom, .ownThreads) struct BaselineCommandTests {
    /// Four weeks of a site that draws 50 kW, 10 more by day, and gave 20 from five to seven on the last day.
    @Test func anEventIsMeasuredByTables() async throws {
        try await Program.withHeadroom { headroom, folder in
            let first = CivilDate(year: 2026, month: 11, day: 2)
            var (loads, weather) = (["date,hour,id,kw,dispatched"], ["date,hour,celsius"])
            for day in 0..<28 {
                for hour in 0..<24 {
                    let isDown = day == 27 && (17..<19).contains(hour)
                    let load = 50 + ((8..<20).contains(hour) ? 10 : 0) - (isDown ? 20 : 0)
                    loads.append("\(first + day),\(hour),depot,\(load),\(isDown ? 1 : 0)")
                    weather.append("\(first + day),\(hour),\(Double((day * 7 + hour) % 20) / 2)")
                }
            }
            let paths = ["loads.csv", "weather.csv"].map { folder.appending(path: $0) }
            for (path, lines) in zip(paths, [loads, weather]) {
                try Data(lines.joined(separator: "\n").utf8).write(to: path)
            }
            func run(_ more: [String], weather: String? = nil) throws -> Program.Outcome {
                try Program.run(
                    headroom,
                    ["baseline", paths[0].path, "--temperatures", weather ?? paths[1].path, "--of", "depot"] + more)
            }
            let event = ["--date", "\(first + 27)", "--hours", "17-19"]
            let found = try run(event)
            #expect(found.status == 0, "\(found.errors)")
            #expect(
                found.output.contains("hour 17: baseline 60.0 kW, metered 40.0 kW, delivered 20.0 kW"),
                "\(found.output)")
            let json = try run(event + ["--json"])
            #expect(json.output.contains("\"deliveredWatts\":20000"), "\(json.output)")
            let refused = try run(event, weather: paths[0].path)
            #expect(refused.status == 1 && refused.errors.contains("loads.csv: line 1: the header must be"))
            #expect(try run(["--date", "2026-02-30", "--hours", "17-19"]).status == 2)
            #expect(try run(["--date", "2026-11-29", "--hours", "19-17"]).status == 2)
        }
    }
}
