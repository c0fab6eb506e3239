package import Domain
package import Logging
import OpenADR
import Runtime
import ServiceLifecycle
import Synchronization

/// Takes part in a utility's programmes: registers, reads calls, awards and instructions, sends bids,
/// telemetry and results. What it hears goes to a sink as events, what the engine wants comes in through
/// ``perform(_:)``. The VTN may be away for hours: nothing but telemetry is lost.
package final class VENService: Service {
    /// What the control room may know of the connection.
    package struct Status: Hashable, Sendable, Codable {
        package var connected = false
        package var lastContact: Instant?
        package var lastError: String?
        package var waiting = 0
        package var events = 0
        package var bidsAccepted = 0
        package var bidsRefused = 0
    }
    struct State {
        var reader: MarketReader
        var prices: PriceReader
        var outbox: VENOutbox
        var telemetry = TelemetryMean()
        var status = Status()
        var venID: ObjectID?
        /// Reports that we know to be at the VTN, by event and name.
        var reports: [String: ObjectID] = [:]
        var emitted: [String: Emitted] = [:]
        var callbackToken: String?
    }
    struct Emitted {
        var instruction: MarketReader.Instruction
        var expiry: Instant
    }
    let configuration: VENConfiguration
    let client: VTNClient
    private let transport: any VENTransport
    let state: Mutex<State>
    private let sink: @Sendable ([Domain.Event]) async -> Bool
    private let storage: @Sendable () -> StorageState?
    let logger: Logger
    private let nudges: AsyncStream<Void>
    private let nudge: AsyncStream<Void>.Continuation

    /// `sink` takes what the VTN said, all or none: false has it said again later. `storage` says what the batteries hold for a bid's storage payloads.
    package convenience init(
        _ configuration: VENConfiguration, logger: Logger,
        storage: @escaping @Sendable () -> StorageState? = { nil },
        sink: @escaping @Sendable ([Domain.Event]) async -> Bool
    ) {
        self.init(
            configuration, transport: HTTPTransport(), logger: logger, storage: storage, sink: sink)
    }

    package init(
        _ configuration: VENConfiguration, transport: any VENTransport, logger: Logger,
        storage: @escaping @Sendable () -> StorageState? = { nil },
        sink: @escaping @Sendable ([Domain.Event]) async -> Bool
    ) {
        self.configuration = configuration
        self.transport = transport
        self.client = VTNClient(configuration, transport: transport)
        self.state = Mutex(
            State(
                reader: MarketReader(configuration), prices: PriceReader(configuration),
                outbox: VENOutbox(limit: configuration.outboxLimit)))
        self.sink = sink
        self.storage = storage
        self.logger = logger
        (self.nudges, self.nudge) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package var status: Status {
        self.state.withLock { state in
            var status = state.status
            status.waiting = state.outbox.items.count
            return status
        }
    }

    /// Takes an effect of the engine that is for the utility, and returns at once; others are not ours.
    /// The same effect twice has the effect of once: a report is an absolute statement under a name.
    package func perform(_ effect: Effect) {
        switch effect.action {
        case .bid(let bid, let baseline):
            self.state.withLock { $0.reader.note(bid, baseline) }
            self.enqueue(.bid(bid, baseline))
        case .performance(let result): self.enqueue(.performance(result))
        case .report(let sample):
            self.state.withLock { state in
                guard let live = state.reader.award(for: sample) else { return }
                state.telemetry.add(sample, reference: live.reference)
            }
        default: break
        }
    }

    private func enqueue(_ content: VENOutbox.Content) {
        let taken = self.state.withLock { $0.outbox.add(content) }
        if !taken {
            self.logger.error("the outbox to the VTN is full: a report was not taken")
        }
        self.wake()
    }

    /// Something may have changed at the VTN, or there is something to send: do not wait for the next poll.
    package func wake() { self.nudge.yield() }

    package func run() async throws {
        self.logger.info(
            "OpenADR VEN is up",
            metadata: [
                "vtn": "\(self.configuration.vtnURL)", "ven": "\(self.configuration.venName)",
            ])
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.clock() }
                group.addTask { await self.loop() }
                await group.next()
                group.cancelAll()
            }
        }
        try await self.transport.shutdown()
    }

    /// Wakes the loop for the next poll, report or edge of an instruction.
    private func clock() async {
        var nextPoll = WallClock.now()
        while !Task.isCancelled {
            let now = WallClock.now()
            let edge = self.state.withLock { $0.reader.nextEdge(after: now) } ?? nextPoll
            let due = self.nextSending ?? nextPoll
            let wait = max(0.02, Double((min(nextPoll, min(edge, due)) - now).microseconds) / 1e6)
            guard (try? await Task.sleep(for: .seconds(min(wait, 1)))) != nil else { return }
            if WallClock.now() >= nextPoll {
                nextPoll = WallClock.now() + .seconds(self.configuration.pollSeconds)
                self.wake()
            } else if WallClock.now() >= min(edge, due) {
                await self.follow(now: WallClock.now())
                if WallClock.now() >= due { self.wake() }
            }
        }
    }

    /// When something that waits may be sent; nil where nothing waits, or the VTN is not there to take it.
    private var nextSending: Instant? {
        self.state.withLock { state in
            state.status.connected ? state.outbox.items.map(\.due).min() : nil
        }
    }

    private func loop() async {
        var nextTelemetry = WallClock.now()
        var quietUntil = Instant.distantPast
        for await _ in self.nudges {
            if Task.isCancelled { return }
            // A VTN that failed is not asked again before a poll's time, whatever there is to say.
            guard WallClock.now() >= quietUntil else { continue }
            await self.turn(now: WallClock.now(), telemetry: WallClock.now() >= nextTelemetry)
            if !self.status.connected {
                quietUntil = WallClock.now() + .milliseconds(self.configuration.pollSeconds * 900)
            }
            if WallClock.now() >= nextTelemetry {
                nextTelemetry = WallClock.now() + .seconds(self.configuration.telemetrySeconds)
            }
        }
    }

    /// One turn: register where that is open, read, tell the engine, send what waits. An error ends the
    /// turn and is said; the next one starts again.
    func turn(now: Instant, telemetry: Bool) async {
        do {
            try await self.register()
            try await self.poll(now: now)
            await self.follow(now: now)
            await self.sendWaiting(now: now)
            if telemetry { try await self.sendTelemetry() }
            self.contacted(now)
        } catch let failure as VTNFailure {
            self.failed("\(failure)")
            await self.follow(now: now)
        } catch {
            self.failed("\(error)")
        }
    }

    private func contacted(_ now: Instant) {
        let isFirst = self.state.withLock { state in
            defer {
                state.status.connected = true
                state.status.lastContact = now
                state.status.lastError = nil
            }
            return !state.status.connected
        }
        if isFirst {
            self.logger.info("the VTN answers", metadata: ["vtn": "\(self.configuration.vtnURL)"])
        }
    }

    private func failed(_ reason: String) {
        let isNews = self.state.withLock { state in
            defer {
                state.status.connected = false
                state.status.lastError = reason
                // Who we are there is asked anew: a VTN that lost its memory lost our ven too.
                state.venID = nil
            }
            return state.status.lastError != reason
        }
        if isNews {
            self.logger.warning("the VTN cannot be used now", metadata: ["reason": "\(reason)"])
        }
    }

    private func poll(now: Instant) async throws {
        let programs = try await self.client.list(Program.self).objects
        let wanted = Set(self.configuration.programs.map(\.program) + self.configuration.prices.map(\.program))
        var events: [OpenADR.Event] = []
        for program in programs where wanted.contains(program.request.programName) {
            let found = try await self.client.list(
                OpenADR.Event.self, query: [("programID", program.id.text), ("active", "true")])
            events += found.objects
            if found.unreadable > 0 {
                self.logger.warning(
                    "events were not understood", metadata: ["count": "\(found.unreadable)"])
            }
        }
        let outcome = self.state.withLock { state in
            var outcome = state.reader.read(programs, events, now: now)
            let priced = state.prices.read(programs, events, now: now)
            outcome.events += priced.events
            outcome.complaints += priced.complaints
            state.status.events += outcome.events.count
            return outcome
        }
        for line in outcome.complaints {
            self.logger.warning(
                "something at the VTN was not used", metadata: ["reason": "\(line)"])
        }
        guard await self.tell(outcome.events) else {
            self.state.withLock { state in
                state.reader.forget()
                state.prices.forget()
            }
            throw VTNFailure(
                status: 0, detail: "the engine has no room: what the VTN said comes again")
        }
        for case .priced(let curve) in outcome.events {
            self.logger.info(
                "prices were heard",
                metadata: ["steps": "\(curve.steps.count)", "site": "\(curve.site?.rawValue ?? "all")"])
        }
        for live in outcome.acknowledge { self.enqueue(.acknowledgement(live)) }
    }

    /// Hands events to the engine; false where it has no room for them.
    func tell(_ events: [Domain.Event]) async -> Bool {
        if events.isEmpty { return true }
        return await self.sink(events)
    }

    func storageState() -> StorageState? { self.storage() }
}
