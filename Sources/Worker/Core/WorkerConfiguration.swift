package import Domain
import Logging
import Runtime

/// What a worker is told: `headroom worker --config FILE`; unknown keys are errors.
package struct WorkerConfiguration: Codable, Hashable, Sendable {
    package struct OCPP: Codable, Hashable, Sendable {
        package var host: String
        package var port: Int
        /// CSV `station_id,secret`, or `station_id,secret_hmac` with a pepper.
        package var secretsFile: String
        package var pepperFile: String?
        package var certificate: String?
        package var privateKey: String?
        /// Ports with their security profiles, instead of `port`, `certificate` and `privateKey`.
        package var listeners: [OCPPListener]?
        /// Dialect files (YAML), the first match counts.
        package var dialects: [String]
        /// Seconds between two meter readings that stations are told to send.
        package var meterSeconds: Int
        /// How often addresses and stations may connect.
        package var limits: ConnectionLimits?
        /// permessage-deflate for stations of 2.0.1 and 2.1 that offer it; left out = true.
        package var compression: Bool?
        /// A station that came with security profile 3 may come with 2 again; left out = false.
        package var allowSecurityProfileDowngrade: Bool?
        /// Plug & Charge and stations' own certificates.
        package var certificates: CertificatesConfiguration?
        /// CSV `token,status,group`: who may not charge here; watched. Left out = every token may.
        package var tokensFile: String?
        /// CSV `station_id,status`: which stations are held back (Pending, Rejected); watched. Left out = none.
        package var bootsFile: String?
        /// Whether charging points prove that they let go before they are used for V2G; left out = required.
        package var commissioning = CommissioningMode.required

        package init(host: String, port: Int, secretsFile: String, dialects: [String], meterSeconds: Int) {
            self.host = host
            self.port = port
            self.secretsFile = secretsFile
            self.dialects = dialects
            self.meterSeconds = meterSeconds
        }

        package init(from decoder: any Decoder) throws {
            let keys = try decoder.container(keyedBy: CodingKeys.self)
            let listeners = try keys.decodeIfPresent([OCPPListener].self, forKey: .listeners)
            self.init(
                host: try keys.decode(String.self, forKey: .host),
                port: try listeners?.first?.port ?? keys.decode(Int.self, forKey: .port),
                secretsFile: try keys.decode(String.self, forKey: .secretsFile),
                dialects: try keys.decode([String].self, forKey: .dialects),
                meterSeconds: try keys.decode(Int.self, forKey: .meterSeconds))
            self.pepperFile = try keys.decodeIfPresent(String.self, forKey: .pepperFile)
            self.listeners = listeners
            if listeners == nil {
                self.certificate = try keys.decodeIfPresent(String.self, forKey: .certificate)
                self.privateKey = try keys.decodeIfPresent(String.self, forKey: .privateKey)
            }
            self.limits = try keys.decodeIfPresent(ConnectionLimits.self, forKey: .limits)
            self.compression = try keys.decodeIfPresent(Bool.self, forKey: .compression)
            self.allowSecurityProfileDowngrade = try keys.decodeIfPresent(
                Bool.self, forKey: .allowSecurityProfileDowngrade)
            self.certificates = try keys.decodeIfPresent(CertificatesConfiguration.self, forKey: .certificates)
            self.tokensFile = try keys.decodeIfPresent(String.self, forKey: .tokensFile)
            self.bootsFile = try keys.decodeIfPresent(String.self, forKey: .bootsFile)
            self.commissioning =
                try keys.decodeIfPresent(CommissioningMode.self, forKey: .commissioning) ?? self.commissioning
        }

        /// The ports to open, whichever way they are given.
        package var allListeners: [OCPPListener] { self.server.allListeners }

        /// What the server is told of it.
        var server: OCPPServerConfiguration {
            var options = OCPPServerConfiguration(host: self.host, port: self.port)
            options.certificate = self.certificate
            options.privateKey = self.privateKey
            options.listeners = self.listeners ?? []
            options.meterIntervalSeconds = self.meterSeconds
            options.limits = self.limits ?? ConnectionLimits()
            options.compresses = self.compression ?? true
            options.allowsDowngradeFrom3To2 = self.allowSecurityProfileDowngrade ?? false
            return options
        }
    }
    package var worker: WorkerID
    package var ocpp: OCPP
    package var fleetLink: UplinkConfiguration
    /// The region's pack: `Config/regions/NAME/region.yaml`.
    package var regionFile: String
    /// Folder for the journals of readings and sessions.
    package var data: String
    /// The depot's own frequency meter as a recording (CSV `time,value` in Hz); without it the frequency that
    /// the aggregator relays is used.
    package var frequencyFile: String?
    /// The depot's own frequency meter on Modbus/TCP; not beside `frequencyFile`.
    package var frequencyMeter: FrequencyMeterConfiguration?
    /// Milliseconds between two steps of the edge controller.
    package var edgeMilliseconds: Int
    package var telemetryMilliseconds: Int
    package var watchdogSeconds: Int
    /// Milliseconds within which a plan's new bases reach the stations that no product asks anything of; 0 = at once.
    package var planSpreadMilliseconds = 0
    /// Nameplate of a charging point whose station does not tell it, in W.
    package var nameplateWatts: Int
    /// What all charging points together may draw by themselves once nobody speaks to them, in W: the import limit
    /// of the grid connection less the building's worst load. Left out = each its nameplate.
    package var siteLimitWatts: Int?
    /// How many charging points share it; left out = one for each station of the secrets file.
    package var chargingPoints: Int?
    /// Bound of the folder `proof`, in which activations are kept at 20 Hz, MB; 0 = none is kept.
    package var proofMegabytes = 200
    /// Socket of the file system for `headroom station`; left out = `operator/socket` in the data folder.
    package var operatorSocket: String?
    package var metricsPort: Int

    package init(
        worker: WorkerID, ocpp: OCPP, fleetLink: UplinkConfiguration, regionFile: String, data: String,
        frequencyFile: String?, edgeMilliseconds: Int = 100, telemetryMilliseconds: Int = 1_000,
        watchdogSeconds: Int = 60, nameplateWatts: Int = 22_000, siteLimitWatts: Int? = nil,
        chargingPoints: Int? = nil, metricsPort: Int = 9_465
    ) {
        self.worker = worker
        self.ocpp = ocpp
        self.fleetLink = fleetLink
        self.regionFile = regionFile
        self.data = data
        self.frequencyFile = frequencyFile
        self.edgeMilliseconds = edgeMilliseconds
        self.telemetryMilliseconds = telemetryMilliseconds
        self.watchdogSeconds = watchdogSeconds
        self.nameplateWatts = nameplateWatts
        self.siteLimitWatts = siteLimitWatts
        self.chargingPoints = chargingPoints
        self.metricsPort = metricsPort
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys, _ usual: Int) throws -> Int {
            try keys.decodeIfPresent(Int.self, forKey: key) ?? usual
        }
        self.init(
            worker: try keys.decode(WorkerID.self, forKey: .worker), ocpp: try keys.decode(OCPP.self, forKey: .ocpp),
            fleetLink: try keys.decode(UplinkConfiguration.self, forKey: .fleetLink),
            regionFile: try keys.decode(String.self, forKey: .regionFile),
            data: try keys.decode(String.self, forKey: .data),
            frequencyFile: try keys.decodeIfPresent(String.self, forKey: .frequencyFile),
            edgeMilliseconds: try number(.edgeMilliseconds, 100),
            telemetryMilliseconds: try number(.telemetryMilliseconds, 1_000),
            watchdogSeconds: try number(.watchdogSeconds, 60), nameplateWatts: try number(.nameplateWatts, 22_000),
            siteLimitWatts: try keys.decodeIfPresent(Int.self, forKey: .siteLimitWatts),
            chargingPoints: try keys.decodeIfPresent(Int.self, forKey: .chargingPoints),
            metricsPort: try number(.metricsPort, 9_465))
        self.planSpreadMilliseconds = try number(.planSpreadMilliseconds, self.planSpreadMilliseconds)
        self.proofMegabytes = try number(.proofMegabytes, self.proofMegabytes)
        self.operatorSocket = try keys.decodeIfPresent(String.self, forKey: .operatorSocket)
        self.frequencyMeter = try keys.decodeIfPresent(FrequencyMeterConfiguration.self, forKey: .frequencyMeter)
        guard self.frequencyMeter == nil || self.frequencyFile == nil else {
            throw DecodingError.dataCorruptedError(
                forKey: .frequencyMeter, in: keys,
                debugDescription: "frequencyMeter and frequencyFile are both given: take one out")
        }
    }

    /// What measures the frequency here; nil where nothing does.
    func frequencySource(logger: Logger) throws -> (any FrequencySource)? {
        if let meter = self.frequencyMeter { return ModbusFrequencyMeter(meter, logger: logger) }
        return try self.frequencyFile.map { try ReplayedFrequency(file: $0) }
    }
}

