import ArgumentParser
import Domain
import Foundation
import GridCodes
import Portal
import Runtime
import Stations
import Storage

/// Which stations of a fleet could serve which product, before anybody is asked to; and which have proven it.
struct QualifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qualify",
        abstract: "Say which stations of a fleet could serve which product, and why the others could not.",
        discussion: """
            Example: headroom qualify fleet.csv --region Config/regions/gb/region.yaml --config aggregator.yaml

            The fleet file is that of `headroom stations` (Sources/Stations/README.md): what the data sheets say. With a \
            database, what each station's meter has proven counts where it says something else: a station is then \
            proven, not yet proven, or refused.
            """)

    @Argument(help: "Fleet file (CSV).") var fleet: String
    @Option(help: "A region: its name, or its file; several times. Default: every one of Config/regions.")
    var region: [String] = []
    @OptionGroup var database: DatabaseOption
    @OptionGroup var whose: TenantOption
    @Option(help: "An aggregator's configuration: it says where the database is, and whose.") var config: String?
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let stations = try FleetCSV.read(try fileText(self.fleet), name: self.fleet)
        let names = self.region.isEmpty ? RegionFiles.names(near: self.fleet) : self.region
        let packs = try names.map { name in
            try loadRegion(
                name.hasSuffix(".yaml") ? name : try RegionFiles.file(of: name, config: self.fleet))
        }
        let known = try await self.trust()
        let verdicts = packs.flatMap { pack in
            pack.products.map { Qualification(stations, for: $0, region: pack.region.rawValue, trust: known) }
        }
        if self.json { return try printJSON(["products": verdicts]) }
        for verdict in verdicts { print(verdict) }
    }

    /// What is held of each station; nil where no database is named.
    private func trust() async throws -> [StationID: [TrustRecord]]? {
        let configuration = try self.config.map { try StrictYAML.load(AggregatorConfiguration.self, from: $0) }
        let isNamed = self.database.database != nil || ProcessInfo.processInfo.environment["HEADROOM_DATABASE"] != nil
        guard configuration != nil || isNamed else { return nil }
        let store = try await self.database.store(forReading: true, usual: configuration?.databaseURL)
        let tenant: TenantID
        if let configuration, self.whose.tenant == nil {
            tenant = configuration.tenant
        } else {
            tenant = try await self.whose.tenant(in: store)
        }
        return Dictionary(grouping: try await store.trust(tenant: tenant), by: \.station)
    }
}

/// What a fleet could do for one product: by what its data sheets say, and by what its meters have proven.
struct Qualification: Encodable, CustomStringConvertible {
    struct Refusal: Encodable, Equatable {
        var reason: String
        var stations: [String]
    }
    var region: String
    var product: String
    /// Stations that could serve it; with a database those of them whose meter has proven it, and the others.
    var stations: [String]
    var proven: [String]?
    var notYetProven: [String]?
    /// Their charging and discharging power together, W: the most that could ever be moved one way, less what they
    /// usually fail to deliver.
    var watts: Int
    /// Least that can be bid, W.
    var minimumBidWatts: Int
    /// Why the others could not, each reason once.
    var refusals: [Refusal]

    var isEnough: Bool { self.watts >= self.minimumBidWatts }

    init(
        _ fleet: [StationSpec], for product: Product, region: String, trust: [StationID: [TrustRecord]]? = nil
    ) {
        self.region = region
        self.product = product.id.rawValue
        self.minimumBidWatts = product.minimumBidWatts
        self.stations = []
        self.watts = 0
        self.refusals = []
        for station in fleet {
            // Of several charging points the worst counts: the fleet file knows one a station.
            let known = trust?[station.station]?.max { $0.badness < $1.badness }
            if let reason = station.refusal(of: product, known) {
                self.refuse(station.station.rawValue, reason)
            } else {
                self.stations.append(station.station.rawValue)
                self.watts += station.swing.watts * min(1_000, max(0, known?.soldPerMille ?? 1_000)) / 1_000
            }
        }
        guard let trust else { return }
        let isProven = Set(trust.filter { $0.value.allSatisfy(\.isTimed) }.keys.map(\.rawValue))
        self.proven = self.stations.filter(isProven.contains)
        self.notYetProven = self.stations.filter { !isProven.contains($0) }
    }

    private mutating func refuse(_ station: String, _ reason: String) {
        if let index = self.refusals.firstIndex(where: { $0.reason == reason }) {
            self.refusals[index].stations.append(station)
        } else {
            self.refusals.append(Refusal(reason: reason, stations: [station]))
        }
    }

    var description: String {
        let power = "\(self.watts / 1_000) kW, least bid \(self.minimumBidWatts / 1_000) kW"
        let head =
            "\(self.region) \(self.product): \(self.stations.count) stations, \(power)"
            + (self.isEnough ? "" : ": not enough for a bid")
        var rows: [String] = []
        if let proven = self.proven, !proven.isEmpty { rows.append("  proven: \(Self.some(proven))") }
        if let open = self.notYetProven, !open.isEmpty { rows.append("  not yet proven: \(Self.some(open))") }
        rows += self.refusals.map { "  not \(Self.some($0.stations)): \($0.reason)" }
        return ([head] + rows).joined(separator: "\n")
    }

    private static func some(_ stations: [String]) -> String {
        stations.prefix(5).joined(separator: ", ")
            + (stations.count > 5 ? " and \(stations.count - 5) more" : "")
    }
}

extension TrustRecord {
    /// It was seen to follow, and how fast.
    fileprivate var isTimed: Bool {
        (self.verdict == .proven || self.verdict == .derated) && self.fullResponse != nil
    }

    /// What of its power is sold, in 1/1000.
    fileprivate var soldPerMille: Int { self.verdict == .derated ? self.gainPerMille : 1_000 }

    fileprivate var badness: Int {
        switch self.verdict {
        case .ignoring: .max
        case .withheld: .max - 1
        case .unproven, .proven, .derated: self.fullResponse?.least.milliseconds ?? 0
        }
    }
}

extension StationSpec {
    /// What it can be made to do over its version of OCPP.
    fileprivate var capability: Capability {
        switch self.v2x {
        case .no: .curtail
        case .yes: .setpoint
        case .curve, .control: self.version == .v21 ? .residentCurve : .setpoint
        }
    }

    /// Why it may not serve a product, by its data sheet and by what its meter has proven; nil where it may.
    fileprivate func refusal(of product: Product, _ known: TrustRecord?) -> String? {
        switch known?.verdict {
        case .ignoring:
            let since = known?.ignoresSince.map { " since \(Format.time($0)) UTC" } ?? ""
            return "accepts and does nothing\(since)"
        case .withheld: return "delivered less than half of what it was asked for"
        case .unproven, .proven, .derated, nil: break
        }
        guard let proven = known?.fullResponse else {
            return product.refusal(capability: self.capability, responseTime: self.fullResponse)
        }
        let response = proven.reckoned(said: self.fullResponse)
        guard let reason = product.refusal(capability: self.capability, responseTime: response) else { return nil }
        return response > self.fullResponse ? "\(reason) (its meter proved it)" : reason
    }

    /// The most that it can be moved by: from full charging to full discharge, or to nothing.
    fileprivate var swing: Power {
        self.v2x == .no ? self.maxCharge : self.maxCharge + self.maxDischarge
    }

    /// From the command until the last watt of its swing has come.
    fileprivate var fullResponse: TimeSpan {
        let ramp = max(1, self.rampPerSecond.watts)
        return self.latency + .milliseconds(self.swing.watts * 1_000 / ramp)
    }
}
