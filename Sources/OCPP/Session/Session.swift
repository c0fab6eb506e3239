/// What a call of ours was for, as a number whose meaning is the caller's.
package struct CallTag: Hashable, Sendable, ExpressibleByIntegerLiteral {
    package var code: Int

    package init(code: Int) { self.code = code }

    package init(integerLiteral code: Int) { self.code = code }
}

/// The bookkeeping of one connection: one call of ours in flight, a bounded queue behind it, a bounded number of
/// calls of the peer waiting for our answer, doubled ids, late answers. Pure: bytes and `now` in, bytes out.
/// A ``CallTag`` says what a call was for. Not generic: other modules would pay for that with every call.
package struct Session: Sendable {
    package typealias Limits = SessionLimits
    package typealias InboundCall = OCPP.InboundCall
    package typealias Outcome = CallOutcome

    /// A call of ours on its way.
    package struct OpenCall: Sendable {
        package var id: String
        package var action: String
        package var tag: CallTag
        package var since: DateTime
    }

    /// What a frame means.
    package enum Received: Sendable {
        /// Answer it with ``answer(_:_:)`` or ``refuse(_:_:)``.
        case request(InboundCall)
        /// Never answered (2.1).
        case unanswered(action: String, payload: JSONValue)
        case completed(OpenCall, Outcome)
        /// Say this; nothing changes.
        case reply([UInt8], OCPPError?)
        /// Nothing changes; why, for a counter.
        case ignored(Ignored)
    }

    package typealias Ignored = IgnoredFrame

    private struct Waiting: Sendable {
        var message: any Request
        var tag: CallTag
    }

    package let version: OCPPVersion
    package let limits: Limits
    /// Makes ids unique over all connections of the station.
    private let prefix: String
    private var counter: UInt32 = 0
    package private(set) var open: OpenCall?
    private var waiting: [Waiting] = []
    private var inbox: Inbox

    /// `salt` differs from connection to connection.
    package init(version: OCPPVersion, salt: UInt64, limits: Limits = Limits()) {
        self.version = version
        self.limits = limits
        self.inbox = Inbox(version: version, limits: limits)
        self.prefix = String(salt & 0xFFFF_FFFF_FFFF, radix: 36) + "-"
    }

    package var isFree: Bool { self.open == nil }
    package var waitingCount: Int { self.waiting.count }

    /// How rare messages are read from now on.
    package mutating func judge(strictly isStrict: Bool) { self.inbox.judge(strictly: isStrict) }

    // MARK: Our calls

    /// Starts a call. Only while ``isFree``. `wire` is the version whose fields are written: drafts of 2.1 run on 2.0.1.
    package mutating func begin<Message: Request>(
        _ message: Message, tag: CallTag, at now: DateTime, as wire: OCPPVersion? = nil
    ) -> [UInt8] {
        precondition(self.open == nil, "one call in flight")
        self.counter &+= 1
        let id = self.prefix + String(self.counter)
        self.open = OpenCall(id: id, action: Message.action, tag: tag, since: now)
        return FrameWriter.call(id: id, message, version: wire ?? self.version)
    }

    /// Puts a call behind the others; false where the queue is full, or where the version forbids the message
    /// (``Payload/fault(in:)`` says why).
    package mutating func enqueue(_ message: some Request, tag: CallTag) -> Bool {
        guard message.fault(in: self.version) == nil else { return false }
        guard self.waiting.count < self.limits.mostWaiting else { return false }
        self.waiting.append(Waiting(message: message, tag: tag))
        return true
    }

    /// The next waiting call, when none is in flight.
    package mutating func beginNext(at now: DateTime) -> [UInt8]? {
        guard !self.waiting.isEmpty, self.open == nil else { return nil }
        let next = self.waiting.removeFirst()
        return self.begin(next.message, tag: next.tag, at: now)
    }

    /// The call that has waited too long for its answer, if any. The next one may start.
    package mutating func expired(at now: DateTime) -> OpenCall? {
        guard let open = self.open,
            now.microseconds - open.since.microseconds >= self.limits.callTimeout
        else { return nil }
        self.open = nil
        return open
    }

    /// The connection is gone: what was in flight, so that it can be told.
    package mutating func closed() -> OpenCall? {
        self.waiting = []
        self.inbox.forgetOpen()
        defer { self.open = nil }
        return self.open
    }

    // MARK: Frames of the peer

    package mutating func receive(_ bytes: [UInt8]) -> Received {
        switch self.inbox.receive(bytes) {
        case .request(let call): return .request(call)
        case .accepted(let id):
            guard let open = self.open, open.id.utf8.elementsEqual(bytes[id]) else { return .ignored(.lateAnswer) }
            self.open = nil
            return .completed(open, .accepted)
        case .answer(let id, let outcome): return self.complete(id, outcome)
        case .send(let action, let payload): return .unanswered(action: action, payload: payload)
        case .ignored(let why): return .ignored(why)
        case .reply(let answer, let error): return .reply(answer, error)
        case .broken(let broken): return self.broken(broken)
        }
    }

    private mutating func complete(_ id: String, _ outcome: Outcome) -> Received {
        guard let open = self.open, open.id == id else { return .ignored(.lateAnswer) }
        self.open = nil
        return .completed(open, outcome)
    }

    private mutating func broken(_ broken: BrokenFrame) -> Received {
        if let type = broken.type, type == 3 || type == 4, let open = self.open, open.id == broken.id {
            self.open = nil
            let code = broken.error.code.wire(in: self.version)
            return .completed(open, .error(code: code, description: broken.error.message))
        }
        guard let answer = broken.answer(version: self.version) else { return .ignored(.broken) }
        return .reply(answer, broken.error)
    }

    package mutating func answer(_ call: InboundCall, _ payload: some Payload) -> [UInt8] {
        self.inbox.settle(call, FrameWriter.result(id: call.id, payload, version: self.version))
    }

    /// `{}`.
    package mutating func answer(_ call: InboundCall, _ payload: EmptyPayload) -> [UInt8] {
        self.inbox.settle(call, FrameWriter.emptyResult(id: call.id))
    }

    package mutating func refuse(_ call: InboundCall, _ error: OCPPError) -> [UInt8] {
        self.inbox.settle(call, FrameWriter.error(id: call.id, error, version: self.version))
    }
}
