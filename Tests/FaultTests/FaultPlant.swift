import Domain
import Foundation
import Logging
import NIOCore
import Stations
import Storage
import Synchronization
import TestSupport
import Twin

/// A plant of real processes that is made to be broken: an aggregator, a utility, two workers with a site each, and the
/// stations in the test's own process, where their power is looked at forty times a second. Workers reach their
/// aggregator through relays, one for each socket.
final class FaultPlant: Sendable {
    /// What a plant is asked for while it is broken, and for how long.
    struct Terms: Sendable {
        var name: String
        var seed: UInt64 = .random(in: 1...9_999)
        /// Seconds of the block; the request stands from ``settle`` after its begin to two seconds before its end.
        var seconds = 160
        var request = 0.7
        /// What workers and stations measure, from so many seconds after the start on; nil: nobody measures.
        var milliHertz: [(second: Int, milliHertz: Int)] = []
        /// Edits files of the plant before anything runs.
        var adapt: @Sendable (SmallPlant) throws -> Void = { _ in }
        /// Per unit of the award from so many seconds after the start on, instead of `request`; what is judged then is
        /// what needs no request that stands still.
        var signal: [(second: Int, value: Double)] = []
        var invariants = Invariant.allCases
        /// Told in the table, and not yet failed by; see ``OnTrial``.
        var isOnTrial = false
        /// W that may come on top of the ramp: where nobody leads the stations, one of them lets go at once with all it has.
        var ownStep = 0
        /// Workers of simulated cars beside the two with stations: each has so many.
        var crowds: [Int] = []
        /// Real ones, in this process.
        var stations = SmallPlant.stations
        /// What processes find in their environment, by name.
        var environment: @Sendable (SmallPlant) throws -> [String: [String: String]] = { _ in [:] }
    }
    static let begin = 40
    static let settle = 14
    static let workers = 2
    static let siteWatts = 260_000
    /// `rampWattsPerSecond` of each of the 24 points.
    static let ramp = 24_000

    let terms: Terms
    let plant: SmallPlant
    let swarms: [StationsService]
    /// By worker: telemetry, control, signal, and the way to its stations.
    let relays: [[Relay]]
    /// Metrics of the workers of simulated cars, and what their cars do, W.
    let crowdPorts: [Int]
    private let crowdWatts = Mutex<[Int]>([])
    /// Of the workers.
    private let metricsPorts: [Int]
    private let environment: [String: [String: String]]
    private let running = Mutex<[String: Process]>([:])
    let evidence = Mutex(Evidence())

    /// The ways of a worker to its aggregator; of both without a number.
    func uplinks(of workers: [Int] = [0, 1]) -> [Relay] { workers.flatMap { self.relays[$0].prefix(3) } }

    var end: Int { Self.begin + self.terms.seconds }
    var now: Double { Date().timeIntervalSince(self.plant.start) }

    /// Runs a plant, breaks it by `body`, waits for its books, and judges what it left behind.
    static func run(_ terms: Terms, _ body: @escaping @Sendable (FaultPlant) async throws -> Void) async throws {
        guard terms.isOnTrial else { return try await Self.judge(terms, body) }
        try await OnTrial.tried { try await Self.judge(terms, body) }
    }

    private static func judge(_ terms: Terms, _ body: @escaping @Sendable (FaultPlant) async throws -> Void)
        async throws
    {
        try await Program.withHeadroom { headroom, folder in
            let plant = try await FaultPlant(terms, headroom: headroom, folder: folder)
            defer { plant.keep() }
            let findings = try await plant.live(body)
            Verdicts.tell(plant.evidence.withLock { $0 }, findings, isOnTrial: terms.isOnTrial)
        }
    }

