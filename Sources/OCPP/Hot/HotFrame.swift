/// A frame of the hot path, read straight from its bytes.
package enum HotFrame: Hashable, Sendable {
    case call(id: String, action: StaticAction, HotMessage)
    /// A CALLRESULT that says `{"status":"Accepted"}` and nothing else; the range is its id.
    case accepted(id: Range<Int>)

    /// The actions of the hot path.
    package enum StaticAction: String, Hashable, Sendable, CaseIterable {
        case heartbeat = "Heartbeat"
        case meterValues = "MeterValues"
        case startTransaction = "StartTransaction"
        case statusNotification = "StatusNotification"
        case stopTransaction = "StopTransaction"
        case transactionEvent = "TransactionEvent"
    }

    /// Nil for everything that is rare, odd or wrong: ``Frame/read(_:version:)`` reads that.
    package static func read(_ bytes: [UInt8], version: OCPPVersion) -> HotFrame? {
        guard bytes.count <= HotScanner.mostBytes else { return nil }
        var reader = HotReader(version: version)
        return reader.frame(bytes.span)
    }
}

/// Reads one frame.
struct HotReader {
    let version: OCPPVersion
    var scan = HotScanner()

    init(version: OCPPVersion) {
        self.version = version
    }

    mutating func frame(_ bytes: Span<UInt8>) -> HotFrame? {
        self.scan.take(UInt8(ascii: "["), bytes)
        let type = self.scan.peek(bytes)
        self.scan.takeByte()
        guard type == UInt8(ascii: "2") || type == UInt8(ascii: "3") else { return nil }
        self.scan.take(UInt8(ascii: ","), bytes)
        self.scan.string(bytes)
        let id = self.scan.text
        guard !self.scan.failed, (1...Frame.longestID).contains(id.count) else { return nil }
        self.scan.take(UInt8(ascii: ","), bytes)
        if type == UInt8(ascii: "3") {
            return self.isAccepted(bytes) && self.isOver(bytes) ? .accepted(id: id) : nil
        }
        guard let action = self.action(bytes) else { return nil }
        self.scan.take(UInt8(ascii: ","), bytes)
        guard let message = self.message(action, bytes), self.isOver(bytes) else { return nil }
        self.scan.refer(to: id)
        return .call(id: self.scan.string(of: bytes), action: action, message)
    }

    private mutating func isOver(_ bytes: Span<UInt8>) -> Bool {
        self.scan.take(UInt8(ascii: "]"), bytes)
        return self.scan.isAtEnd(bytes)
    }

    private mutating func isAccepted(_ bytes: Span<UInt8>) -> Bool {
        self.scan.take(UInt8(ascii: "{"), bytes)
        self.scan.string(bytes)
        guard !self.scan.failed, self.scan.isText("status", bytes) else { return false }
        self.scan.take(UInt8(ascii: ":"), bytes)
        self.scan.string(bytes)
        guard !self.scan.failed, self.scan.isText("Accepted", bytes) else { return false }
        self.scan.take(UInt8(ascii: "}"), bytes)
        return !self.scan.failed
    }

    private mutating func action(_ bytes: Span<UInt8>) -> HotFrame.StaticAction? {
        self.scan.string(bytes)
        guard !self.scan.failed else { return nil }
        let isOld = self.version == .v16
        switch self.scan.text.count {
        case 9: return self.scan.isText("Heartbeat", bytes) ? .heartbeat : nil
        case 11: return self.scan.isText("MeterValues", bytes) ? .meterValues : nil
        case 15: return isOld && self.scan.isText("StopTransaction", bytes) ? .stopTransaction : nil
        case 16:
            if isOld { return self.scan.isText("StartTransaction", bytes) ? .startTransaction : nil }
            return self.scan.isText("TransactionEvent", bytes) ? .transactionEvent : nil
        case 18: return self.scan.isText("StatusNotification", bytes) ? .statusNotification : nil
        default: return nil
        }
    }

    private mutating func message(_ action: HotFrame.StaticAction, _ bytes: Span<UInt8>) -> HotMessage? {
        self.scan.enterObject(bytes)
        let message: HotMessage?
        switch action {
        case .heartbeat:
            while self.scan.nextKey(bytes) { self.scan.giveUp() }
            message = .heartbeat
        case .meterValues: message = self.meterValues(bytes)
        case .transactionEvent: message = self.transactionEvent(bytes)
        case .startTransaction: message = self.startTransaction(bytes)
        case .stopTransaction: message = self.stopTransaction(bytes)
        case .statusNotification: message = self.statusNotification(bytes)
        }
        return self.scan.failed ? nil : message
    }

    /// A value that is not used but must be a string.
    mutating func unusedText(_ bytes: Span<UInt8>) {
        if !self.scan.isNull(bytes) { self.scan.string(bytes) }
    }
}
