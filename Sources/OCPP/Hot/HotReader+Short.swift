/// StatusNotification of all versions, Start- and StopTransaction of 1.6.
extension HotReader {
    mutating func statusNotification(_ bytes: Span<UInt8>) -> HotMessage? {
        let isOld = self.version == .v16
        var status: String?
        var error: String? = isOld ? "NoError" : nil
        var evse: Int? = isOld ? 1 : nil
        var seen: UInt32 = 0
        while self.scan.nextKey(bytes) {
            if self.scan.isText(isOld ? "status" : "connectorStatus", bytes) {
                self.scan.once(1, in: &seen)
                status = self.text(bytes)
            } else if self.scan.isText("connectorId", bytes) {
                self.scan.once(2, in: &seen)
                guard !self.scan.isNull(bytes) else { continue }
                let id = self.scan.int(bytes)
                if isOld { evse = id }
            } else if self.scan.isText("timestamp", bytes) {
                self.scan.once(4, in: &seen)
                if !self.scan.isNull(bytes) { _ = self.scan.dateTime(bytes) }
            } else if !isOld, self.scan.isText("evseId", bytes) {
                self.scan.once(8, in: &seen)
                evse = self.scan.int(bytes)
            } else if isOld, self.scan.isText("errorCode", bytes) {
                self.scan.once(16, in: &seen)
                if !self.scan.isNull(bytes) { error = self.text(bytes) }
            } else {
                self.scan.giveUp()
            }
        }
        guard !self.scan.failed, let status, let evse else { return nil }
        return .statusNotification(StatusReport(evse: evse, status: status, errorCode: error))
    }

    mutating func startTransaction(_ bytes: Span<UInt8>) -> HotMessage? {
        var start = V16.StartTransactionRequest(
            connectorId: 0, idTag: "", meterStart: 0, timestamp: DateTime(microseconds: 0))
        var seen: UInt32 = 0
        while self.scan.nextKey(bytes) {
            if self.scan.isText("connectorId", bytes) {
                self.scan.once(1, in: &seen)
                start.connectorId = self.scan.int(bytes)
            } else if self.scan.isText("idTag", bytes) {
                self.scan.once(2, in: &seen)
                start.idTag = self.text(bytes) ?? ""
            } else if self.scan.isText("meterStart", bytes) {
                self.scan.once(4, in: &seen)
                start.meterStart = self.scan.number(bytes).rounded
            } else if self.scan.isText("timestamp", bytes) {
                self.scan.once(8, in: &seen)
                start.timestamp = self.scan.dateTime(bytes)
            } else {
                self.scan.giveUp()
            }
        }
        return !self.scan.failed && seen == 15 ? .startTransaction(start) : nil
    }

    mutating func stopTransaction(_ bytes: Span<UInt8>) -> HotMessage? {
        var stop = StopReport(transactionId: 0, meterStop: 0, timestamp: DateTime(microseconds: 0), samples: [])
        var seen: UInt32 = 0
        while self.scan.nextKey(bytes) {
            if self.scan.isText("transactionId", bytes) {
                self.scan.once(1, in: &seen)
                stop.transactionId = self.scan.int(bytes)
            } else if self.scan.isText("meterStop", bytes) {
                self.scan.once(2, in: &seen)
                stop.meterStop = self.scan.number(bytes).rounded
            } else if self.scan.isText("timestamp", bytes) {
                self.scan.once(4, in: &seen)
                stop.timestamp = self.scan.dateTime(bytes)
            } else if self.scan.isText("transactionData", bytes) {
                self.scan.once(8, in: &seen)
                self.samples(into: &stop.samples, bytes)
            } else if self.scan.isText("reason", bytes) {
                self.scan.once(16, in: &seen)
                self.unusedText(bytes)
            } else if self.scan.isText("idTag", bytes) {
                self.scan.once(32, in: &seen)
                self.unusedText(bytes)
            } else {
                self.scan.giveUp()
            }
        }
        return !self.scan.failed && seen & 7 == 7 ? .stopTransaction(stop) : nil
    }

    private mutating func text(_ bytes: Span<UInt8>) -> String? {
        self.scan.string(bytes)
        return self.scan.failed ? nil : self.scan.string(of: bytes)
    }
}