    private init(_ terms: Terms, headroom: String, folder: URL) async throws {
        var shape = SmallPlant.Shape()
        shape.block = Self.begin..<Self.begin + terms.seconds
        shape.workers = Self.workers
        shape.siteWatts = Self.siteWatts / SmallPlant.stations * terms.stations
        shape.stations = terms.stations
        // Files and enrolment of some thousand simulated cars take a second on a busy machine, and as long to be read.
        shape.lead = terms.crowds.reduce(0, +) / 2_500
        let plant = try SmallPlant(
            headroom: headroom, folder: folder, database: "sqlite:" + folder.appending(path: "h.db").path,
            signal: terms.signal.isEmpty
                ? [(0, 0), (Self.begin + 3, terms.request), (Self.begin + terms.seconds - 1, 0)] : terms.signal,
            shape: shape)
        var relays: [[Relay]] = []
        for number in 1...Self.workers {
            let ports = Ports.free(4)
            var own = [Relay]()
            for (socket, port) in ports.enumerated() {
                let target = socket < 3 ? plant.ports[2 + socket] : plant.ocppPort(number)
                own.append(try await Relay(port: port, to: target))
                guard socket < 3 else { continue }
                try plant.edit(plant.workerName(number) + ".yaml", "127.0.0.1:\(target)\n", "127.0.0.1:\(port)\n")
            }
            try plant.edit(
                plant.workerName(number) + ".yaml", "watchdogSeconds: 60",
                "watchdogSeconds: 60\nsiteLimitWatts: \(shape.siteWatts - 20_000)\nchargingPoints: \(terms.stations / 2)"
            )
            relays.append(own)
        }
        // The usual plant's first worker has no port for its metrics.
        let metrics = Ports.free(1)[0]
        try plant.edit("worker.yaml", "metricsPort: 0", "metricsPort: \(metrics)")
        self.metricsPorts = [metrics, plant.ports[11]]
        try terms.adapt(plant)
        try Self.enrolCrowds(terms.crowds, plant)
        self.crowdPorts = Ports.free(terms.crowds.count)
        try Self.configureCrowds(terms.crowds, metrics: self.crowdPorts, plant)
        self.environment = try terms.environment(plant)
        self.terms = terms
        self.plant = plant
        self.relays = relays
        self.swarms = try relays.enumerated().map { try Self.swarm(plant, $0 + 1, port: $1[3].port, terms.milliHertz) }
        self.evidence.withLock {
            $0.name = terms.name
            $0.seed = terms.seed
            $0.siteWatts = shape.siteWatts
            $0.ramp = 1_000 * (terms.stations + terms.crowds.reduce(0, +))
            $0.plugged = terms.stations + terms.crowds.reduce(0, +)
            $0.crowds = terms.crowds.map { _ in [] }
            $0.ownStep = terms.ownStep
            $0.steady = Double(Self.begin + Self.settle)...Double(Self.begin + terms.seconds - 3)
        }
    }

    private static func swarm(
        _ plant: SmallPlant, _ number: Int, port: Int, _ milliHertz: [(second: Int, milliHertz: Int)]
    ) throws -> StationsService {
        let fleet = try FleetCSV.read(try String(contentsOfFile: plant.path("fleet.csv"), encoding: .utf8))
        let secrets = try Secrets.read(try String(contentsOfFile: plant.path("secrets.csv"), encoding: .utf8))
        let start = Instant(seconds: Int(plant.start.timeIntervalSince1970))
        let frequency =
            milliHertz.isEmpty
            ? nil
            : SignalSeries(
                kind: .frequency, times: milliHertz.map { start + .seconds($0.second) },
                milli: milliHertz.map(\.milliHertz))
        let options = try StationsOptions(
            endpoints: [try StationsEndpoint("ws://127.0.0.1:\(port)/ocpp")],
            stations: fleet.filter { $0.site.rawValue == plant.siteName(number) }, secrets: secrets,
            seed: UInt64(number), frequency: frequency, tick: .milliseconds(50),
            backOff: BackOff(randomRange: .seconds(1), repeatTimes: 2))
        return StationsService(options: options, logger: Logger(label: "stations") { _ in SwiftLogNoOpLogHandler() })
    }

    /// `HEADROOM_FAULT_KEEP=FOLDER` keeps what was seen and logged, for whoever looks for the cause of a finding.
    private func keep() {
        guard let place = ProcessInfo.processInfo.environment["HEADROOM_FAULT_KEEP"] else { return }
        let folder = URL(filePath: place).appending(path: self.terms.name.filter { $0.isLetter || $0.isNumber })
        let evidence = self.evidence.withLock { $0 }
        try? FileManager.default.removeItem(at: folder)
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func write(_ lines: [String], _ name: String) {
            try? Data(lines.joined(separator: "\n").utf8).write(to: folder.appending(path: name))
        }
        write(evidence.samples.map { "\($0.at) \($0.watts)" }, "samples.txt")
        write(evidence.looks.map { "\($0)" }, "looks.txt")
        write(evidence.faults.map { "\($0)" } + ["\(evidence.books)"], "faults.txt")
        for name in ["aggregator", "utility", "worker", "worker2"] {
            let log = "\(name).log"
            try? FileManager.default.copyItem(atPath: self.plant.path(log), toPath: folder.appending(path: log).path)
        }
    }

