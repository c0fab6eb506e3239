import Aggregator
import Dispatch
import Domain
import Engine
import Logging
import Portal
import Runtime
import ServiceLifecycle
import Storage
import Synchronization
import ZeroMQ

/// Puts the aggregator together: database, journal, engine, hub, OpenADR, portal.
enum AggregatorProcess {
    /// Everything that runs, in the order of dependence.
    static func services(
        _ configuration: AggregatorConfiguration, readiness: Readiness, logger: Logger
    ) async throws -> [any Service] {
        // What would keep this process from leading comes first: only then is the epoch minted, which ends the
        // leadership of whoever has it now.
        let region = try loadRegion(configuration.regionFile)
        try configuration.check(region: region)
        _ = try KeyPair.read(from: configuration.fleetLink.keyFile)
        _ = try AllowList.read(from: configuration.fleetLink.allowFile)
        try await PortProbe.check(configuration.listeners)
        try configuration.makeDatabaseFolder()
        let store = Store(database: try await DatabaseURL(configuration.databaseURL).open())
        let outboxJournal = try Journal(folder: configuration.data + "/outbox", configuration: .lossless)
        let eventJournal = try Journal(folder: configuration.data + "/journal", configuration: .events)
        let vtn = try configuration.hostedVTN.map { try VTNService($0, logger: logger) }
        let epoch = try await self.lead(configuration.zone, store)
        let terms = try configuration.engine(region: region, epoch: epoch)

        let outbox = Outbox(
            journal: outboxJournal, store: store, zone: configuration.zone,
            source: "aggregator-\(configuration.zone)", epoch: epoch, logger: logger
        ) { readiness.degrade("database", $0) }
        let journal = try EngineJournal(eventJournal)
        let certain = outbox.certain
        let replay = try journal.replay(upTo: certain) { effects, at in
            guard at > certain else { return }
            for record in effects.compactMap(\.batch) { try outbox.restore(record, at: at) }
        }
        try await outbox.restored()
        if replay.steps > 0 { logger.info("replayed", metadata: ["journal": "\(replay.summary)"]) }

        let parts = Parts()
        let service = EngineService(
            engine: replay.engine, configuration: terms, logger: logger,
            sinks: parts.sinks(outbox, journal, logger: logger)
        ) { try await journal.append($0) }
        let watch = EnrolmentWatch(
            store: store, zone: configuration.zone, scheduled: replay.engine?.enrolment.scheduled ?? [], logger: logger,
            now: WallClock.now
        ) { service.post($0.map(Event.enrolled)) }
        try await watch.turn()
        if replay.engine == nil {
            try await self.remember(store, configuration.zone, logger: logger) { service.post($0) }
        }

        let hub = try FleetHub(
            configuration.fleetLink, epoch: epoch, readings: replay.engine?.readingsTaken ?? [:],
            stops: replay.engine?.stops, logger: logger
        ) { service.post($0) }
        parts.set(hub: hub)
        var services: [any Service] = [outbox, service, watch, hub]
        services += try self.prices(configuration, logger) { service.post($0) }
        let ven = (configuration.ven?.completed(by: region)).map { terms in
            VENService(terms, logger: logger, storage: { storage(service.snapshot) }) { service.post($0) }
        }
        if let ven {
            parts.set(ven: ven)
            services.append(ven)
        }
        if let vtn { services.append(vtn) }
        if let pages = configuration.portal {
            let desk = PortalDependencies(
                snapshot: { service.snapshot }, store: store, tenant: configuration.tenant, zone: configuration.zone,
                post: { service.post($0) }, logger: logger)
            services.append(try self.portal(pages, desk, ven, vtn))
        }
        return services
    }

    /// Tells the prices of the file that is named, and again whenever it changes; nothing where none is.
    private static func prices(
        _ configuration: AggregatorConfiguration, _ logger: Logger, post: @escaping @Sendable ([Event]) -> Bool
    ) throws -> [any Service] {
        guard let path = configuration.prices else { return [] }
        let watch = PriceWatch(path: path, logger: logger) { post($0.map(Event.priced)) }
        try watch.turn()
        return [watch]
    }

    /// The portal, and on its ports the webhook of our VEN and the VTN that we host.
    private static func portal(
        _ pages: PortalConfiguration, _ desk: PortalDependencies, _ ven: VENService?, _ vtn: VTNService?
    ) throws -> PortalService {
        try PortalService(configuration: pages, dependencies: desk) { router in
            ven?.addRoutes(to: router)
            vtn?.addRoutes(to: router)
        }
    }

    /// Without a journal stations begin with what the database remembers of them.
    private static func remember(
        _ store: Store, _ zone: ZoneID, logger: Logger, post: ([Event]) -> Bool
    ) async throws {
        let known = try await store.trust(zone: zone)
        guard !known.isEmpty else { return }
        for first in stride(from: 0, to: known.count, by: 500) {
            guard post([.remembered(Array(known[first..<min(first + 500, known.count)]))]) else { break }
        }
        logger.info("trust records are taken from the database", metadata: ["stations": "\(known.count)"])
    }

    /// Mints the next epoch of the zone by compare-and-set: whoever led before is refused from now on.
    private static func lead(_ zone: ZoneID, _ store: Store) async throws -> Epoch {
        for _ in 0..<10 {
            let known = try await store.epoch(of: zone)
            if let epoch = try await store.mintEpoch(of: zone, expecting: known) { return epoch }
        }
        throw RuntimeError(.failed, "another aggregator leads zone \(zone): stop it, or give this one another zone")
    }

    /// What the fleet's batteries hold, for a bid's storage payloads.
    private static func storage(_ snapshot: EngineSnapshot) -> StorageState? {
        guard snapshot.capacity.wattSeconds > 0 else { return nil }
        return StorageState(
            usableCapacity: snapshot.capacity,
            chargeLevel: StateOfCharge(
                basisPoints: snapshot.stored.wattHours * 10_000 / max(1, snapshot.capacity.wattHours)),
            maxDischarge: snapshot.maxDischarge, maxCharge: snapshot.maxCharge)
    }

    /// Hub and VEN speak to the engine and it to them: they are known to it once they exist.
    private final class Parts: Sendable {
        private let known = Mutex<(hub: FleetHub?, ven: VENService?)>((nil, nil))

        var hub: FleetHub? { self.known.withLock { $0.hub } }
        var ven: VENService? { self.known.withLock { $0.ven } }

        /// Each effect to whoever carries it out: hub, VEN, outbox.
        func sinks(_ outbox: Outbox, _ journal: EngineJournal, logger: Logger) -> EngineService.Sinks {
            // Written beside the engine, which goes on meanwhile: the value that it gets is a copy.
            let checkpoints = DispatchQueue(label: "headroom.checkpoints", qos: .utility)
            return .init(
                perform: { effects in
                    self.hub?.perform(effects)
                    if let ven = self.ven { effects.forEach(ven.perform) }
                    outbox.enqueue(effects.compactMap(\.batch), at: WallClock.now())
                }, journalled: { self.hub?.journalled($0, $1) },
                checkpoint: { engine in
                    let index = journal.journal.nextIndex - 1
                    checkpoints.async {
                        do {
                            try journal.keep(engine, after: index)
                        } catch {
                            logger.warning(
                                "no checkpoint was kept: the journal grows until one is",
                                metadata: ["error": "\(error)"])
                        }
                    }
                }, mostWithoutCheckpoint: { journal.mostWithoutCheckpoint })
        }

        func set(hub: FleetHub) { self.known.withLock { $0.hub = hub } }
        func set(ven: VENService) { self.known.withLock { $0.ven = ven } }
    }
}
