/// How much a session takes.
package struct SessionLimits: Hashable, Sendable {
    /// A call of ours is given up after this; µs.
    package var callTimeout: Int = 10_000_000
    /// Housekeeping calls that wait.
    package var mostWaiting = 32
    /// Calls of the peer that may be open; OCPP-J allows one.
    package var mostOpenInbound = 4
    /// Answers kept for a call that is sent again.
    package var remembered = 4
    /// Bounds, words and unknown fields of rare messages are complained about, too.
    package var isStrict = false

    package init() {}
}

/// What the peer made of a call of ours.
package enum CallOutcome: Sendable {
    /// `{"status":"Accepted"}` and nothing else, as dispatch is answered.
    case accepted
    case result(JSONValue)
    case error(code: String, description: String)
    case timedOut
    case disconnected
}

/// Why nothing came of a frame; for a counter.
package enum IgnoredFrame: String, Hashable, Sendable {
    case lateAnswer = "late_answer"
    case unknownType = "unknown_type"
    case doubledCall = "doubled_call"
    case broken = "broken_frame"
    case resultError = "result_error"
}

/// A call of the peer that waits for our answer.
package struct InboundCall: Sendable {
    package var id: String
    package var action: String
    /// `{}` where the message is ``hot``.
    package var payload: JSONValue
    /// What a frequent message says, read without a tree.
    package var hot: HotMessage?
    fileprivate var mark: UInt64
}

/// The half of a session that hears the peer. It knows nothing of what our own calls are for, so that it is
/// compiled once.
struct Inbox: Sendable {
    enum Received: Sendable {
        case request(InboundCall)
        case accepted(id: Range<Int>)
        case answer(id: String, CallOutcome)
        case send(action: String, payload: JSONValue)
        case reply([UInt8], OCPPError?)
        case ignored(IgnoredFrame)
        case broken(BrokenFrame)
    }

    private struct Open: Sendable {
        var id: String
        var mark: UInt64
    }

    private struct Remembered: Sendable {
        var id: String
        var mark: UInt64
        var bytes: [UInt8]
    }

    private let version: OCPPVersion
    private var limits: SessionLimits
    private var open: [Open] = []
    /// A ring: the oldest is written over.
    private var remembered: [Remembered] = []
    private var oldest = 0

    init(version: OCPPVersion, limits: SessionLimits) {
        self.version = version
        self.limits = limits
    }

    mutating func judge(strictly isStrict: Bool) { self.limits.isStrict = isStrict }

    mutating func forgetOpen() { self.open = [] }

    mutating func receive(_ bytes: [UInt8]) -> Received {
        switch HotFrame.read(bytes, version: self.version) {
        case .call(let id, let action, let message):
            return self.request(
                InboundCall(
                    id: id, action: action.rawValue, payload: JSONDocument.empty.root, hot: message,
                    mark: Self.mark(bytes)))
        case .accepted(let id): return .accepted(id: id)
        case nil: return self.receiveRare(bytes)
        }
    }

    private mutating func receiveRare(_ bytes: [UInt8]) -> Received {
        switch Frame.read(bytes, version: self.version, isStrict: self.limits.isStrict) {
        case .call(let id, let action, let payload):
            return self.request(
                InboundCall(id: id, action: action, payload: payload, hot: nil, mark: Self.mark(bytes)))
        case .result(let id, let payload): return .answer(id: id, .result(payload))
        case .error(let id, let code, let description):
            return .answer(id: id, .error(code: code, description: description))
        case .resultError: return .ignored(.resultError)
        case .send(_, let action, let payload): return .send(action: action, payload: payload)
        case .unknown: return .ignored(.unknownType)
        case .broken(let broken): return .broken(broken)
        }
    }

    private mutating func request(_ call: InboundCall) -> Received {
        for other in self.open where other.id == call.id { return .ignored(.doubledCall) }
        for known in self.remembered where known.mark == call.mark && known.id == call.id {
            return .reply(known.bytes, nil)
        }
        guard self.open.count < self.limits.mostOpenInbound else {
            let error = OCPPError(.genericError, "wait for the answers to your open calls")
            return .reply(FrameWriter.error(id: call.id, error, version: self.version), error)
        }
        self.open.append(Open(id: call.id, mark: call.mark))
        return .request(call)
    }

    /// Keeps the answer for the case that the call comes again.
    mutating func settle(_ call: InboundCall, _ bytes: [UInt8]) -> [UInt8] {
        if let index = self.open.firstIndex(where: { $0.id == call.id }) { self.open.remove(at: index) }
        let answer = Remembered(id: call.id, mark: call.mark, bytes: bytes)
        if self.remembered.count < self.limits.remembered {
            self.remembered.append(answer)
        } else if !self.remembered.isEmpty {
            self.remembered[self.oldest] = answer
            self.oldest = (self.oldest + 1) % self.remembered.count
        }
        return bytes
    }

    /// Eight bytes at a time, in the manner of FNV-1a: the same id with other content is another call.
    private static func mark(_ bytes: [UInt8]) -> UInt64 {
        let raw = unsafe bytes.span.bytes
        var mark: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(raw.byteCount)
        var at = 0
        while at + 8 <= raw.byteCount {
            // Sound: any eight bytes within the bounds are an integer.
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            mark = (mark ^ word) &* 0x9E37_79B9_7F4A_7C15
            mark ^= mark >> 32
            at += 8
        }
        while at < raw.byteCount {
            mark = (mark ^ UInt64(bytes[at])) &* 0x100_0000_01B3
            at += 1
        }
        return mark
    }
}