    // MARK: - Processes

    /// As a service manager does with a process that is gone.
    func restart(_ name: String) throws {
        let process = try self.plant.run(
            name, command: name.hasPrefix("crowd") ? "twin-worker" : nil, environment: self.environment[name] ?? [:])
        self.running.withLock { $0[name] = process }
    }

    func signal(_ name: String, _ number: Int32) {
        self.running.withLock {
            if let process = $0[name], process.isRunning { kill(process.processIdentifier, number) }
        }
    }

    /// `kill -9`, and gone when this returns.
    func kill9(_ name: String) async throws {
        self.signal(name, SIGKILL)
        _ = try await Program.wait(within: 5) { self.isRunning(name) ? nil : true }
    }

    func isRunning(_ name: String) -> Bool { self.running.withLock { $0[name]?.isRunning ?? false } }

    // MARK: - Life

    private func live(_ body: @escaping @Sendable (FaultPlant) async throws -> Void) async throws
        -> [Invariant.Finding]
    {
        defer {
            for process in self.running.withLock({ Array($0.values) }) where process.isRunning {
                kill(process.processIdentifier, SIGCONT)
                process.terminate()
            }
            for relay in self.relays.joined() { relay.close() }
        }
        for name in ["aggregator", "utility", "worker", "worker2"] + self.crowdNames { try self.restart(name) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for swarm in self.swarms { group.addTask { try await swarm.run() } }
            group.addTask { try await self.look() }
            group.addTask { try await self.ask() }
            if !self.crowdPorts.isEmpty { group.addTask { try await self.watchCrowds() } }
            try await self.isWell()
            try await body(self)
            try await self.settled()
            group.cancelAll()
        }
        // Simulated cars would go on being metered for ever.
        try await self.end(self.crowdNames)
        try await self.drained()
        try await self.end(["worker", "worker2", "utility", "aggregator"])
        let books = try await self.books()
        self.evidence.withLock { $0.books = books }
        return Invariant.findings(self.evidence.withLock { $0 }, of: self.terms.invariants)
    }

    private func end(_ names: [String]) async throws {
        for name in names {
            guard let process = self.running.withLock({ $0[name] }) else { continue }
            try await Program.end(process)
        }
    }

    /// Power at the stations.
    private func look() async throws {
        var next = ContinuousClock.now
        while !Task.isCancelled {
            let sample = Evidence.Sample(
                at: self.now, watts: self.swarms.map { $0.tally.figures.watts } + self.crowdWatts.withLock { $0 })
            self.evidence.withLock { $0.samples.append(sample) }
            next = max(next.advanced(by: .milliseconds(25)), ContinuousClock.now)
            do { try await Task.sleep(until: next, clock: .continuous) } catch { return }
        }
    }

    private func watchCrowds() async throws {
        while !Task.isCancelled {
            var watts: [Int] = []
            for (number, port) in self.crowdPorts.enumerated() {
                let at = self.now
                let names = ["headroom_twin_power_watts", "headroom_twin_energy_watt_seconds"]
                let figures = self.metrics(names, port: port)
                watts.append(Int(figures[0] ?? 0))
                guard let energy = figures[1] else { continue }
                self.evidence.withLock { $0.crowds[number].append(.init(at: at, wattSeconds: energy)) }
            }
            self.crowdWatts.withLock { $0 = watts }
            // Each look at a worker is a process.
            do { try await Task.sleep(for: .milliseconds(200 + 50 * self.crowdPorts.count)) } catch { return }
        }
    }

    /// What the portal says, while there is one.
    private func ask() async throws {
        while !Task.isCancelled {
            if let live = try? self.plant.live() {
                let look = Evidence.Look(
                    at: self.now, requested: live.requestedWatts, delivered: live.deliveredWatts,
                    awarded: live.awardedUpWatts, baseline: live.baselineWatts, plugged: live.vehiclesPlugged)
                self.evidence.withLock { $0.looks.append(look) }
            }
            do { try await Task.sleep(for: .milliseconds(500)) } catch { return }
        }
    }

    struct Unwell: Error, CustomStringConvertible { var description: String }

