/// Meter values of all versions.
extension HotReader {
    mutating func meterValues(_ bytes: Span<UInt8>) -> HotMessage? {
        let isOld = self.version == .v16
        var seen: UInt32 = 0
        var evse: Int? = isOld ? 1 : nil
        var report = MeterReport(evse: 0, samples: [])
        while self.scan.nextKey(bytes) {
            if self.scan.isText("meterValue", bytes) {
                self.scan.once(1, in: &seen)
                self.samples(into: &report.samples, bytes)
            } else if self.scan.isText(isOld ? "connectorId" : "evseId", bytes) {
                self.scan.once(2, in: &seen)
                if !self.scan.isNull(bytes) { evse = self.scan.int(bytes) }
            } else if isOld, self.scan.isText("transactionId", bytes) {
                self.scan.once(4, in: &seen)
                if !self.scan.isNull(bytes) { report.transactionId = self.scan.int(bytes) }
            } else {
                self.scan.giveUp()
            }
        }
        guard let evse, !report.samples.isEmpty else { return nil }
        report.evse = evse
        return .meterValues(report)
    }

    /// An array of meter values; with at least one in it, or the frame is for the tree.
    mutating func samples(into samples: inout [MeterSnapshot], _ bytes: Span<UInt8>) {
        if self.scan.isNull(bytes) { return }
        self.scan.enterArray(bytes)
        while self.scan.nextElement(bytes) {
            self.scan.enterObject(bytes)
            var snapshot = MeterSnapshot(at: DateTime(microseconds: 0))
            var seen: UInt32 = 0
            while self.scan.nextKey(bytes) {
                if self.scan.isText("timestamp", bytes) {
                    self.scan.once(1, in: &seen)
                    snapshot.at = self.scan.dateTime(bytes)
                } else if self.scan.isText("sampledValue", bytes) {
                    self.scan.once(2, in: &seen)
                    self.sampledValues(into: &snapshot, bytes)
                } else {
                    self.scan.giveUp()
                }
            }
            if seen != 3 { self.scan.giveUp() }
            if self.scan.failed { return }
            samples.append(snapshot)
        }
    }

    private mutating func sampledValues(into snapshot: inout MeterSnapshot, _ bytes: Span<UInt8>) {
        self.scan.enterArray(bytes)
        var count = 0
        while self.scan.nextElement(bytes) {
            count += 1
            self.scan.enterObject(bytes)
            self.sampledValue(into: &snapshot, bytes)
        }
        if count == 0 { self.scan.giveUp() }
    }

    private struct Sample {
        var value: Milli?
        var measurand = MeterWords.Measurand.standard
        var phase = MeterWords.Phase.none
        var isKilo = false
        var isElsewhere = false
        var multiplier: Int?
    }

    private enum Key: UInt32 {
        case value = 1
        case measurand = 2
        case phase = 4
        case location = 8
        case unit = 16
        case unitOfMeasure = 32
        case context = 64
        case format = 128
        case signedMeterValue = 256
        case customData = 512
    }

    private func key(_ bytes: Span<UInt8>) -> Key? {
        let isOld = self.version == .v16
        switch self.scan.text.count {
        case 4: return isOld && self.scan.isText("unit", bytes) ? .unit : nil
        case 5: return self.scan.isText("value", bytes) ? .value : self.scan.isText("phase", bytes) ? .phase : nil
        case 6: return isOld && self.scan.isText("format", bytes) ? .format : nil
        case 7: return self.scan.isText("context", bytes) ? .context : nil
        case 8: return self.scan.isText("location", bytes) ? .location : nil
        case 9: return self.scan.isText("measurand", bytes) ? .measurand : nil
        case 10: return !isOld && self.scan.isText("customData", bytes) ? .customData : nil
        case 13: return !isOld && self.scan.isText("unitOfMeasure", bytes) ? .unitOfMeasure : nil
        case 16: return !isOld && self.scan.isText("signedMeterValue", bytes) ? .signedMeterValue : nil
        default: return nil
        }
    }

    private mutating func sampledValue(into snapshot: inout MeterSnapshot, _ bytes: Span<UInt8>) {
        var sample = Sample()
        var seen: UInt32 = 0
        while self.scan.nextKey(bytes) {
            guard let key = self.key(bytes) else { return self.scan.giveUp() }
            self.scan.once(key.rawValue, in: &seen)
            self.read(key, into: &sample, bytes)
        }
        guard !self.scan.failed, seen & Key.value.rawValue != 0 else { return self.scan.giveUp() }
        if let multiplier = sample.multiplier { sample.value = sample.value?.scaled(by: multiplier) }
        guard let value = sample.value else { return }
        snapshot.take(
            value, measurand: sample.measurand, isKilo: sample.isKilo, phase: sample.phase,
            isElsewhere: sample.isElsewhere)
    }

    private mutating func read(_ key: Key, into sample: inout Sample, _ bytes: Span<UInt8>) {
        switch key {
        case .value: sample.value = self.value(bytes)
        case .signedMeterValue, .customData: self.scan.skip(bytes)
        case .unitOfMeasure: self.unitOfMeasure(into: &sample, bytes)
        case .measurand, .phase, .location, .unit, .context, .format:
            guard !self.scan.isNull(bytes) else { return }
            self.scan.string(bytes)
            guard !self.scan.failed else { return }
            let text = bytes.extracting(self.scan.text)
            switch key {
            case .measurand: sample.measurand = MeterWords.measurand(text)
            case .phase: sample.phase = MeterWords.phase(text)
            case .location: sample.isElsewhere = MeterWords.isElsewhere(text)
            case .unit: sample.isKilo = MeterWords.isKilo(text)
            default: break
            }
        }
    }

    /// A number; on 1.6 a string, which may hold words and is then no value.
    private mutating func value(_ bytes: Span<UInt8>) -> Milli? {
        guard self.version == .v16, self.scan.peek(bytes) == UInt8(ascii: "\"") else {
            return self.scan.number(bytes)
        }
        self.scan.string(bytes)
        return self.scan.failed ? nil : self.scan.numberInText(bytes)
    }

    private mutating func unitOfMeasure(into sample: inout Sample, _ bytes: Span<UInt8>) {
        self.scan.enterObject(bytes)
        var seen: UInt32 = 0
        while self.scan.nextKey(bytes) {
            if self.scan.isText("unit", bytes) {
                self.scan.once(1, in: &seen)
                guard !self.scan.isNull(bytes) else { continue }
                self.scan.string(bytes)
                guard !self.scan.failed else { return }
                sample.isKilo = MeterWords.isKilo(bytes.extracting(self.scan.text))
            } else if self.scan.isText("multiplier", bytes) {
                self.scan.once(2, in: &seen)
                if !self.scan.isNull(bytes) { sample.multiplier = self.scan.int(bytes) }
            } else {
                self.scan.giveUp()
            }
        }
    }
}
