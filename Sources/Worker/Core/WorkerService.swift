import Domain
import Foundation
import GridCodes
package import Logging
import OCPP
import Runtime
import ServiceLifecycle

/// The worker process: OCPP server, edge controller, journal of readings, link to the aggregator.
package struct WorkerService: Service {
    private let configuration: WorkerConfiguration
    let core: WorkerCore
    private let server: OCPPServer
    private let uplink: FleetUplink
    private let journal: ReadingJournal
    private let memory: SessionMemory
    private let lists: AdmissionLists
    private let logger: Logger
    private let overrides: OverrideMemory

    /// Reads keys, secrets, dialects and journals, and opens the link.
    package init(_ configuration: WorkerConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        try configuration.check()
        let region = try StrictYAML.load(RegionPack.self, from: configuration.regionFile)
        if let finding = region.findings.first {
            throw RuntimeError(.invalidConfiguration, "\(configuration.regionFile): \(finding)")
        }
        self.journal = try ReadingJournal(folder: configuration.data + "/readings", logger: logger)
        self.memory = try SessionMemory(folder: configuration.data + "/sessions")
        self.overrides = try OverrideMemory(path: configuration.data + "/overrides.json", logger: logger)
        let incarnation = UInt64.random(in: 1 ... .max)
        let store = try CapabilityStore(path: configuration.data + "/capabilities.jsonl")
        let core = try WorkerCore(
            configuration, region: region, journal: self.journal, memory: self.memory, overrides: self.overrides,
            seed: incarnation, store: store, logger: logger)
        self.core = core
        self.lists = try AdmissionLists(tokens: configuration.ocpp.tokensFile, boots: configuration.ocpp.bootsFile)
        self.server = try Self.server(
            configuration, core: core, memory: self.memory, lists: self.lists, store: store, logger: logger)
        self.uplink = try FleetUplink(
            configuration.fleetLink, worker: configuration.worker, incarnation: Incarnation(incarnation),
            journalEnd: self.journal.lastSequence
        ) { core.heard($0) }
        let server = self.server
        core.connect(command: { server.command($0) }, uplink: self.uplink)
    }

    private static func server(
        _ configuration: WorkerConfiguration, core: WorkerCore, memory: SessionMemory, lists: AdmissionLists,
        store: CapabilityStore,
        logger: Logger
    ) throws -> OCPPServer {
        let terms = configuration.ocpp
        var options = terms.server
        options.fallback.nameplateWatts = configuration.nameplateWatts
        options.profilesFile = configuration.data + "/security-profiles.csv"
        options.dialects = DialectBook(
            try terms.dialects.flatMap { try StrictYAML.load(DialectFile.self, from: $0).dialects })
        let pepper = try terms.pepperFile.map { Array(try text($0).utf8) }
        let secrets = try StationSecrets.read(
            try text(terms.secretsFile), pepper: pepper, name: terms.secretsFile)
        var policy = Self.policy(core: core, memory: memory, stations: secrets.count, lists: lists)
        policy.certificates = try terms.certificates.map { try CertificateDesk($0, data: configuration.data) }
        policy.recalls = { store.recall($0) }
        policy.remembers = { store.remember($0, $1) }
        return try OCPPServer(configuration: options, secrets: secrets, policy: policy, observer: core, logger: logger)
    }

    /// Every token may charge that the depot's list does not refuse: who is enrolled decides what a car earns, not whether it gets energy.
    static func policy(
        core: WorkerCore, memory: SessionMemory, stations: Int, lists: AdmissionLists
    ) -> StationPolicy {
        var policy = StationPolicy(
            accepts: { _, _ in true }, transactionID: { memory.transactionID($0, done: $1) },
            fallbackLimit: { _, _ in core.fallbackLimit(stations: stations) })
        policy.verdict = { token, _ in lists.verdict(of: token) }
        policy.boot = { lists.boot(of: $0) }
        return policy
    }

    package func run() async throws {
        let desk = OperatorDesk(server: self.server, logger: self.logger)
        let socket = await OperatorSocket.open(
            OperatorClient.socket(of: self.configuration), logger: self.logger, answer: desk.answer)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await self.beat(self.configuration.edgeMilliseconds) { _ in self.core.step(at: WallClock.now()) }
            }
            group.addTask {
                let every = max(1, 10_000 / self.configuration.telemetryMilliseconds)
                await self.beat(self.configuration.telemetryMilliseconds) { self.core.publish(all: $0 % every == 0) }
            }
            group.addTask { await cancelWhenGracefulShutdown { await self.core.measure() } }
            group.addTask { await self.beat(ProofRecorder.period) { _ in self.core.prove(at: WallClock.now()) } }
            group.addTask { await self.beat(10_000) { _ in self.lists.reload(self.logger) } }
            defer { group.cancelAll() }
            // The server ends on graceful shutdown (stations closed with 1001), or throws.
            try await self.server.run()
        }
        await socket?.close()
        await self.uplink.stop()
        self.core.closeProof()
        self.journal.close()
        self.memory.close()
        self.overrides.close()
    }

    /// Does something at a fixed rate until shutdown; a beat that was missed is not made up for.
    private func beat(_ milliseconds: Int, _ work: @escaping @Sendable (Int) -> Void) async {
        await cancelWhenGracefulShutdown {
            var next = ContinuousClock.now
            var count = 0
            while !Task.isCancelled {
                work(count)
                count += 1
                next = max(next.advanced(by: .milliseconds(milliseconds)), ContinuousClock.now)
                do { try await Task.sleep(until: next, clock: .continuous) } catch { return }
            }
        }
    }
}

/// A file's text; the error names the file.
private func text(_ path: String) throws -> String {
    do {
        return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
        throw RuntimeError(.fileMissing, "cannot read \(path): give an existing, readable file")
    }
}