    /// The plant exports what it is asked for before anybody breaks it.
    private func isWell() async throws {
        try await self.plant.reach(Self.begin + Self.settle - 4)
        let live = try await self.plant.live(by: Self.begin + 2 * Self.settle) { self.isMet($0) }
        self.evidence.withLock { $0.steady = self.now...$0.steady.upperBound }
        guard self.isMet(live) else {
            let logs = ["aggregator", "utility", "worker", "worker2"].map { self.plant.log($0) }
            throw Unwell(
                description: "\(self.terms.name): \(live), stations \(self.watts) W\n\(logs.joined(separator: "\n"))")
        }
    }

    var watts: Int {
        self.swarms.reduce(self.crowdWatts.withLock { $0.reduce(0, +) }) { $0 + $1.tally.figures.watts }
    }

    private func isMet(_ live: SmallPlant.Live) -> Bool {
        guard self.terms.signal.isEmpty else { return live.vehiclesPlugged == self.cars && live.awardedUpWatts > 0 }
        return live.vehiclesPlugged == self.cars && live.requestedWatts >= 100_000
            && (live.baselineWatts - self.watts - live.requestedWatts).magnitude <= live.awardedUpWatts.magnitude / 20
    }

    /// Seconds until the stations do what was asked for before the fault again; nil when they do not.
    func met(within seconds: Double) async throws -> Double? {
        guard
            let asked = self.evidence.withLock({ evidence in
                evidence.looks.first { evidence.steady.contains($0.at) && $0.requested > 0 }
            })
        else { return nil }
        let began = self.now
        var since: Double?
        while self.now - began < seconds + 1 {
            let off = (asked.baseline - self.watts - asked.requested).magnitude
            if off > asked.awarded.magnitude / 10 { since = nil } else { since = since ?? self.now }
            // For half a second: a sum that swings through is not meant.
            if let since, self.now - since >= 0.5 { return since - began }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }

    /// Does `harm`, heals it and notes how it went.
    func fault(
        _ name: String, resume: Double, fallback: (sites: [Int], seconds: Double)? = nil,
        _ harm: () async throws -> Void
    ) async throws {
        let at = self.now
        try await harm()
        let healed = self.now
        let resumed = try await self.met(within: resume)
        let fault = Evidence.Fault(
            name: name, at: at, healed: healed, fallback: fallback, resume: resume, resumed: resumed)
        self.evidence.withLock { $0.faults.append(fault) }
    }

    /// Of stations and simulated ones.
    var cars: Int { self.terms.stations + self.terms.crowds.reduce(0, +) }

    func pause(_ seconds: Double) async throws { try await Task.sleep(for: .seconds(seconds)) }

    /// After the block: both directions are settled, everybody is there.
    private func settled() async throws {
        let live = try await self.plant.live(by: self.end + 45) {
            $0.blocksSettled >= 2 && $0.vehiclesPlugged == self.cars
        }
        self.evidence.withLock { evidence in
            evidence.books.blocks = live.blocksSettled
            evidence.books.promisesBroken = live.promisesBroken
            evidence.books.conserved = live.energyConserved
            evidence.books.balanced = live.ledgerBalanced
            evidence.books.performance = live.performance ?? 0
        }
        try await self.pause(0.6)
    }

    /// A metric without labels of a process; of the aggregator where no port is named.
    func metric(_ name: String, port: Int? = nil) -> Double? { self.metrics([name], port: port)[0] }

    /// Several of one look.
    private func metrics(_ names: [String], port: Int?) -> [Double?] {
        let text = try? self.plant.get("http://127.0.0.1:\(port ?? self.plant.ports[6])/metrics")
        let lines = text?.split(separator: "\n") ?? []
        return names.map { name in
            lines.first { $0.hasPrefix(name + " ") }?.split(separator: " ").last.flatMap { Double($0) }
        }
    }

    /// Resident memory of a process, KiB; 0 where nothing tells.
    func memory(_ name: String) -> Int {
        let id = self.running.withLock { $0[name]?.processIdentifier ?? 0 }
        let text = (try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    /// The stations hung up; what workers still have goes to the aggregator, and its rows to the database.
    private func drained() async throws {
        var waiting = 0.0
        let isEmpty = try await Program.wait(within: 15 + Double(self.cars) / 1_000) { () -> Bool? in
            waiting = self.metricsPorts.reduce(0) {
                $0 + (self.metric("headroom_link_readings_unacknowledged", port: $1) ?? 1)
            }
            return waiting == 0 && self.metric("headroom_outbox_depth") == 0 ? true : nil
        }
        self.evidence.withLock { $0.books.unacknowledged = isEmpty == nil ? max(1, Int(waiting)) : 0 }
    }
}
