import ArgumentParser
import Domain
import Foundation
import GridCodes
import Stations

/// Which stations of a fleet could serve which product, before anybody is asked to.
struct QualifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qualify",
        abstract: "Say which stations of a fleet could serve which product, and why the others could not.",
        discussion: """
            Example: headroom qualify fleet.csv --region Config/regions/gb/region.yaml --region demo

            The fleet file is that of `headroom stations` (Sources/Stations/README.md): what the data sheets say. An \
            aggregator that runs counts with what each station's meter proved, which may be less.
            """)

    @Argument(help: "Fleet file (CSV).") var fleet: String
    @Option(help: "A region: its name, or its file; several times. Default: every one of Config/regions.")
    var region: [String] = []
    @Flag(help: "One JSON object.") var json = false

    func run() throws {
        let stations = try FleetCSV.read(try fileText(self.fleet), name: self.fleet)
        let names = self.region.isEmpty ? RegionFiles.names(near: self.fleet) : self.region
        let packs = try names.map { name in
            try loadRegion(
                name.hasSuffix(".yaml") ? name : try RegionFiles.file(of: name, config: self.fleet))
        }
        let verdicts = packs.flatMap { pack in
            pack.products.map { Qualification(stations, for: $0, region: pack.region.rawValue) }
        }
        if self.json { return try printJSON(["products": verdicts]) }
        for verdict in verdicts { print(verdict) }
    }
}

/// What a fleet could do for one product, by what its data sheets say.
struct Qualification: Encodable, CustomStringConvertible {
    struct Refusal: Encodable, Equatable {
        var reason: String
        var stations: [String]
    }
    var region: String
    var product: String
    /// Stations that could serve it.
    var stations: [String]
    /// Their charging and discharging power together, W: the most that could ever be moved one way.
    var watts: Int
    /// Least that can be bid, W.
    var minimumBidWatts: Int
    /// Why the others could not, each reason once.
    var refusals: [Refusal]

    var isEnough: Bool { self.watts >= self.minimumBidWatts }

    init(_ fleet: [StationSpec], for product: Product, region: String) {
        self.region = region
        self.product = product.id.rawValue
        self.minimumBidWatts = product.minimumBidWatts
        self.stations = []
        self.watts = 0
        self.refusals = []
        for station in fleet {
            let response = station.fullResponse
            if let reason = product.refusal(capability: station.capability, responseTime: response) {
                if let index = self.refusals.firstIndex(where: { $0.reason == reason }) {
                    self.refusals[index].stations.append(station.station.rawValue)
                } else {
                    self.refusals.append(Refusal(reason: reason, stations: [station.station.rawValue]))
                }
            } else {
                self.stations.append(station.station.rawValue)
                self.watts += station.swing.watts
            }
        }
    }

    var description: String {
        let power = "\(self.watts / 1_000) kW, least bid \(self.minimumBidWatts / 1_000) kW"
        let head =
            "\(self.region) \(self.product): \(self.stations.count) stations, \(power)"
            + (self.isEnough ? "" : ": not enough for a bid")
        let rows = self.refusals.map { refusal in
            let named = refusal.stations.prefix(5).joined(separator: ", ")
            let rest = refusal.stations.count > 5 ? " and \(refusal.stations.count - 5) more" : ""
            return "  not \(named)\(rest): \(refusal.reason)"
        }
        return ([head] + rows).joined(separator: "\n")
    }
}

extension StationSpec {
    /// What it can be made to do over its version of OCPP.
    fileprivate var capability: Capability {
        switch self.v2x {
        case .no: .curtail
        case .yes: .setpoint
        case .curve: self.version == .v21 ? .residentCurve : .setpoint
        }
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
