/// TransactionEvent of 2.x.
extension HotReader {
    private enum Key: UInt32 {
        case eventType = 1
        case timestamp = 2
        case seqNo = 4
        case offline = 8
        case transactionInfo = 16
        case evse = 32
        case idToken = 64
        case meterValue = 128
        case triggerReason = 256
        case other = 512
        case numberOfPhasesUsed = 1_024
        case cableMaxCurrent = 2_048
        case reservationId = 4_096
        case preconditioningStatus = 8_192
        case evseSleep = 16_384
    }

    private func key(_ bytes: Span<UInt8>) -> Key? {
        switch self.scan.text.count {
        case 4: return self.scan.isText("evse", bytes) ? .evse : nil
        case 5: return self.scan.isText("seqNo", bytes) ? .seqNo : nil
        case 7:
            return self.scan.isText("idToken", bytes) ? .idToken : self.scan.isText("offline", bytes) ? .offline : nil
        case 9:
            return self.scan.isText("timestamp", bytes)
                ? .timestamp
                : self.scan.isText("eventType", bytes)
                    ? .eventType : self.scan.isText("evseSleep", bytes) ? .evseSleep : nil
        case 10:
            return self.scan.isText("meterValue", bytes)
                ? .meterValue : self.scan.isText("customData", bytes) ? .other : nil
        case 13:
            return self.scan.isText("triggerReason", bytes)
                ? .triggerReason : self.scan.isText("reservationId", bytes) ? .reservationId : nil
        case 15:
            return self.scan.isText("transactionInfo", bytes)
                ? .transactionInfo : self.scan.isText("cableMaxCurrent", bytes) ? .cableMaxCurrent : nil
        case 18: return self.scan.isText("numberOfPhasesUsed", bytes) ? .numberOfPhasesUsed : nil
        case 21: return self.scan.isText("preconditioningStatus", bytes) ? .preconditioningStatus : nil
        default: return nil
        }
    }

    mutating func transactionEvent(_ bytes: Span<UInt8>) -> HotMessage? {
        var report = TransactionReport(
            eventType: .updated, timestamp: DateTime(microseconds: 0), seqNo: 0, offline: false, transactionId: "",
            samples: [])
        var seen: UInt32 = 0
        while self.scan.nextKey(bytes) {
            guard let key = self.key(bytes) else { return nil }
            self.scan.once(key.rawValue, in: &seen)
            self.read(key, into: &report, bytes)
        }
        let needed = Key.eventType.rawValue | Key.timestamp.rawValue | Key.transactionInfo.rawValue
        guard !self.scan.failed, seen & needed == needed else { return nil }
        return .transactionEvent(report)
    }

    private mutating func read(_ key: Key, into report: inout TransactionReport, _ bytes: Span<UInt8>) {
        switch key {
        case .timestamp: report.timestamp = self.scan.dateTime(bytes)
        case .transactionInfo: self.transactionInfo(into: &report, bytes)
        case .eventType: self.eventType(into: &report, bytes)
        case .evse where !self.scan.isNull(bytes): report.evse = self.evse(bytes)
        case .seqNo where !self.scan.isNull(bytes): report.seqNo = self.scan.int(bytes)
        case .offline where !self.scan.isNull(bytes): report.offline = self.scan.bool(bytes)
        case .idToken where !self.scan.isNull(bytes): report.idToken = self.idToken(bytes)
        case .meterValue: self.samples(into: &report.samples, bytes)
        case .triggerReason: self.unusedText(bytes)
        case .other, .numberOfPhasesUsed, .cableMaxCurrent, .reservationId, .preconditioningStatus, .evseSleep:
            self.scan.skip(bytes)
        case .evse, .seqNo, .offline, .idToken: break
        }
    }

