import Domain
import OCPP

/// Our side of one station's connection: bytes and time in, frames and facts out. Pure; the channel handler
/// around it owns it.
struct StationLink: Sendable {
    // What each order and its answer touches lies first and together: of many stations it comes from far memory.
    var session: Session
    var dispatchers = ByEVSE<Dispatcher>()
    /// The frame of dispatch whose answer is waited for; a session has one call in flight.
    var said: (evse: Int, call: DispatchCall)?
    /// Rarely more than one, so that looking at all is the shortest way.
    private var orders: [(number: UInt64, order: StationOrder, since: Instant)] = []
    private var nextOrder: UInt64 = 1
    private var turn = 0
    /// Whether the station may work.
    var admission = BootVerdict.accepted

    let station: StationID
    let version: OCPPVersion
    let configuration: LinkConfiguration
    let policy: StationPolicy
    var record: StationRecord
    var capabilities: [Int: EVSECapability] = [:]
    /// Answers that wait for the observer or for a transaction id.
    var held: [Int: HeldAnswer] = [:]
    var nextTicket = 1
    /// Who waits for the outcome of a call of theirs.
    var asked: [Int: @Sendable (CallOutcome) -> Void] = [:]
    /// As the files have it; what is spoken is ``Dialect/effective(_:_:)`` of it.
    private(set) var dialect: Dialect
    private var bootAskAt: Instant?
    private var bootAsks = 0
    private var isConfigured = false
    /// What is needed before something is laid at the bottom of an idle station's stack.
    var readiness = BottomReadiness()
    /// When it is next looked at whether the share of the site's limit changed.
    var limitLookAt: Instant?
    /// EVSEs whose car's state of charge was metered since the last look at cars.
    var chargeHeard: Set<Int> = []
    var carLooks: [Int: CarLook] = [:]
    var carLookAt = Instant.distantPast
    /// When it is next looked at whether the station's certificate ends soon.
    var renewalLookAt: Instant?

    enum HeldAnswer: Sendable {
        case ready(Session.InboundCall, any Payload)
        case start(Session.InboundCall, V16.StartTransactionRequest)
        /// The answer where nobody knows.
        case asking(Session.InboundCall, otherwise: any Payload)
    }

    static let mostBootAsks = 3

    init(
        station: StationID, version: OCPPVersion, configuration: LinkConfiguration,
        record: StationRecord, salt: UInt64,
        policy: StationPolicy
    ) {
        self.station = station
        self.version = version
        self.configuration = configuration
        self.policy = policy
        var record = record
        record.recall(policy.recalls(station))
        self.record = record
        self.session = Session(version: version, salt: salt, limits: configuration.limits)
        self.dialect = DialectBook.standard(version)
        self.chooseDialect()
    }

    private mutating func chooseDialect() {
        self.dialect = self.configuration.dialects.dialect(
            vendor: self.record.boot?.vendor ?? "", model: self.record.boot?.model ?? "",
            version: self.version)
        self.session.judge(strictly: self.configuration.limits.isStrict || self.dialect.strict)
    }

    // MARK: Life

    /// The connection stands. What was known of the station is told again.
    mutating func opened(at now: Instant) -> [LinkOutput] {
        self.admission = self.policy.boot(self.station)
        guard !self.isHeld else {
            self.bootAskAt = now + self.configuration.bootWait
            return self.pump(at: now)
        }
        var facts: [StationFact] = [.connected(version: self.version.number)]
        if let boot = self.record.boot {
            facts.append(.identified(vendor: boot.vendor, model: boot.model, firmware: boot.firmware))
        }
        for (evse, transaction) in self.record.transactions.sorted(by: { $0.key < $1.key }) {
            facts.append(
                .plugged(evse: evse, token: transaction.token, transaction: transaction.id))
        }
        var outputs: [LinkOutput] = [.facts(facts, acknowledge: nil)]
        if self.record.boot != nil {
            for evse in self.record.evses { _ = self.meet(evse) }
            outputs += self.tellCapabilities()
            self.configure()
            _ = self.session.enqueueTrigger("StatusNotification")
        } else {
            self.bootAskAt = now + self.configuration.bootWait
        }
        return outputs + self.pump(at: now)
    }

    /// The connection is gone: every order that waits is told so.
    mutating func closed(at now: Instant) -> [LinkOutput] {
        var outputs: [LinkOutput] = []
        if case .dispatch(let evse) = self.session.closed()?.tag.purpose { _ = self.probed(.disconnected, evse) }
        for evse in self.dispatchers.evses {
            let reports = self.dispatchers[evse]?.lost() ?? []
            outputs += self.answers(reports, at: now)
        }
        self.held = [:]
        self.forgetAsked()
        outputs.append(.facts([.disconnected], acknowledge: nil))
        return outputs
    }

