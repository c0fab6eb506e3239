import ArgumentParser
import Domain
import Foundation
import GridCodes
import Planning
import Runtime
import Solver
import Twin

/// What is best to bid of a fleet for all products together.
struct BidsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bids", abstract: "Plan what to bid of a fleet over a day.",
        discussion: "Example: headroom bids plan --config Config/demo/twin.yaml --sessions day.csv --prices prices.csv",
        subcommands: [Plan.self])
}

extension BidsCommand {
    struct Plan: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Choose energy and reserve over the day for all products together.",
            discussion: """
                Revenue less wear, losses, energy and expected penalty, under departures, energy behind what is sold, what is \
                firm at each product's own quantile, sites' limits and the bids' shapes; each car's part is checked. Sessions \
                that end before --from tell what such days held: from fourteen judged days on risks are measured, under \
                that they are assumed (--stay). Files are those of `headroom twin run`; prices have the \
                availability of up and down. With --json the plan is what an aggregator takes (POST /api/v1/bids/plan).
                Example: headroom bids plan --config Config/demo/twin.yaml --sessions day.csv --prices prices.csv \
                --product DEMO-FR --from 2026-01-15T00:00:00+00:00 --hours 24
                """)

        @Option(help: "Twin configuration (YAML): sites, wear, region.") var config: String
        @Option(help: "A folder of Config/regions, in place of the configuration's `region`.") var region: String?
        @Option(help: "Charging sessions (CSV).") var sessions: String
        @Option(help: "Prices (CSV).") var prices: String
        @Option(help: "Product id; several times. Default: all that the region dispatches.") var product: [String] = []
        @Option(help: "Begin of the day (ISO 8601). Default: the first price.") var from: String?
        @Option(help: "Hours, 1 to 48.") var hours = 24
        @Option(help: "Minutes a slot, 5 to 240.") var slot = 60
        @Option(help: "Per mille of the power sold that is called in the mean, 0 to 1000.") var called = 30
        @Option(help: "Per mille of cars that stay as said, where no risk is measured yet, 500 to 1000.") var stay = 980
        @Option(help: "Penalty in the region's currency per MW and hour missing. Default: each product's own rule.")
        var penalty: Double?
        @Option(help: "Products of which at no time more than one is bid, such as A,B; several times.")
        var exclusive: [String] = []
        @Option(help: "Seconds that the solver may take, 1 to 600.") var seconds = 60
        @Option(help: "Stays within so many Wh are planned as one, 1 to 20000.") var bin = 2_000
        @Option(help: "Resource that the plan is for.") var resource = "fleet"
        @Flag(help: "Print the plan as JSON, for an aggregator.") var json = false

        func validate() throws {
            guard 1...48 ~= self.hours else { throw ValidationError("--hours: 1 to 48") }
            guard 5...240 ~= self.slot else { throw ValidationError("--slot: 5 to 240 minutes") }
            guard 0...1_000 ~= self.called else { throw ValidationError("--called: 0 to 1000 per mille") }
            guard 500...1_000 ~= self.stay else { throw ValidationError("--stay: 500 to 1000 per mille") }
            guard 0...10_000_000 ~= self.penalty ?? 0 else { throw ValidationError("--penalty: 0 to 10000000") }
            guard 1...20_000 ~= self.bin else { throw ValidationError("--bin: 1 to 20000 Wh") }
            guard 1...600 ~= self.seconds else { throw ValidationError("--seconds: 1 to 600") }
        }

        func run() throws {
            let day = try self.day()
            var solver = CoinSolver(patience: .seconds(self.seconds))
            let planner = BidPlanner(bin: self.bin)
            switch planner.plan(day.problem, with: &solver) {
            case .none(let reason): throw RuntimeError(.failed, reason)
            case .planned(let plan):
                let now = Instant(seconds: Int(Date().timeIntervalSince1970))
                let reasons = day.reasons(plan, of: planner, with: &solver)
                let bids = day.plan(plan, for: ResourceID(self.resource), reasons: reasons, at: now)
                if self.json { return try printJSON(bids) }
                self.show(day, plan, bids)
            }
        }

        private func day() throws -> BidDay {
            let config = try StrictYAML.load(TwinConfig.self, from: self.config)
            if let finding = config.findings.first { throw RuntimeError(.failed, "\(self.config): \(finding)") }
            let pack = try StrictYAML.load(
                RegionPack.self,
                from: try RegionFiles.file(of: self.region ?? config.region, config: self.config)
            ).zoned
            let prices = try PriceSeries.read(try TwinFiles.read(self.prices))
            let named = try self.from.map { text in
                guard let at = Timestamp.parse(text) else {
                    throw ValidationError("--from \(text): a time such as 2026-01-15T00:00:00+00:00")
                }
                return at
            }
            guard let start = named ?? prices.rows.first?.at else {
                throw RuntimeError(.failed, "\(self.prices) has no row: give prices of the day")
            }
            let products =
                self.product.isEmpty
                ? pack.products.filter { $0.notDispatched == nil }.map(\.id) : self.product.map { ProductID($0) }
            return try BidDay(
                sessions: try Session.read(try TwinFiles.read(self.sessions)), prices: prices, config: config,
                region: pack, products: products,
                interval: MarketInterval(start: start, end: start + .hours(self.hours)),
                slot: .minutes(self.slot), called: self.called * 10, stay: self.stay * 10,
                penalty: self.penalty.map { Int(($0 * 1_000_000).rounded()) },
                exclusive: self.exclusive.map { set in Set(set.split(separator: ",").map { ProductID(String($0)) }) })
        }

        private func show(_ day: BidDay, _ plan: BidPlanner.Plan, _ bids: BidPlan) {
            for words in day.leftOut.prefix(20) { print("left out: \(words)") }
            if day.leftOut.count > 20 { print("left out: \(day.leftOut.count - 20) more") }
            for entry in bids.entries {
                print(
                    "\(Timestamp.format(entry.block.start)) \(entry.product) \(entry.direction.rawValue):",
                    "\(entry.quantity.watts / 1_000) kW for \(entry.block.duration.seconds / 60) min"
                        + (entry.reason.map { ", \($0)" } ?? "")
                        + (entry.risk.map { "; \($0.explanation)" } ?? ""))
            }
            if bids.entries.isEmpty { print("nothing is worth bidding, or nothing reaches a least bid") }
            print(
                day.daysJudged >= 14
                    ? "risks are measured: \(day.daysJudged) days before were judged"
                    : "risks are assumed: \(day.daysJudged) days before were judged, fourteen are needed")
            let currency = day.currency.rawValue
            print(
                "\(day.problem.stays.count) stays in \(plan.groups) groups earn \(bids.gain.decimal) \(currency)",
                "with energy, wear and expected penalty taken off;",
                plan.choice.bound == .max
                    ? "how much more is possible is not known"
                    : "none earns more than \(bids.bound.decimal) \(currency)")
            print("by \(bids.solver), \(plan.choice.nodes) programs; each car's part was checked")
        }
    }
}
