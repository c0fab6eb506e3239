public import ArgumentParser
import Domain
import Foundation
import GridCodes
import Runtime
public import Twin

/// The twin: a day in virtual time with the real engine and edge controller.
struct TwinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "twin", abstract: "Play a day in virtual time, and compare two such days.",
        discussion: """
            Example: headroom twin run --config Config/demo/twin.yaml --sessions day.csv \
            --product DEMO-FR --award 300 --out out
            """,
        subcommands: [Run.self, Compare.self])
}

extension TwinCommand {
    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the twin over files; the contract of the files is in Sources/Twin/README.md.",
            discussion: """
                Writes kpis.json, setpoints.csv, delivered.csv, vehicles.csv and report.html.
                Example: headroom twin run --config Config/demo/twin.yaml --sessions day.csv \
                --signal frequency.csv --product DEMO-FR --award 300 --step 0.2 --out out
                """)

        @Option(help: "Twin configuration (YAML).") var config: String
        @Option(help: "A folder of Config/regions, in place of the configuration's `region`.") var region: String?
        @Option(help: "Charging sessions (CSV).") var sessions: String
        @Option(help: "Frequency or regulation signal (CSV).") var signal: String?
        @Option(help: "frequency (Hz) or regulation (per unit of the award); else what the product is called by.")
        var signalKind: SignalKind?
        @Option(help: "Prices (CSV).") var prices: String?
        @Option(help: "Loads of the sites (CSV).") var load: String?
        @Option(help: "Product id.") var product: String
        @Option(help: "Award in kW, per direction.") var award: Double
        @Option(help: "Seconds a step, 0.01 to 900: 0.05 is 20 Hz.") var step = 4.0
        @Option(help: "Folder for the results.") var out: String
        @Flag(help: "Print kpis.json in place of a summary.") var json = false

        func validate() throws {
            guard self.award >= 0, self.award <= 1e7 else {
                throw ValidationError("--award: 0 to 10000000 kW")
            }
            let milliseconds = self.step * 1_000
            guard (10...900_000).contains(milliseconds), abs(milliseconds.rounded() - milliseconds) < 1e-6
            else { throw ValidationError("--step: 0.01 to 900 seconds, whole milliseconds") }
        }

        func run() throws {
            let input = try self.input()
            let start = ContinuousClock.now
            let processor = clock()
            var run = TwinRun(input)
            var meter = TwinProgress()
            while run.advance(steps: 200) { meter.show(run.progress) }
            meter.end()
            let report = run.finish()
            let effort = TwinKPIs.Effort(
                wallMilliseconds: Int((ContinuousClock.now - start) / .milliseconds(1)),
                cpuMilliseconds: Int(clock() - processor) / 1_000)
            let kpis = report.kpis.json(effort)
            try TwinFiles.write(
                [
                    ("setpoints.csv", report.setpointsCSV), ("delivered.csv", report.deliveredCSV),
                    ("vehicles.csv", report.vehiclesCSV), ("report.html", report.html(effort)), ("kpis.json", kpis),
                ], into: self.out)
            print(self.json ? kpis : self.summary(report.kpis, effort), terminator: self.json ? "" : "\n")
        }

        private func input() throws -> TwinInput {
            let config = try StrictYAML.load(TwinConfig.self, from: self.config)
            let name = self.region ?? config.region
            let pack = try StrictYAML.load(
                RegionPack.self, from: try RegionFiles.file(of: name, config: self.config)
            ).zoned
            let product = ProductID(self.product)
            let kind = self.signalKind ?? (pack.product(product)?.activation == .signal ? .regulation : .frequency)
            return try TwinInput(
                config: config, region: pack, product: product,
                award: Power(watts: Int((self.award * 1_000).rounded())),
                sessions: try Session.read(try TwinFiles.read(self.sessions)),
                signal: try self.signal.map { try SignalSeries.read(try TwinFiles.read($0), kind: kind) },
                prices: try self.prices.map { try PriceSeries.read(try TwinFiles.read($0)) } ?? .none,
                loads: try self.load.map { try SiteLoads.read(try TwinFiles.read($0)) } ?? .none,
                step: .milliseconds(Int((self.step * 1_000).rounded())))
        }

        private func summary(_ kpis: TwinKPIs, _ effort: TwinKPIs.Effort) -> String {
            let seconds = Double(effort.cpuMilliseconds) / 1_000
            return """
                \(kpis.readinessMet) of \(kpis.sessions) cars left as promised
                \(kpis.delivered.wattHours / 1_000) kWh delivered of \(kpis.requested.wattHours / 1_000) kWh requested
                \(kpis.capacityRevenue.decimal) \(kpis.capacityRevenue.currency.rawValue) for capacity
                \(kpis.steps) steps in \(seconds) s of CPU time; all figures in \(self.out)
                """
        }
    }
}

extension SignalKind: ExpressibleByArgument {}