    /// Time passes: time-outs, watchdogs to keep alive, a boot to ask for.
    mutating func tick(at now: Instant) -> [LinkOutput] {
        var outputs: [LinkOutput] = []
        if let expired = self.session.expired(at: now.wire) {
            outputs.append(.counted("timeout"))
            outputs += self.completed(expired, .timedOut, at: now)
        }
        if let ask = self.bootAskAt, now >= ask {
            self.bootAsks += 1
            self.bootAskAt = self.bootAsks < Self.mostBootAsks ? now + .seconds(30) : nil
            _ = self.session.enqueueTrigger("BootNotification")
        }
        self.lookAtCertificate(at: now)
        self.lookAtBottoms(at: now)
        self.lookAtCars(at: now)
        return outputs + self.pump(at: now)
    }

    /// A whole text message came.
    mutating func receive(_ bytes: [UInt8], at now: Instant) -> [LinkOutput] {
        var outputs: [LinkOutput] = []
        switch self.session.receive(bytes) {
        case .request(let call):
            outputs = self.handle(call, at: now)
        case .unanswered(let action, let payload):
            outputs = self.handleSent(action, payload)
        case .completed(let open, let outcome):
            outputs = self.completed(open, outcome, at: now)
        case .reply(let bytes, let error):
            outputs = [.send(bytes), .counted(error?.code.rawValue ?? "replayed")]
        case .ignored(let why):
            outputs = [.counted(why.rawValue)]
        }
        return outputs + self.pump(at: now)
    }

    // MARK: EVSEs

    /// The dispatcher of an EVSE, made at the first word about it; nil for numbers no station has.
    mutating func meet(_ evse: Int) -> Bool {
        guard !self.dispatchers.has(evse) else { return true }
        guard (1...DeviceModel.mostEVSEs).contains(evse) else { return false }
        self.record.evses.insert(evse)
        self.dispatchers[evse] = self.newDispatcher(evse)
        return true
    }

    /// Does something to an EVSE's dispatcher where it lies, without taking it out and putting it back.
    mutating func withDispatcher<Result>(_ evse: Int, _ body: (inout Dispatcher) -> Result) -> Result? {
        self.dispatchers.change(evse, body)
    }

    private func newDispatcher(_ evse: Int) -> Dispatcher {
        var dispatcher = Dispatcher(
            version: self.version, evse: evse, dialect: self.spoken,
            policy: self.configuration.fallback, share: self.station.placeInSpread)
        self.teach(&dispatcher)
        dispatcher.recall(self.record.bottoms[evse])
        if self.readiness.isReady { dispatcher.becomeReady() }
        if let transaction = self.record.transactions[evse] {
            dispatcher.began(transaction: transaction.id)
        }
        return dispatcher
    }

    func teach(_ dispatcher: inout Dispatcher) {
        let needs = self.record.needs[dispatcher.evse]
        // The car's own limits bound what is asked, the station's nameplate bounds the rest.
        let most = self.record.model.evses[dispatcher.evse]?.maxPower
        let charge = [most, needs?.maxCharge?.watts].compactMap { $0 }.min()
        let discharge = needs?.maxDischarge?.watts
        dispatcher.adopt(self.spoken)
        dispatcher.beneathLimit =
            self.policy.fallbackLimit(self.station, dispatcher.evse)?.watts
        let knowsV2X = self.version == .v21 || self.dialect.capability == .draftOn201
        let forbidsDischarge = knowsV2X && needs?.wantsBidirectional == false
        dispatcher.learn(
            self.record.model, maxCharge: charge, maxDischarge: forbidsDischarge ? 0 : discharge)
    }

    /// A boot may have shown another dialect; a new device model may have shown more.
    mutating func relearn() {
        for evse in self.record.evses {
            guard var dispatcher = self.dispatchers[evse] else { continue }
            self.teach(&dispatcher)
            self.dispatchers[evse] = dispatcher
        }
    }

    /// What changed in what the charging points can do.
    mutating func tellCapabilities() -> [LinkOutput] {
        guard !self.isHeld else { return [] }
        var facts: [StationFact] = []
        for evse in self.dispatchers.evses {
            guard let capability = self.capability(evse), self.capabilities[evse] != capability
            else {
                continue
            }
            self.capabilities[evse] = capability
            facts.append(.capability(evse: evse, capability))
        }
        return facts.isEmpty ? [] : [.facts(facts, acknowledge: nil)]
    }

    private func capability(_ evse: Int) -> EVSECapability? {
        guard let dispatcher = self.dispatchers[evse] else { return nil }
        let canDischarge = dispatcher.canDischarge && dispatcher.maxDischarge != 0
        let capability: Capability =
            dispatcher.dialect.capability == .none
            ? .none : !canDischarge ? .curtail : dispatcher.holdsCurve ? .residentCurve : .setpoint
        var told = EVSECapability(
            capability: capability, dialect: dispatcher.dialect.name,
            maxCharge: dispatcher.maxCharge.map { Power(watts: $0) },
            maxDischarge: canDischarge ? dispatcher.maxDischarge.map { Power(watts: $0) } : .zero,
            minimumPower: Power(watts: dispatcher.dialect.minimumWatts),
            step: Power(watts: dispatcher.dialect.stepWatts))
        told.reason = dispatcher.dialect.reason
        told.fallsTo = Power(watts: dispatcher.fallsTo)
        return told
    }

