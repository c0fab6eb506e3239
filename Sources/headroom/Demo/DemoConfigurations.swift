import Aggregator
import Domain
import Foundation
import GridCodes
import Portal
import Runtime
import Worker
import ZeroMQ

/// Writes what each process of the demo is told. JSON is YAML, so these files are read like any other.
struct DemoConfigurations {
    let layout: DemoLayout
    let start: Instant
    let minutes: Int
    /// Where the first block starts, and where the grid event does, in seconds from the start.
    static let blockAfter = 40
    static let eventAfter = 180

    private var region: String { self.layout.path("region.yaml") }
    private func tcp(_ port: Int) -> String { "tcp://127.0.0.1:\(port)" }
    var database: String { "sqlite:\(self.layout.path("headroom.db"))" }

    func write() throws {
        try self.writeRegion()
        let trace = GridEventTrace(
            start: self.start, leadSeconds: Self.eventAfter, tailSeconds: max(120, self.minutes * 60 - Self.eventAfter),
            seed: 9)
        try writeFile(trace.trace().csv, to: self.layout.path("frequency.csv"))
        for resource in DemoResource.allCases where resource != .response {
            try writeFile(self.regulation(resource).csv, to: self.layout.path("\(resource.rawValue).csv"))
        }
        let keys = try self.keys()
        let secret = randomText(24)
        try self.write(self.aggregator(secret), "aggregator.yaml")
        try self.write(self.utility(keys.publicKey, secret), "utility.yaml")
        for index in self.layout.workerPorts.indices {
            try self.write(self.worker(index, keys.publicKey), "worker-\(index + 1).yaml")
        }
    }

    private func write(_ value: some Encodable, _ name: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try writeFile(
            String(decoding: try encoder.encode(value), as: UTF8.self) + "\n", to: self.layout.path(name), mode: 0o600)
    }

    /// The demo's region with its blocks counted from the show's own start.
    private func writeRegion() throws {
        var region = try loadRegion("Config/regions/demo/region.yaml")
        for index in region.products.indices {
            region.products[index].blockAnchor = self.start.seconds + Self.blockAfter
        }
        try self.write(region, "region.yaml")
    }

    /// Each four seconds over the fast stream; more slowly as events, each of which is an object at the VTN.
    private func regulation(_ resource: DemoResource) -> SignalTrace {
        RegulationTrace(
            start: self.start, seconds: self.minutes * 60, stepSeconds: resource.isFast ? 4 : 20,
            seed: resource.isFast ? 4 : 5, need: (Self.eventAfter - 40)...(Self.eventAfter + 110)
        ).trace()
    }

    private func keys() throws -> KeyPair {
        let aggregator = try KeyPair.generate()
        try aggregator.write(to: self.layout.path("aggregator.key"))
        var allowed = ""
        for name in ["utility"] + self.layout.workerPorts.indices.map({ "worker-\($0 + 1)" }) {
            let pair = try KeyPair.generate()
            try pair.write(to: self.layout.path("\(name).key"))
            allowed += "\(name) \(pair.publicKey)\n"
        }
        try writeFile(allowed, to: self.layout.path("allowed"))
        return aggregator
    }

    private func aggregator(_ secret: String) -> AggregatorConfiguration {
        var ven = VENConfiguration(
            vtnURL: "http://127.0.0.1:\(self.layout.utilityPort)/openadr3/3.1.0", clientID: "headroom",
            clientSecret: secret,
            venName: "headroom-demo",
            programs: DemoResource.allCases.map { resource in
                var terms = VENConfiguration.Participation(
                    program: resource.program, product: resource.product.rawValue, resource: resource.rawValue)
                terms.dispatch = resource.isFast ? .fast : .openadr
                terms.gateClosureSeconds = 5
                return terms
            })
        ven.webhook = .init(url: "\(self.layout.portal)/openadr3/callback")
        ven.pollSeconds = 2
        ven.telemetrySeconds = 4
        ven.allowInsecureHTTP = true
        var portal = PortalConfiguration()
        portal.port = self.layout.portalPort
        portal.openLive = true
        return AggregatorConfiguration(
            tenant: DemoFleetFiles.tenant, zone: DemoFleetFiles.zone, regionFile: self.region,
            batteryFile: RegionFiles.batteries(besides: self.region),
            resources: DemoResource.allCases.map { .init(id: $0.id, products: [$0.product]) },
            data: self.layout.path("aggregator"),
            database: self.database,
            fleetLink: HubConfiguration(
                telemetry: self.tcp(self.layout.telemetryPort), control: self.tcp(self.layout.controlPort),
                signal: self.tcp(self.layout.signalPort), fastSignal: self.tcp(self.layout.fastSignalPort),
                keyFile: self.layout.path("aggregator.key"), allowFile: self.layout.path("allowed"),
                utilities: ["utility"]),
            ven: ven, portal: portal,
            metricsPort: self.layout.metricsPort)
    }

    private func utility(_ aggregatorKey: String, _ secret: String) -> UtilityProcessConfiguration {
        var vtn = VTNConfiguration(
            clients: [
                .init(
                    id: "headroom", secret: secret,
                    scopes: ["read_targets", "read_ven_objects", "write_reports", "write_subscriptions", "write_vens"])
            ])
        vtn.allowInsecureCallbacks = true
        let purchases = DemoResource.allCases.map { resource in
            var purchase = UtilityConfiguration.Purchase(
                product: resource.product.rawValue, resource: resource.rawValue)
            purchase.program = resource.program
            purchase.awardShare = 80
            purchase.callAheadSeconds = 18
            let file = self.layout.path(resource == .response ? "frequency.csv" : "\(resource.rawValue).csv")
            var signal = UtilityConfiguration.Signal(kind: resource == .response ? .frequency : .regulation, file: file)
            signal.path = resource.isFast ? .fast : .openadr
            purchase.signal = signal
            return purchase
        }
        var utility = UtilityConfiguration(vtn: vtn, purchases: purchases)
        utility.port = self.layout.utilityPort
        return UtilityProcessConfiguration(
            regionFile: self.region, utility: utility,
            fastSignal: .init(
                endpoint: self.tcp(self.layout.fastSignalPort), name: "utility",
                keyFile: self.layout.path("utility.key"),
                aggregatorKey: aggregatorKey), metricsPort: self.layout.metricsPort + 1)
    }

    private func worker(_ index: Int, _ aggregatorKey: String) -> WorkerConfiguration {
        let name = "worker-\(index + 1)"
        var ocpp = WorkerConfiguration.OCPP(
            host: "127.0.0.1", port: self.layout.workerPorts[index], secretsFile: self.layout.path("secrets.csv"),
            dialects: ["Config/demo/dialects.yaml"], meterSeconds: 1)
        // A demo of ten minutes cannot wait until a hundred stations have proved themselves, five at a time.
        ocpp.commissioning = .off
        return WorkerConfiguration(
            worker: WorkerID(name), ocpp: ocpp,
            fleetLink: UplinkConfiguration(
                telemetry: self.tcp(self.layout.telemetryPort), control: self.tcp(self.layout.controlPort),
                signal: self.tcp(self.layout.signalPort), keyFile: self.layout.path("\(name).key"),
                aggregatorKey: aggregatorKey),
            regionFile: self.region, data: self.layout.path(name), frequencyFile: self.layout.path("frequency.csv"),
            metricsPort: self.layout.metricsPort + 2 + index)
    }
}