extension WorkerConfiguration {
    /// What no worker could work with, a line each that names the key.
    package var defects: [String] {
        var defects: [String] = []
        func check(_ key: String, _ value: Int?, _ range: ClosedRange<Int>) {
            guard let value, !range.contains(value) else { return }
            defects.append("\(key): set it to \(range.lowerBound) … \(range.upperBound)")
        }
        check("edgeMilliseconds", self.edgeMilliseconds, 10...10_000)
        check("telemetryMilliseconds", self.telemetryMilliseconds, 100...60_000)
        check("watchdogSeconds", self.watchdogSeconds, 5...3_600)
        check("planSpreadMilliseconds", self.planSpreadMilliseconds, 0...60_000)
        check("proofMegabytes", self.proofMegabytes, 0...1_000_000)
        check("nameplateWatts", self.nameplateWatts, 1...10_000_000)
        check("siteLimitWatts", self.siteLimitWatts, 1...1_000_000_000)
        check("chargingPoints", self.chargingPoints, 1...1_000_000)
        check("metricsPort", self.metricsPort, 0...65_535)
        check("ocpp.meterSeconds", self.ocpp.meterSeconds, 1...3_600)
        for listener in self.ocpp.allListeners { check("ocpp.port", listener.port, 0...65_535) }
        let limits = self.ocpp.limits ?? ConnectionLimits()
        check("ocpp.limits.connectionsPerAddress", limits.connectionsPerAddress, 1...1_000_000)
        check("ocpp.limits.connectionsPerAddressPerSecond", limits.connectionsPerAddressPerSecond, 1...1_000_000)
        check("ocpp.limits.connectionsPerStation", limits.connectionsPerStation, 1...1_000_000)
        check("ocpp.limits.connectionsPerStationPerMinute", limits.connectionsPerStationPerMinute, 1...1_000_000)
        if self.watchdogSeconds * 1_000 <= 2 * self.edgeMilliseconds {
            defects.append("watchdogSeconds: let it outlast two steps of edgeMilliseconds")
        }
        return defects
    }

    /// Refuses what no worker could work with, in one line that names the key.
    package func check() throws {
        if let defect = self.defects.first { throw RuntimeError(.invalidConfiguration, defect) }
    }
}