    // MARK: Orders

    /// Takes an order; what it overtakes is answered at once. Its latency counts from `arrived` on.
    mutating func order(_ order: StationOrder, arrived: Instant? = nil, at now: Instant) -> [LinkOutput] {
        let number = self.nextOrder
        guard !self.isHeld else {
            return [.answered(Self.answer(order, .rejected(reason: "NotAccepted"), nil, .zero))]
        }
        guard self.meet(order.evse) else {
            return [.answered(Self.answer(order, .rejected(reason: "UnknownEvse"), nil, .zero))]
        }
        self.nextOrder += 1
        self.orders.append((number, order, arrived ?? now))
        let target: DispatchTarget
        var valid = 1
        switch order.command {
        case .setpoint(let power, let validFor):
            target = .setpoint(watts: power.watts)
            valid = validFor.seconds
        case .armCurve(let points, let baseline, let validFor):
            target = .curve(
                points: points.map { CurveWatts(milliHertz: $0.milliHertz, watts: $0.power.watts) },
                baseline: baseline.watts)
            valid = validFor.seconds
        case .clear:
            target = .clear
            valid = 60
        }
        let reports =
            self.withDispatcher(order.evse) {
                $0.command(target, order: number, validForSeconds: valid, at: now.wire)
            } ?? []
        let pumped = self.pump(at: now)
        return reports.isEmpty ? pumped : self.answers(reports, at: now) + pumped
    }

    static func answer(
        _ order: StationOrder, _ outcome: OrderOutcome, _ asked: Power?, _ latency: TimeSpan
    ) -> OrderAnswer {
        OrderAnswer(
            station: order.station, evse: order.evse, command: order.command, trace: order.trace,
            outcome: outcome, asked: asked, latency: latency)
    }

    mutating func answers(_ reports: [DispatchReport], at now: Instant) -> [LinkOutput] {
        reports.compactMap { report in
            guard let place = self.orders.firstIndex(where: { $0.number == report.order }) else { return nil }
            let known = self.orders.remove(at: place)
            return .answered(
                Self.answer(
                    known.order, report.outcome.order, report.asked.map { Power(watts: $0) },
                    now - known.since))
        }
    }

    /// Starts the next call: dispatch before housekeeping, EVSEs in turn.
    mutating func pump(at now: Instant) -> [LinkOutput] {
        guard self.session.isFree else { return [] }
        var outputs: [LinkOutput] = []
        for step in 0..<self.dispatchers.count {
            let evse = self.dispatchers.evses[(self.turn + step) % self.dispatchers.count]
            var reports: [DispatchReport] = []
            let call = self.withDispatcher(evse) { $0.next(at: now.wire, reports: &reports) } ?? nil
            if !reports.isEmpty { outputs += self.answers(reports, at: now) }
            guard let call else { continue }
            self.said = (evse, call)
            self.turn = (self.turn + step + 1) % max(self.dispatchers.count, 1)
            outputs.append(
                .send(call.begin(on: &self.session, tag: .dispatch(evse: evse), at: now.wire)))
            return outputs
        }
        if let bytes = self.session.beginNext(at: now.wire) { outputs.append(.send(bytes)) }
        return outputs
    }

    // MARK: Boot

    /// A station that boots holds nothing of ours: orders that wait are told so, all is said anew.
    mutating func booted(_ boot: StationRecord.Boot, at now: Instant) -> [LinkOutput] {
        var outputs: [LinkOutput] = []
        self.bootAskAt = nil
        let isOther = self.record.boot != boot
        self.record.boot = boot
        if isOther {
            self.record.model = DeviceModel()
            self.record.probe = CapabilityProbe()
            self.record.recall(self.policy.recalls(self.station))
            self.chooseDialect()
            self.isConfigured = false
        }
        self.record.bottoms = [:]
        let evses = self.record.evses.isEmpty ? [1] : self.record.evses
        for evse in evses {
            let reports = self.dispatchers[evse]?.lost() ?? []
            outputs += self.answers(reports, at: now)
            self.dispatchers[evse] = nil
            _ = self.meet(evse)
        }
        return outputs
    }

    /// Sets the metering and asks what the station can do; once per connection and boot.
    mutating func configure() {
        guard !self.isConfigured else { return }
        self.isConfigured = true
        self.readiness.answersDue += self.session.enqueueConfiguration(
            interval: self.configuration.meterIntervalSeconds)
    }
}

extension DispatchReport.Outcome {
    var order: OrderOutcome {
        switch self {
        case .accepted: .accepted
        case .rejected(let reason): .rejected(reason: reason)
        case .failed(let code): .failed(code: code)
        case .timedOut: .timedOut
        case .superseded: .superseded
        case .disconnected: .notConnected
        case .notSupported: .notSupported
        }
    }
}