    private mutating func eventType(into report: inout TransactionReport, _ bytes: Span<UInt8>) {
        self.scan.string(bytes)
        guard !self.scan.failed else { return }
        if self.scan.isText("Updated", bytes) {
            report.eventType = .updated
        } else if self.scan.isText("Started", bytes) {
            report.eventType = .started
        } else if self.scan.isText("Ended", bytes) {
            report.eventType = .ended
        } else {
            self.scan.giveUp()
        }
    }

    private mutating func transactionInfo(into report: inout TransactionReport, _ bytes: Span<UInt8>) {
        self.scan.enterObject(bytes)
        var seen: UInt32 = 0
        while self.scan.nextKey(bytes) {
            if self.scan.isText("transactionId", bytes) {
                self.scan.once(1, in: &seen)
                self.scan.string(bytes)
                guard !self.scan.failed, (1...64).contains(self.scan.text.count) else { return self.scan.giveUp() }
                report.transactionId = self.scan.string(of: bytes)
            } else if self.scan.isText("chargingState", bytes) {
                self.scan.once(2, in: &seen)
                self.chargingState(into: &report, bytes)
            } else if self.scan.isText("operationMode", bytes) {
                self.scan.once(4, in: &seen)
                self.unusedText(bytes)
            } else if self.scan.isText("stoppedReason", bytes) {
                self.scan.once(8, in: &seen)
                self.unusedText(bytes)
            } else if self.scan.isText("timeSpentCharging", bytes) {
                self.scan.once(16, in: &seen)
                self.scan.skip(bytes)
            } else if self.scan.isText("remoteStartId", bytes) {
                self.scan.once(32, in: &seen)
                self.scan.skip(bytes)
            } else {
                self.scan.giveUp()
            }
        }
        if seen & 1 == 0 { self.scan.giveUp() }
    }

    private mutating func chargingState(into report: inout TransactionReport, _ bytes: Span<UInt8>) {
        guard !self.scan.isNull(bytes) else { return }
        self.scan.string(bytes)
        guard !self.scan.failed else { return }
        switch self.scan.text.count {
        case 4 where self.scan.isText("Idle", bytes): report.chargingState = .idle
        case 8 where self.scan.isText("Charging", bytes): report.chargingState = .charging
        case 11 where self.scan.isText("EVConnected", bytes): report.chargingState = .evConnected
        case 11 where self.scan.isText("SuspendedEV", bytes): report.chargingState = .suspendedEV
        case 13 where self.scan.isText("SuspendedEVSE", bytes): report.chargingState = .suspendedEVSE
        default: report.chargingState = nil
        }
    }

    private mutating func evse(_ bytes: Span<UInt8>) -> Int? {
        self.scan.enterObject(bytes)
        var id: Int?
        var seen: UInt32 = 0
        while self.scan.nextKey(bytes) {
            if self.scan.isText("id", bytes) {
                self.scan.once(1, in: &seen)
                id = self.scan.int(bytes)
            } else if self.scan.isText("connectorId", bytes) {
                self.scan.once(2, in: &seen)
                if !self.scan.isNull(bytes) { _ = self.scan.int(bytes) }
            } else {
                self.scan.giveUp()
            }
        }
        if id == nil { self.scan.giveUp() }
        return id
    }

    /// Tokens with further identifiers come once a transaction: they are left to the tree.
    private mutating func idToken(_ bytes: Span<UInt8>) -> String? {
        self.scan.enterObject(bytes)
        var token: String?
        var seen: UInt32 = 0
        while self.scan.nextKey(bytes) {
            if self.scan.isText("idToken", bytes) {
                self.scan.once(1, in: &seen)
                self.scan.string(bytes)
                guard !self.scan.failed, self.scan.text.count <= 255 else { self.scan.giveUp(); return nil }
                token = self.scan.string(of: bytes)
            } else if self.scan.isText("type", bytes) {
                self.scan.once(2, in: &seen)
                self.unusedText(bytes)
            } else {
                self.scan.giveUp()
            }
        }
        if token == nil { self.scan.giveUp() }
        return token
    }
}
