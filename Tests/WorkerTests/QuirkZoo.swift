import Domain
import OCPP
import Twin

@testable import Stations
@testable import Worker

/// One simulated station on the worker's own link: bytes between them, no sockets, time by hand.
struct QuirkZoo {
    var machine: StationMachine
    var link: Worker.StationLink
    var now = Instant(seconds: 1_795_464_000)
    var facts: [StationFact] = []
    var answers: [OrderAnswer] = []
    var counts: [String: Int] = [:]
    /// Actions of ours that the station got.
    var said: [String] = []
    /// What the station answered with CALLERROR, and what we did.
    var complaints: [String] = []
    var redialAt: Instant?
    private var salt: UInt64 = 1
    private var nextId: Int32 = 77
    private let configuration: LinkConfiguration
    private var policy: StationPolicy

    init(
        _ version: StationVersion, _ quirks: Set<StationQuirk>, v2x: StationV2X = .no, dialects: [Dialect] = [],
        policy: StationPolicy? = nil, stay: TimeSpan = .minutes(10)
    ) {
        var spec = StationSpec(
            station: "CS1", version: version, site: "site-1", token: "TAG1", vehicle: "ev-1",
            capacity: Energy(wattHours: 60_000), charge: StateOfCharge(basisPoints: 6_000),
            target: StateOfCharge(basisPoints: 6_500), departure: .afterStart(stay),
            maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000), minimum: Power(watts: 1_380),
            step: Power(watts: 10), latency: .milliseconds(300), rampPerSecond: Power(watts: 40_000), v2x: v2x,
            misbehaviour: .none)
        spec.quirks = quirks
        var configuration = LinkConfiguration()
        configuration.dialects = DialectBook(dialects)
        self.configuration = configuration
        self.policy = policy ?? StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) })
        self.machine = StationMachine(spec: spec, seed: 5, at: self.now)
        self.link = Self.link(version, configuration, StationRecord(), self.policy, salt: 1)
        self.redialAt = self.now
    }

    private static func link(
        _ version: StationVersion, _ configuration: LinkConfiguration, _ record: StationRecord,
        _ policy: StationPolicy, salt: UInt64
    ) -> Worker.StationLink {
        let number = OCPPVersion.allCases.first { $0.number == version.rawValue } ?? .v21
        return Worker.StationLink(
            station: "CS1", version: number, configuration: configuration, record: record, salt: salt, policy: policy)
    }

    mutating func run(_ seconds: Int) {
        let end = self.now + .seconds(seconds)
        while self.now < end {
            self.now = self.now + .milliseconds(100)
            if let at = self.redialAt, self.now >= at { self.dial() }
            self.fromStation(self.machine.tick(at: self.now, milliHertz: 50_000))
            if self.redialAt == nil { self.fromWorker(self.link.tick(at: self.now)) }
        }
    }

    mutating func order(_ watts: Int, validFor seconds: Int = 60) {
        guard self.redialAt == nil else { return }
        let order = StationOrder(
            station: "CS1", evse: 1, command: .setpoint(Power(watts: watts), validFor: .seconds(seconds)),
            trace: .none)
        self.fromWorker(self.link.order(order, at: self.now))
    }

    /// Orders once a second, as regulation does.
    mutating func follow(_ watts: Int, seconds: Int) {
        for _ in 0..<seconds {
            self.order(watts)
            self.run(1)
        }
    }

    /// The worker's process starts anew; what the policy kept is all that it knows.
    mutating func restartWorker() {
        self.machine.disconnected(at: self.now)
        self.link.record = StationRecord()
        self.redialAt = self.now + .seconds(1)
    }

    /// The link breaks; the station dials again after a while.
    mutating func loseLink(for seconds: Int = 5) {
        self.machine.disconnected(at: self.now)
        self.fromWorker(self.link.closed(at: self.now))
        self.redialAt = self.now + .seconds(seconds)
    }

    private mutating func dial() {
        self.redialAt = nil
        self.salt += 1
        self.link = Self.link(
            self.machine.spec.version, self.configuration, self.link.record, self.policy, salt: self.salt)
        self.fromWorker(self.link.opened(at: self.now))
        self.fromStation(self.machine.connected(at: self.now))
    }

    private mutating func fromStation(_ outputs: [StationMachine.Output]) {
        for output in outputs where self.redialAt == nil {
            switch output {
            case .send(let bytes): self.fromWorker(self.link.receive(bytes, at: self.now))
            case .close:
                self.machine.disconnected(at: self.now)
                self.fromWorker(self.link.closed(at: self.now))
                self.redialAt = self.now + .seconds(5)
            }
        }
    }

    private mutating func fromWorker(_ outputs: [LinkOutput]) {
        for output in outputs {
            switch output {
            case .send(let bytes): self.deliver(bytes)
            case .counted(let name): self.counts[name, default: 0] += 1
            case .answered(let answer): self.answers.append(answer)
            case .facts(let facts, let ticket):
                self.facts += facts
                if let ticket { self.fromWorker(self.link.acknowledged(ticket, at: self.now)) }
            case .wantsTransactionID(_, let ticket):
                self.nextId += 1
                self.fromWorker(self.link.issued(self.nextId, for: ticket, at: self.now))
            // Certificates are not the zoo's business.
            default: break
            }
        }
    }

    private mutating func deliver(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if text.hasPrefix("[4,") { self.complaints.append(text) }
        if text.hasPrefix("[2,") { self.said.append(text) }
        self.fromStation(self.machine.received(bytes, at: self.now))
    }

    // MARK: What is seen

    var watts: Int { self.machine.plant.power.watts }
    var capability: EVSECapability? {
        self.facts.reversed().lazy.compactMap { if case .capability(1, let told) = $0 { told } else { nil } }.first
    }
    var plugged: [String] {
        self.facts.compactMap { if case .plugged(_, _, let id) = $0 { id } else { nil } }
    }
    var unplugged: [String] {
        self.facts.compactMap { if case .unplugged(_, let id) = $0 { id } else { nil } }
    }
    var samples: [MeterSample] {
        self.facts.compactMap { if case .meter(_, let sample) = $0 { sample } else { nil } }
    }
    /// Power of the TxDefaultProfile that the station holds, W.
    var bottom: Int? {
        let held = self.machine.plant.profiles.profiles.filter {
            $0.purpose == .transactionDefault && $0.stackLevel == 0
        }
        guard held.count == 1, case .limit(let power) = held[0].periods.first?.mode else { return nil }
        return held[0].duration == nil && held[0].validTo == nil && held[0].maxOffline == nil ? power.watts : nil
    }
    func count(_ action: String) -> Int { self.said.count { $0.contains("\"\(action)\"") } }
    var accepted: Int { self.answers.count { $0.outcome == .accepted } }
}
