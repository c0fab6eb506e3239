/// The bookkeeping of one connection: one call of ours in flight, a bounded queue behind it, a bounded number of
/// calls of the peer waiting for our answer, doubled ids, late answers. Pure: bytes and `now` in, bytes out.
/// `Tag` says what a call was for.
package struct Session<Tag: Sendable>: Sendable {
    package struct Limits: Hashable, Sendable {
        /// A call of ours is given up after this.
        package var callTimeout: Int = 10_000_000
        /// Housekeeping calls that wait.
        package var mostWaiting = 32
        /// Calls of the peer that may be open; OCPP-J allows one.
        package var mostOpenInbound = 4
        /// Answers kept for a call that is sent again.
        package var remembered = 4

        package init() {}
    }

    /// A call of ours on its way.
    package struct OpenCall: Sendable {
        package var id: String
        package var action: String
        package var tag: Tag
        package var since: DateTime
    }

    /// What the peer made of a call of ours.
    package enum Outcome: Sendable {
        case result(JSONValue)
        case error(code: String, description: String)
        case timedOut
        case disconnected
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

    package enum Ignored: String, Hashable, Sendable {
        case lateAnswer = "late_answer"
        case unknownType = "unknown_type"
        case doubledCall = "doubled_call"
        case broken = "broken_frame"
        case resultError = "result_error"
    }

    package struct InboundCall: Sendable {
        package var id: String
        package var action: String
        package var payload: JSONValue
        fileprivate var mark: UInt64
    }

    private struct Remembered: Sendable {
        var id: String
        var mark: UInt64
        var bytes: [UInt8]
    }

    private struct Waiting: Sendable {
        var message: any Request
        var tag: Tag
    }

    package let version: OCPPVersion
    package let limits: Limits
    /// Makes ids unique over all connections of the station.
    private let prefix: String
    private var counter: UInt32 = 0
    package private(set) var open: OpenCall?
    private var waiting: [Waiting] = []
    private var inbound: [InboundCall] = []
    private var remembered: [Remembered] = []

    /// `salt` differs from connection to connection.
    package init(version: OCPPVersion, salt: UInt64, limits: Limits = Limits()) {
        self.version = version
        self.limits = limits
        self.prefix = String(salt & 0xFFFF_FFFF_FFFF, radix: 36) + "-"
    }

    package var isFree: Bool { self.open == nil }
    package var waitingCount: Int { self.waiting.count }

    // MARK: Our calls

    /// Starts a call. Only while ``isFree``.
    package mutating func begin<Message: Request>(
        _ message: Message, tag: Tag, at now: DateTime
    ) -> [UInt8] {
        precondition(self.open == nil, "one call in flight")
        self.counter &+= 1
        let id = self.prefix + String(self.counter)
        self.open = OpenCall(id: id, action: Message.action, tag: tag, since: now)
        return FrameWriter.call(id: id, message, version: self.version)
    }

    /// Puts a call behind the others; false where the queue is full.
    package mutating func enqueue(_ message: some Request, tag: Tag) -> Bool {
        guard self.waiting.count < self.limits.mostWaiting else { return false }
        self.waiting.append(Waiting(message: message, tag: tag))
        return true
    }

    /// The next waiting call, when none is in flight.
    package mutating func beginNext(at now: DateTime) -> [UInt8]? {
        guard self.open == nil, !self.waiting.isEmpty else { return nil }
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
        self.inbound = []
        defer { self.open = nil }
        return self.open
    }

    // MARK: Frames of the peer

    package mutating func receive(_ bytes: [UInt8]) -> Received {
        switch Frame.read(bytes, version: self.version) {
        case .call(let id, let action, let payload):
            return self.request(id: id, action: action, payload: payload, bytes: bytes)
        case .result(let id, let payload):
            return self.complete(id, .result(payload))
        case .error(let id, let code, let description):
            return self.complete(id, .error(code: code, description: description))
        case .resultError:
            return .ignored(.resultError)
        case .send(_, let action, let payload):
            return .unanswered(action: action, payload: payload)
        case .unknown:
            return .ignored(.unknownType)
        case .broken(let broken):
            return self.broken(broken)
        }
    }

    private mutating func complete(_ id: String, _ outcome: Outcome) -> Received {
        guard let open = self.open, open.id == id else { return .ignored(.lateAnswer) }
        self.open = nil
        return .completed(open, outcome)
    }

    private mutating func broken(_ broken: BrokenFrame) -> Received {
        if let type = broken.type, type == 3 || type == 4, let open = self.open,
            open.id == broken.id
        {
            self.open = nil
            let code = broken.error.code.wire(in: self.version)
            return .completed(open, .error(code: code, description: broken.error.message))
        }
        guard let answer = broken.answer(version: self.version) else { return .ignored(.broken) }
        return .reply(answer, broken.error)
    }

    private mutating func request(
        id: String, action: String, payload: JSONValue, bytes: [UInt8]
    ) -> Received {
        let mark = Self.mark(bytes)
        if self.inbound.contains(where: { $0.id == id }) { return .ignored(.doubledCall) }
        if let known = self.remembered.first(where: { $0.id == id && $0.mark == mark }) {
            return .reply(known.bytes, nil)
        }
        guard self.inbound.count < self.limits.mostOpenInbound else {
            let error = OCPPError(.genericError, "wait for the answers to your open calls")
            return .reply(FrameWriter.error(id: id, error, version: self.version), error)
        }
        let call = InboundCall(id: id, action: action, payload: payload, mark: mark)
        self.inbound.append(call)
        return .request(call)
    }

    package mutating func answer(_ call: InboundCall, _ payload: some Payload) -> [UInt8] {
        self.settle(call, FrameWriter.result(id: call.id, payload, version: self.version))
    }

    package mutating func refuse(_ call: InboundCall, _ error: OCPPError) -> [UInt8] {
        self.settle(call, FrameWriter.error(id: call.id, error, version: self.version))
    }

    private mutating func settle(_ call: InboundCall, _ bytes: [UInt8]) -> [UInt8] {
        self.inbound.removeAll { $0.id == call.id }
        if self.remembered.count >= self.limits.remembered { self.remembered.removeFirst() }
        self.remembered.append(Remembered(id: call.id, mark: call.mark, bytes: bytes))
        return bytes
    }

    /// FNV-1a of the frame: the same id with other content is another call.
    private static func mark(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
