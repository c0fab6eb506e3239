import ArgumentParser
import Domain
import Foundation
import GridCodes
import Runtime
import Twin

/// The twin: a day in virtual time with the real engine and edge controller.
struct TwinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "twin", abstract: "Play a day in virtual time.", subcommands: [Run.self])

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the twin over files; the contract of the files is in Sources/Twin/README.md.",
            discussion:
                "Example: headroom twin run --config Config/demo/twin.yaml --sessions day.csv --product DEMO-FR --award 300 --out out")

        @Option(help: "Twin configuration (YAML).") var config: String
        @Option(help: "Region whose product is sold: a folder of Config/regions.") var region = "demo"
        @Option(help: "Charging sessions (CSV).") var sessions: String
        @Option(help: "Frequency or regulation signal (CSV).") var signal: String?
        @Option(help: "frequency (Hz) or regulation (per unit of the award).") var signalKind = "frequency"
        @Option(help: "Prices (CSV).") var prices: String?
        @Option(help: "Loads of the sites (CSV).") var load: String?
        @Option(help: "Product id.") var product: String
        @Option(help: "Award in kW, per direction.") var award: Double
        @Option(help: "Seconds a step.") var step = 4
        @Option(help: "Folder for the results.") var out: String

        func run() throws {
            guard let kind = SignalKind(rawValue: self.signalKind) else {
                throw ValidationError("--signal-kind is frequency or regulation")
            }
            let pack = try StrictYAML.load(RegionPack.self, from: "Config/regions/\(self.region)/region.yaml")
            let input = try TwinInput(
                config: try StrictYAML.load(TwinConfig.self, from: self.config), region: pack,
                product: ProductID(self.product), award: Power(watts: Int(self.award * 1000)),
                sessions: try Session.read(try text(self.sessions)),
                signal: try self.signal.map { try SignalSeries.read(try text($0), kind: kind) },
                prices: try self.prices.map { try PriceSeries.read(try text($0)) } ?? .none,
                loads: try self.load.map { try SiteLoads.read(try text($0)) } ?? .none, step: .seconds(self.step))
            let start = ContinuousClock.now
            let processor = clock()
            var run = TwinRun(input)
            while run.advance(steps: 500) {}
            let report = run.finish()
            let effort = TwinKPIs.Effort(
                wallMilliseconds: Int((ContinuousClock.now - start) / .milliseconds(1)),
                cpuMilliseconds: Int(clock() - processor) / 1000)
            try FileManager.default.createDirectory(atPath: self.out, withIntermediateDirectories: true)
            for (name, body) in [
                ("kpis.json", report.kpis.json(effort)), ("setpoints.csv", report.setpointsCSV),
                ("delivered.csv", report.deliveredCSV), ("vehicles.csv", report.vehiclesCSV),
                ("report.html", report.html(effort)),
            ] { try Data(body.utf8).write(to: URL(filePath: "\(self.out)/\(name)")) }
            print(report.kpis.json(effort))
        }
    }
}

/// A file's text; the error names the file.
private func text(_ path: String) throws -> String {
    do {
        return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
        throw RuntimeError(.fileMissing, "cannot read \(path): give an existing, readable file")
    }
}
