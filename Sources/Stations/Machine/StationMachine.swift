package import Domain
package import Twin

/// A charging station as its operator sees it over OCPP, around the physics of its plant: bytes and time in,
/// bytes out. One CALL of ours is open at a time; what waits is bounded.
package struct StationMachine: Sendable {
    package enum Output: Hashable, Sendable {
        /// A text frame.
        case send([UInt8])
        /// Hang up; the station dials again by itself.
        case close
    }
    enum Phase: Hashable, Sendable {
        /// Nobody is plugged in; the car comes at the instant, where one comes.
        case free(plugAt: Instant?)
        /// Plugged in, waiting for the operator's word on the token.
        case authorizing
        /// In a transaction that the operator may not have answered yet.
        case charging
        /// Plugged in, and refused.
        case refused
    }
    struct OpenCall: Hashable, Sendable {
        var id: String
        var report: StationReport
        var at: Instant
    }
    /// Reports that wait for their turn; beyond it momentary values go first, then the oldest.
    static let mostWaiting = 256
    /// A CALL without an answer is given up after this.
    static let callTimeout = TimeSpan.seconds(30)

    package let spec: StationSpec
    package internal(set) var plant: Plant
    let wire: any StationWire
    let started: Instant
    let departure: Instant
    var settings: StationSettings
    var phase: Phase
    var generator: SeededGenerator
    var now: Instant
    var milliHertz = 50_000
    // The link and what waits for it.
    var isUp = false
    var isBooted = false
    var open: OpenCall?
    var waiting: [StationReport] = []
    var nextCall = 1
    // Timers.
    var bootAt: Instant?
    var heartbeatAt: Instant
    var meterAt: Instant?
    var dropAt: Instant?
    /// When a Reset was accepted: hang up after the answer.
    var isResetting = false
    // The transaction.
    var transactionId: String?
    var transactionStart: Instant
    var sequence = 0
    var hasSentNeeds = false

    package init(spec: StationSpec, seed: UInt64, at now: Instant) {
        self.spec = spec
        self.plant = Plant(model: spec.plant, seed: seed ^ 0xB0A7, at: now)
        self.wire = spec.version == .v16 ? V16Wire() : V2Wire(version: spec.version)
        self.settings = StationSettings(spec: spec)
        self.generator = SeededGenerator(seed: seed)
        self.isBooted = spec.quirks.contains(.noBoot)
        self.settings.strip(spec.quirks)
        self.started = now
        self.departure = spec.departure.instant(start: now)
        self.now = now
        self.heartbeatAt = now + .seconds(60)
        self.transactionStart = now
        let wait = TimeSpan.milliseconds(Int.random(in: 200...2_000, using: &self.generator))
        self.phase = .free(plugAt: now + wait)
    }

    /// True from the start to the end of a transaction, whatever the operator has answered yet.
    package var isInTransaction: Bool { self.phase == .charging }

    /// The battery of the car, wherever it is.
    package var battery: Battery? { self.plant.battery }

    /// The connection stands. A station that has booted does not boot again (OCPP-J Part 4 section 5.4).
    package mutating func connected(at now: Instant) -> [Output] {
        self.now = now
        self.isUp = true
        self.plant.link(isUp: true, at: now)
        if self.isBooted {
            self.enqueue(.status(self.status, at: now))
        } else {
            self.bootAt = now
        }
        if self.spec.misbehaviour == .drops { self.dropAt = now + self.dropWait() }
        return self.advance()
    }

    /// The connection is gone. An open CALL is said again later, unless it held only momentary values.
    package mutating func disconnected(at now: Instant) {
        self.now = now
        self.isUp = false
        self.plant.link(isUp: false, at: now)
        if let open = self.open, !open.report.isExpendable, open.report != .boot {
            self.waiting.insert(open.report, at: 0)
        }
        self.open = nil
        self.dropAt = nil
        self.isResetting = false
    }

    /// Time passes: physics, then timers, then whatever may be said.
    package mutating func tick(at now: Instant, milliHertz: Int) -> [Output] {
        self.now = now
        self.milliHertz = milliHertz
        self.plant.step(to: now, milliHertz: milliHertz)
        self.runTimers()
        if self.isUp, let at = self.dropAt, now >= at {
            self.dropAt = now + self.dropWait()
            return [.close]
        }
        return self.advance()
    }

    /// A frame came. What is no frame gets the version's own error, or nothing where it has none.
    package mutating func received(_ bytes: [UInt8], at now: Instant) -> [Output] {
        self.now = now
        guard case .array(let parts) = JSONReader.read(bytes), let kind = parts.first?.int,
            parts.count >= 3, let id = parts[1].string
        else { return [] }
        switch (kind, parts.count) {
        case (2, 4):
            guard let action = parts[2].string else { return [] }
            return self.answer(id: id, action: action, payload: parts[3]) + self.advance()
        case (3, 3):
            self.resolve(id: id, payload: parts[2])
        case (4, _):
            self.resolve(id: id, payload: nil)
        default:
            break
        }
        return self.advance()
    }

    private mutating func answer(id: String, action: String, payload: JSON) -> [Output] {
        if self.hangsUp(on: action) { return [.close] }
        var reply =
            self.quirkyReply(to: action, payload) ?? self.wire.reply(to: action, payload, machine: &self)
        if case .error(let code, _) = reply, self.has(.emptyErrorText) { reply = .error(code: code, description: "") }
        var outputs: [Output] = []
        switch reply {
        case .result(let result):
            outputs = [.send(JSON.array([.int(3), .string(id), result]).bytes)]
        case .error(let code, let description):
            let error: [JSON] = [
                .int(4), .string(id), .string(code), .string(description), .object([:]),
            ]
            outputs = [.send(JSON.array(error).bytes)]
        case .silence:
            break
        }
        return self.isResetting ? outputs + [.close] : outputs
    }

    private mutating func resolve(id: String, payload: JSON?) {
        guard let open = self.open, open.id == id else { return }
        self.open = nil
        let answer = payload.map { self.wire.answer(to: open.report, $0) } ?? .refused
        self.apply(answer, to: open.report)
    }

    /// Says the next thing that waits, when the link is up and nothing is open.
    mutating func advance() -> [Output] {
        guard self.isUp, self.open == nil else { return [] }
        let next: StationReport
        if !self.isBooted {
            guard let at = self.bootAt, self.now >= at else { return [] }
            self.bootAt = nil
            next = .boot
        } else {
            guard !self.waiting.isEmpty else { return [] }
            next = self.waiting.removeFirst()
        }
        let id = String(self.nextCall)
        self.nextCall += 1
        self.open = OpenCall(id: id, report: next, at: self.now)
        var (action, payload) = self.wire.call(next, machine: self)
        payload = self.bent(action, payload)
        let frame = Output.send(JSON.array([.int(2), .string(id), .string(action), payload]).bytes)
        return self.has(.repeatsCalls) ? [frame, frame] : [frame]
    }

    mutating func enqueue(_ report: StationReport) {
        if self.swallows(report) { return }
        if self.waiting.count >= Self.mostWaiting {
            let index = self.waiting.firstIndex(where: \.isExpendable) ?? 0
            self.waiting.remove(at: index)
        }
        self.waiting.append(report)
        self.waiting += self.echoes(of: report)
    }

    /// A minute or so between two lost connections.
    private mutating func dropWait() -> TimeSpan {
        .milliseconds(Int.random(in: 20_000...100_000, using: &self.generator))
    }
}
