import Aggregator
import ArgumentParser
import Domain
import Foundation
import GridCodes
import Logging
import Runtime
import Stations
import Twin
import Worker

struct AggregatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aggregator", abstract: "Run the aggregator of a market zone.",
        discussion: "Example: headroom aggregator --config aggregator.yaml")

    @Option(help: "Configuration (YAML).") var config: String

    func run() async throws {
        let (logger, registry) = ProcessRunner.start("aggregator")
        let configuration = try StrictYAML.load(AggregatorConfiguration.self, from: self.config)
        let readiness = Readiness(parts: ["services"])
        let services = try await AggregatorProcess.services(configuration, readiness: readiness, logger: logger)
        try await ProcessRunner.run(
            services, metricsPort: configuration.metricsPort, readiness: readiness, registry: registry, logger: logger)
    }
}

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run the worker of a depot: OCPP server and edge controller.",
        discussion: "Example: headroom worker --config worker.yaml")

    @Option(help: "Configuration (YAML).") var config: String

    func run() async throws {
        let (logger, registry) = ProcessRunner.start("worker")
        let configuration = try StrictYAML.load(WorkerConfiguration.self, from: self.config)
        let service = try WorkerService(configuration, logger: logger)
        try await ProcessRunner.run(
            [service], metricsPort: configuration.metricsPort, registry: registry, logger: logger)
    }
}

struct TwinWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "twin-worker", abstract: "Run a worker of simulated cars, to load an aggregator.",
        discussion: "Example: headroom twin-worker --config crowd.yaml")

    @Option(help: "Configuration (YAML): worker, fleetLink, regionFile, name, vehicles, meterSeconds, metricsPort.")
    var config: String

    func run() async throws {
        let (logger, registry) = ProcessRunner.start("twin-worker")
        let configuration = try StrictYAML.load(TwinWorkerConfiguration.self, from: self.config)
        let service = try TwinWorker(configuration, logger: logger)
        try await ProcessRunner.run(
            [service], metricsPort: configuration.metricsPort, registry: registry, logger: logger)
    }
}

/// What `headroom utility` is told.
struct UtilityProcessConfiguration: Codable, Hashable, Sendable {
    struct FastSignal: Codable, Hashable, Sendable {
        var endpoint: String
        /// The utility's name, which is also the name of its key.
        var name: String
        var keyFile: String
        var aggregatorKey: String
    }
    var regionFile: String
    var utility: UtilityConfiguration
    var fastSignal: FastSignal?
    var metricsPort: Int
}

struct UtilityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "utility", abstract: "Run a stand-in utility and grid operator.",
        discussion: "Example: headroom utility --config utility.yaml")

    @Option(help: "Configuration (YAML).") var config: String

    func run() async throws {
        let (logger, registry) = ProcessRunner.start("utility")
        let configuration = try StrictYAML.load(UtilityProcessConfiguration.self, from: self.config)
        let region = try loadRegion(configuration.regionFile)
        let uplink = try configuration.fastSignal.map {
            try FastSignalUplink(
                endpoint: $0.endpoint, name: $0.name, keyFile: $0.keyFile, serverKey: $0.aggregatorKey)
        }
        let service = try UtilityService(
            configuration.utility, region: region, uplink: uplink ?? NoSignalUplink(), logger: logger)
        defer { uplink?.stop() }
        try await ProcessRunner.run(
            [service], metricsPort: configuration.metricsPort, registry: registry, logger: logger)
    }
}

struct StationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stations", abstract: "Run simulated charging stations with cars.",
        discussion: "Example: headroom stations --url ws://127.0.0.1:9000/ocpp --count 50 --ocpp 2.1")

    @Option(help: "Where they dial: ws:// or wss://HOST:PORT/ocpp; may be given several times, sites in turn.")
    var url: [String]
    @Option(help: "How many, when no fleet file is given.") var count: Int?
    @Option(help: "Version of all: 1.6, 2.0.1 or 2.1.") var ocpp: String?
    @Option(help: "Stations and cars (CSV; columns in Sources/Stations/README.md).") var fleet: String?
    @Option(help: "Passwords (CSV station_id,secret).") var secrets: String?
    @Option(help: "The grid's frequency (CSV time,value in Hz).") var frequency: String?
    @Option(help: "Seed of everything that is drawn.") var seed: UInt64 = 1
    @Option(help: "Port of /metrics and /healthz.") var metricsPort = 9_468

    func run() async throws {
        let version = try self.ocpp.map { text throws -> StationVersion in
            guard let version = StationVersion(rawValue: text) else {
                throw ValidationError("--ocpp is 1.6, 2.0.1 or 2.1")
            }
            return version
        }
        guard (self.count == nil) != (self.fleet == nil) else {
            throw ValidationError("give either --count or --fleet")
        }
        let (logger, registry) = ProcessRunner.start("stations")
        let stations =
            try self.fleet.map { try FleetCSV.read(try fileText($0), name: $0) }
            ?? DemoFleet.stations(count: self.count ?? 0, seed: self.seed, version: version)
        let options = try StationsOptions(
            endpoints: try self.url.map { try StationsEndpoint($0) }, stations: stations,
            secrets: try self.secrets.map { try Secrets.read(try fileText($0), name: $0) } ?? .none, seed: self.seed,
            frequency: try self.frequency.map { try SignalSeries.read(try fileText($0), kind: .frequency, name: $0) })
        let service = StationsService(options: options, logger: logger)
        try await ProcessRunner.run([service], metricsPort: self.metricsPort, registry: registry, logger: logger)
    }
}

/// A file's text; the error names the file.
func fileText(_ path: String) throws -> String {
    do {
        return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
        throw RuntimeError(.fileMissing, "cannot read \(path): give an existing, readable file")
    }
}
