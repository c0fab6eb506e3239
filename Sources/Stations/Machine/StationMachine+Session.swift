import Domain
import Twin

/// The life of a station and of the car at it: boot, plug in, authorise, charge, leave.
extension StationMachine {
    var status: StationReport.Status {
        switch self.phase {
        case .free: .available
        case .authorizing, .refused: .preparing
        case .charging: .charging
        }
    }

    var sample: StationReport.Sample {
        StationReport.Sample(
            at: self.now, power: self.plant.meter.reading,
            importRegister: self.plant.meter.importRegister,
            exportRegister: self.plant.meter.exportRegister,
            charge: self.plant.battery?.stateOfCharge ?? self.spec.charge,
            milliHertz: self.milliHertz)
    }

    /// What the device model of 2.1 says of the car (`ConnectedEV`); nil where none charges.
    var car: [String: String]? {
        guard self.phase == .charging else { return nil }
        return [
            "StateOfCharge": String(self.sample.charge.basisPoints / 100),
            "BatteryCapacity": String(self.spec.capacity.wattHours),
        ]
    }

    mutating func runTimers() {
        if let open = self.open, self.now - open.at >= Self.callTimeout {
            self.open = nil
            if open.report == .boot { self.bootAt = self.now }
        }
        guard self.isBooted else { return }
        if self.now >= self.heartbeatAt {
            self.heartbeatAt = self.now + .seconds(max(self.heartbeatInterval, 1))
            if self.isUp { self.enqueue(.heartbeat) }
        }
        switch self.phase {
        case .free(let plugAt):
            if let at = plugAt, self.now >= at, self.now < self.departure { self.plugIn() }
        case .authorizing, .refused:
            if self.now >= self.departure { self.leave() }
        case .charging:
            if self.now >= self.departure { self.leave() } else { self.meter() }
        }
    }

    private var heartbeatInterval: Int {
        let component = self.spec.version == .v16 ? "" : "OCPPCommCtrlr"
        return self.settings.int(component, "HeartbeatInterval") ?? 60
    }

    private mutating func plugIn() {
        self.phase = .authorizing
        self.enqueue(.status(.preparing, at: self.now))
        self.enqueue(.authorize)
    }

    /// The token is good: the contactor closes, the transaction starts and the car says what it wants.
    private mutating func startTransaction() {
        self.phase = .charging
        self.sequence = 0
        self.transactionStart = self.now
        self.transactionId = self.spec.version == .v16 ? nil : self.newTransactionId()
        self.plant.plugIn(self.spec.battery)
        self.transaction(.started)
        if self.spec.version != .v16 { self.enqueue(.chargingNeeds(self.sample)) }
        self.enqueue(.status(.charging, at: self.now))
        if self.spec.version != .v16 { self.transaction(.charging) }
        self.meterAt = self.nextMeter()
    }

    private func newTransactionId() -> String {
        String("\(self.spec.station.rawValue)-\(self.now.seconds)".suffix(36))
    }

    private mutating func leave() {
        if self.phase == .charging {
            self.transaction(.ended)
            _ = self.plant.unplug()
        }
        _ = self.plant.profiles.clear { $0.purpose == .transaction }
        self.hasSentNeeds = false
        self.meterAt = nil
        self.phase = .free(plugAt: nil)
        self.enqueue(.status(.finishing, at: self.now))
        self.enqueue(.status(.available, at: self.now))
    }

    mutating func transaction(_ event: StationReport.Event) {
        self.enqueue(
            .transaction(
                event, self.sample, sequence: self.sequence, isOffline: !self.isUp))
        self.sequence += 1
    }

    private mutating func meter() {
        guard let at = self.meterAt, self.now >= at else { return }
        self.meterAt = self.nextMeter()
        self.transaction(.periodic)
    }

    /// Samples fall on whole intervals since the transaction began, so that a late tick shifts none.
    private func nextMeter() -> Instant? {
        let interval = self.settings.meterInterval
        guard interval > 0 else { return nil }
        let past = (self.now - self.transactionStart).seconds / interval + 1
        return self.transactionStart + .seconds(past * interval)
    }

    /// A changed interval counts from now.
    mutating func settingsChanged() {
        if self.phase == .charging { self.meterAt = self.nextMeter() }
    }

    mutating func apply(_ answer: StationAnswer, to report: StationReport) {
        switch (report, answer) {
        case (.boot, .boot(let isAccepted, let interval)):
            self.booted(isAccepted: isAccepted, interval: interval)
        case (.boot, _):
            self.bootAt = self.now + .seconds(10)
        case (.authorize, .authorized(true)):
            if self.phase == .authorizing { self.startTransaction() }
        case (.authorize, _):
            if self.phase == .authorizing { self.phase = .refused }
        case (.transaction(.started, _, _, _), .started(let id, let isAccepted)):
            if let id { self.transactionId = String(id) }
            if !isAccepted { self.deauthorized() }
        case (.chargingNeeds, .needs(isAccepted: false)):
            self.deauthorized()
        default:
            break
        }
    }

    private mutating func booted(isAccepted: Bool, interval: Int) {
        guard isAccepted else {
            self.bootAt = self.now + .seconds(min(max(interval, 1), 3_600))
            return
        }
        self.isBooted = true
        self.heartbeatAt = self.now + .seconds(min(max(interval, 1), 86_400))
        let component = self.spec.version == .v16 ? "" : "OCPPCommCtrlr"
        if interval > 0 {
            _ = self.settings.set(component, "HeartbeatInterval", nil, to: String(interval))
        }
        self.enqueue(.status(self.status, at: self.now))
    }

    private mutating func deauthorized() {
        guard self.phase == .charging else { return }
        self.transaction(.ended)
        _ = self.plant.unplug()
        self.meterAt = nil
        self.phase = .refused
    }
}
