package import Foundation

/// The smallest plant that sells, dispatches and settles: an aggregator, a utility, one worker and stations, each a
/// real process on ports of its own. All that they are told goes through the commands and files that people use.
package struct SmallPlant: Sendable {
    /// What plants may differ in.
    package struct Shape: Sendable {
        /// Seconds after ``start`` at which the only block that matters begins and ends.
        package var block = SmallPlant.block
        /// One site each; the stations go to them in turn.
        package var workers = 1
        /// Of each site, in and out, W.
        package var siteWatts = 700_000
        package var stations = SmallPlant.stations
        /// Seconds that whoever writes more files and enrols more cars needs before ``start``.
        package var lead = 0

        package init() {}
    }
    /// Of the usual shape.
    package static let block = 40..<120
    package static let stations = 24

    package let headroom: String
    package let folder: URL
    package let database: String
    package let start: Date
    package let shape: Shape
    /// Portal, OCPP, telemetry, control, signal, fast signal, metrics of aggregator and utility, VTN, stations, then
    /// OCPP and metrics of each further worker.
    package let ports: [Int]
    package private(set) var aggregatorKey = ""

    package var portal: String { "http://127.0.0.1:\(self.ports[0])" }
    package var metrics: String { "http://127.0.0.1:\(self.ports[6])" }
    private var environment: [String: String] { ["HEADROOM_DATABASE": self.database] }

    /// Writes every file and enrols the fleet; nothing runs yet.
    /// - Parameter signal: per unit of the award from so many seconds after ``start`` on, held.
    package init(
        headroom: String, folder: URL, database: String, signal: [(second: Int, value: Double)], shape: Shape = Shape()
    ) throws {
        self.headroom = headroom
        self.folder = folder
        self.database = database
        self.shape = shape
        self.ports = Ports.free(8 + 2 * shape.workers)
        self.start = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 + 4).rounded() + Double(shape.lead))
        let workers = (1...shape.workers).map { "worker-\($0)" }
        let keys = try self.command(["keys", "--out", folder.path] + workers + ["utility"])
        self.aggregatorKey = String(keys.split(separator: "\n").first?.split(separator: " ").last ?? "")
        try self.write(self.region, "region.yaml")
        let rows = signal.map { "\(self.time($0.second)),\($0.value)\n" }.joined()
        try self.write("time,value\n" + rows, "signal.csv")
        try self.write(self.aggregator, "aggregator.yaml")
        try self.write(self.utility, "utility.yaml")
        for number in 1...shape.workers { try self.write(self.worker(number), self.workerFile(number)) }
        try self.writeFleet()
        _ = try self.command(["enrol", folder.appending(path: "fleet").path, "--zone", "z"])
    }

    /// `worker`, `worker2`, …: names for ``run(_:)`` and of configurations, folders and logs.
    package func workerName(_ number: Int) -> String { number == 1 ? "worker" : "worker\(number)" }

    private func workerFile(_ number: Int) -> String { self.workerName(number) + ".yaml" }

    package func siteName(_ number: Int) -> String { self.shape.workers == 1 ? "site" : "site-\(number)" }

    /// Where a worker's stations dial.
    package func ocppPort(_ number: Int) -> Int { number == 1 ? self.ports[1] : self.ports[6 + 2 * number] }

    /// Runs `headroom` to its end.
    package func outcome(_ arguments: [String], database: String? = nil) throws -> Program.Outcome {
        try Program.run(
            self.headroom, arguments, environment: database.map { ["HEADROOM_DATABASE": $0] } ?? self.environment)
    }

    /// Runs `headroom` to its end, which must be a good one, and returns what it printed.
    package func command(_ arguments: [String]) throws -> String {
        let outcome = try self.outcome(arguments)
        struct Failed: Error { var text: String }
        guard outcome.status == 0 else { throw Failed(text: "\(arguments): \(outcome.output)\(outcome.errors)") }
        return outcome.output
    }

    /// Starts a process of the plant: `aggregator`, `utility`, `worker` (`worker2`, …) or `stations`.
    /// - Parameter command: of `headroom`, where the name with its number left out is none.
    package func run(_ name: String, command: String? = nil, environment: [String: String] = [:]) throws -> Process {
        var arguments = [command ?? name.filter(\.isLetter), "--config", self.path("\(name).yaml")]
        if name == "stations" {
            arguments = [
                name, "--url", "ws://127.0.0.1:\(self.ports[1])/ocpp", "--fleet", self.path("fleet.csv"), "--secrets",
                self.path("secrets.csv"), "--metrics-port", String(self.ports[9]),
            ]
        }
        return try Program.start(
            self.headroom, arguments, log: self.folder.appending(path: "\(name).log"),
            environment: self.environment.merging(environment) { $1 })
    }

    /// What `/api/v1/live` says of the whole plant.
    package struct Live: Decodable, Sendable {
        package var requestedWatts: Int
        package var deliveredWatts: Int
        package var meteredWatts: Int
        package var baselineWatts: Int
        package var awardedUpWatts: Int
        package var headroomUpWatts: Int
        package var vehiclesPlugged: Int
        package var vehiclesDischarging: Int
        package var promisesBroken: Int
        package var energyConserved: Bool
        package var ledgerBalanced: Bool
        package var blocksSettled: Int
        package var performance: Int?
        package var earned: String
    }

    package func live() throws -> Live {
        try JSONDecoder().decode(Live.self, from: Data(try self.get(self.portal + "/api/v1/live").utf8))
    }

    package func get(_ url: String) throws -> String {
        try Program.run("/usr/bin/curl", ["-s", "--max-time", "2", url]).output
    }

    /// Waits until so many seconds after ``start``.
    package func reach(_ second: Int) async throws {
        let left = self.start.addingTimeInterval(Double(second)).timeIntervalSinceNow
        if left > 0 { try await Task.sleep(for: .seconds(left)) }
    }

    /// What is shown as soon as it is as wanted, at the latest so many seconds after ``start``.
    package func live(by second: Int, _ isWanted: (Live) -> Bool) async throws -> Live {
        while true {
            let live = try? self.live()
            if let live, isWanted(live) { return live }
            if Date() >= self.start.addingTimeInterval(Double(second)) { return try live ?? self.live() }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    package func path(_ name: String) -> String { self.folder.appending(path: name).path }

    /// The end of a process's log, for messages of a test.
    package func log(_ name: String) -> String {
        String(((try? String(contentsOfFile: self.path("\(name).log"), encoding: .utf8)) ?? "").suffix(1_500))
    }

    /// Replaces `old` in a file by `new`; nothing else of it changes.
    package func edit(_ name: String, _ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: self.path(name), encoding: .utf8)
        struct Absent: Error { var text: String }
        guard text.contains(old) else { throw Absent(text: "\(name) has no \(old)") }
        try self.write(text.replacingOccurrences(of: old, with: new), name)
    }

    private func time(_ second: Int) -> String {
        ISO8601DateFormatter().string(from: self.start.addingTimeInterval(Double(second)))
    }

    package func write(_ text: String, _ name: String) throws {
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
        for number in 1...self.shape.stations {
            let version = number % 2 == 0 ? "2.0.1" : "2.1"
            let site = self.siteName((number - 1) % self.shape.workers + 1)
            fleet +=
                "S\(number),\(version),\(site),T\(number),v\(number),60,0.6,0.65,300,22,22,1.38,100,200,30,yes,ok\n"
            secrets += "S\(number),secret-of-\(number)-0123456789\n"
            stations += "S\(number),\(site)\n"
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
                + (1...self.shape.workers).map {
                    "\(self.siteName($0)),t,test,z,fleet,\(self.shape.siteWatts),\(self.shape.siteWatts),20000,28800,8000\n"
                }.joined(), "fleet/sites.csv")
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
            blockSeconds: \(self.shape.block.count)
            blockAnchor: \(Int(self.start.timeIntervalSince1970) + self.shape.block.lowerBound)
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

    fileprivate func worker(_ number: Int) -> String {
        """
        worker: worker-\(number)
        ocpp:
          host: 127.0.0.1
          port: \(self.ocppPort(number))
          secretsFile: \(self.path("secrets.csv"))
          dialects: [Config/demo/dialects.yaml]
          meterSeconds: 1
          commissioning: off
        fleetLink:
          telemetry: tcp://127.0.0.1:\(self.ports[2])
          control: tcp://127.0.0.1:\(self.ports[3])
          signal: tcp://127.0.0.1:\(self.ports[4])
          keyFile: \(self.path("worker-\(number).key"))
          aggregatorKey: "\(self.aggregatorKey)"
        regionFile: \(self.path("region.yaml"))
        data: \(self.path(self.workerName(number)))
        edgeMilliseconds: 100
        telemetryMilliseconds: 1000
        watchdogSeconds: 60
        nameplateWatts: 22000
        metricsPort: \(number == 1 ? 0 : self.ports[7 + 2 * number])

        """
    }
}
