import Foundation
import TestSupport

/// The smallest plant that sells, dispatches and settles: an aggregator, a utility, one worker and stations, each a
/// real process on ports of its own. All that they are told goes through the commands and files that people use.
struct SmallPlant {
    /// Seconds after ``start`` at which the only block that matters begins and ends.
    static let block = 40..<120
    static let stations = 24

    let headroom: String
    let folder: URL
    let database: String
    let start: Date
    /// Portal, OCPP, telemetry, control, signal, fast signal, metrics of aggregator and utility, VTN, stations.
    let ports = Ports.free(10)
    private var aggregatorKey = ""

    var portal: String { "http://127.0.0.1:\(self.ports[0])" }
    var metrics: String { "http://127.0.0.1:\(self.ports[6])" }
    private var environment: [String: String] { ["HEADROOM_DATABASE": self.database] }

    /// Writes every file and enrols the fleet; nothing runs yet.
    /// - Parameter signal: per unit of the award from so many seconds after ``start`` on, held.
    init(headroom: String, folder: URL, database: String, signal: [(second: Int, value: Double)]) throws {
        self.headroom = headroom
        self.folder = folder
        self.database = database
        self.start = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 + 4).rounded())
        let keys = try self.command(["keys", "--out", folder.path, "worker-1", "utility"])
        self.aggregatorKey = String(keys.split(separator: "\n").first?.split(separator: " ").last ?? "")
        try self.write(self.region, "region.yaml")
        let rows = signal.map { "\(self.time($0.second)),\($0.value)\n" }.joined()
        try self.write("time,value\n" + rows, "signal.csv")
        try self.write(self.aggregator, "aggregator.yaml")
        try self.write(self.utility, "utility.yaml")
        try self.write(self.worker, "worker.yaml")
        try self.writeFleet()
        _ = try self.command(["enrol", folder.appending(path: "fleet").path, "--zone", "z"])
    }

    /// Runs `headroom` to its end.
    func outcome(_ arguments: [String], database: String? = nil) throws -> Program.Outcome {
        try Program.run(
            self.headroom, arguments, environment: database.map { ["HEADROOM_DATABASE": $0] } ?? self.environment)
    }

    /// Runs `headroom` to its end, which must be a good one, and returns what it printed.
    func command(_ arguments: [String]) throws -> String {
        let outcome = try self.outcome(arguments)
        struct Failed: Error { var text: String }
        guard outcome.status == 0 else { throw Failed(text: "\(arguments): \(outcome.output)\(outcome.errors)") }
        return outcome.output
    }

    /// Starts a process of the plant: `aggregator`, `utility`, `worker` or `stations`.
    func run(_ name: String) throws -> Process {
        var arguments = [name, "--config", self.path("\(name).yaml")]
        if name == "stations" {
            arguments = [
                name, "--url", "ws://127.0.0.1:\(self.ports[1])/ocpp", "--fleet", self.path("fleet.csv"), "--secrets",
                self.path("secrets.csv"), "--metrics-port", String(self.ports[9]),
            ]
        }
        return try Program.start(
            self.headroom, arguments, log: self.folder.appending(path: "\(name).log"), environment: self.environment)
    }

    /// What `/api/v1/live` says of the whole plant.
    struct Live: Decodable {
        var requestedWatts: Int
        var deliveredWatts: Int
        var meteredWatts: Int
        var baselineWatts: Int
        var awardedUpWatts: Int
        var headroomUpWatts: Int
        var vehiclesPlugged: Int
        var vehiclesDischarging: Int
        var promisesBroken: Int
        var energyConserved: Bool
        var ledgerBalanced: Bool
        var blocksSettled: Int
        var performance: Int?
        var earned: String
    }

    func live() throws -> Live {
        try JSONDecoder().decode(Live.self, from: Data(try self.get(self.portal + "/api/v1/live").utf8))
    }

    func get(_ url: String) throws -> String {
        try Program.run("/usr/bin/curl", ["-s", "--max-time", "2", url]).output
    }

    /// Waits until so many seconds after ``start``.
    func reach(_ second: Int) async throws {
        let left = self.start.addingTimeInterval(Double(second)).timeIntervalSinceNow
        if left > 0 { try await Task.sleep(for: .seconds(left)) }
    }

    /// What is shown as soon as it is as wanted, at the latest so many seconds after ``start``.
    func live(by second: Int, _ isWanted: (Live) -> Bool) async throws -> Live {
        while true {
            let live = try? self.live()
            if let live, isWanted(live) { return live }
            if Date() >= self.start.addingTimeInterval(Double(second)) { return try live ?? self.live() }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    func path(_ name: String) -> String { self.folder.appending(path: name).path }

    /// The end of a process's log, for messages of a test.
    func log(_ name: String) -> String {
        String(((try? String(contentsOfFile: self.path("\(name).log"), encoding: .utf8)) ?? "").suffix(1_500))
    }

    /// Replaces `old` in a file by `new`; nothing else of it changes.
    func edit(_ name: String, _ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: self.path(name), encoding: .utf8)
        struct Absent: Error { var text: String }
        guard text.contains(old) else { throw Absent(text: "\(name) has no \(old)") }
        try self.write(text.replacingOccurrences(of: old, with: new), name)
    }

    private func time(_ second: Int) -> String {
        ISO8601DateFormatter().string(from: self.start.addingTimeInterval(Double(second)))
    }

    func write(_ text: String, _ name: String) throws {
        let url = self.folder.appending(path: name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// Half of the cars speak 2.1, half 2.0.1; all may discharge and stay for hours.
    private func writeFleet() throws {
        var fleet =
            "station_id,ocpp,site_id,token,vehicle_id,battery_kwh,soc,target_soc,departure,max_charge_kw,"
            + "max_discharge_kw,min_kw,step_w,latency_ms,ramp_kw_s,v2x,behaviour\n"
        var secrets = "station_id,secret\n"
        var stations = "station,site\n"
        var vehicles =
            "vehicle,owner,contract,tenant,tokens,capacity_wh,max_charge_w,max_discharge_w,reserve,efficiency,consent_at\n"
        var departures = "vehicle,departure,target\n"
        for number in 1...Self.stations {
            let version = number % 2 == 0 ? "2.0.1" : "2.1"
            fleet += "S\(number),\(version),site,T\(number),v\(number),60,0.6,0.65,300,22,22,1.38,100,200,30,yes,ok\n"
            secrets += "S\(number),secret-of-\(number)-0123456789\n"
            stations += "S\(number),site\n"
            vehicles +=
                "v\(number),o\(number % 2),c\(number % 2),t,T\(number),60000,22000,22000,3000,9500,\(self.time(-60))\n"
            departures += "v\(number),\(self.time(18_000)),6500\n"
        }
        try self.write(fleet, "fleet.csv")
        try self.write(secrets, "secrets.csv")
        try self.write("owner,tenant,name\no0,t,Even\no1,t,Odd\n", "fleet/owners.csv")
        try self.write(
            "contract,owner,tenant,currency,owner_share,wear_per_kwh\nc0,o0,t,EUR,8000,40000\nc1,o1,t,EUR,7000,30000\n",
            "fleet/contracts.csv")
        try self.write(
            "site,tenant,region,zone,resource,import_w,export_w,stale_load_w,default_stay_s,default_target\n"
                + "site,t,test,z,fleet,700000,700000,20000,28800,8000\n", "fleet/sites.csv")
        try self.write(stations, "fleet/stations.csv")
        try self.write(vehicles, "fleet/vehicles.csv")
        try self.write(departures, "fleet/departures.csv")
    }
}

// What the processes are told.
extension SmallPlant {
    fileprivate var region: String {
        """
        region: test
        validFrom: "2026-11-01"
        currency: EUR
        nominalMilliHertz: 50000
        holdLoadBelowMilliHertz: 49800
        holdLoadAboveMilliHertz: 50200
        plausibleMilliHertz: [45000, 55000]
        frequencyStaleMilliseconds: 1500
        fallbackSpreadSeconds: 30
        rampWattsPerSecond: 1000
        products:
          - id: TEST-AGC
            name: Regulation for a test
            activation: signal
            symmetry: symmetric
            curve: []
            fullDeliveryMilliseconds: 8000
            needsResidentCurve: false
            enduranceSeconds: 900
            minimumBidWatts: 20000
            bidStepWatts: 10000
            blockSeconds: \(Self.block.count)
            blockAnchor: \(Int(self.start.timeIntervalSince1970) + Self.block.lowerBound)
            gateClosureSeconds: 5
            confidence: 9000
            sparePerMille: 150
            gainPerMille: 1000
            slewPerMille: 0
            holdSeconds: 10
            score: deliveredShare
            availabilityPrice: 30000000
            energyPrice: 90000000
        sources:
          - { figure: all, source: made for a test, certainty: own choice }

        """
    }

    fileprivate var aggregator: String {
        """
        tenant: t
        zone: z
        regionFile: \(self.path("region.yaml"))
        resources:
          - { id: fleet, products: [TEST-AGC] }
        data: \(self.path("aggregator"))
        fleetLink:
          telemetry: tcp://127.0.0.1:\(self.ports[2])
          control: tcp://127.0.0.1:\(self.ports[3])
          signal: tcp://127.0.0.1:\(self.ports[4])
          fastSignal: tcp://127.0.0.1:\(self.ports[5])
          keyFile: \(self.path("aggregator.key"))
          allowFile: \(self.path("allowed"))
        ven:
          vtnURL: http://127.0.0.1:\(self.ports[8])/openadr3/3.1.0
          clientID: headroom
          clientSecret: a-secret-of-the-test
          venName: test-plant
          pollSeconds: 1
          programs:
            - { program: TEST-AGC, product: TEST-AGC, resource: fleet, dispatch: fast, gateClosureSeconds: 5 }
        portal: { port: \(self.ports[0]), openLive: true }
        metricsPort: \(self.ports[6])

        """
    }

    fileprivate var utility: String {
        """
        regionFile: \(self.path("region.yaml"))
        utility:
          port: \(self.ports[8])
          vtn:
            allowInsecureCallbacks: true
            clients:
              - id: headroom
                secret: a-secret-of-the-test
                scopes: [read_targets, read_ven_objects, write_reports, write_subscriptions, write_vens]
          purchases:
            - product: TEST-AGC
              resource: fleet
              awardShare: 80
              callAheadSeconds: 18
              signal: { kind: regulation, file: \(self.path("signal.csv")), path: fast }
        fastSignal:
          endpoint: tcp://127.0.0.1:\(self.ports[5])
          name: utility
          keyFile: \(self.path("utility.key"))
          aggregatorKey: "\(self.aggregatorKey)"
        metricsPort: \(self.ports[7])

        """
    }

    fileprivate var worker: String {
        """
        worker: worker-1
        ocpp:
          host: 127.0.0.1
          port: \(self.ports[1])
          secretsFile: \(self.path("secrets.csv"))
          dialects: [Config/demo/dialects.yaml]
          meterSeconds: 1
          commissioning: off
        fleetLink:
          telemetry: tcp://127.0.0.1:\(self.ports[2])
          control: tcp://127.0.0.1:\(self.ports[3])
          signal: tcp://127.0.0.1:\(self.ports[4])
          keyFile: \(self.path("worker-1.key"))
          aggregatorKey: "\(self.aggregatorKey)"
        regionFile: \(self.path("region.yaml"))
        data: \(self.path("worker"))
        edgeMilliseconds: 100
        telemetryMilliseconds: 1000
        watchdogSeconds: 60
        nameplateWatts: 22000
        metricsPort: 0

        """
    }
}
