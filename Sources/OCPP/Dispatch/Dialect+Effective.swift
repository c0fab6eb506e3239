/// What is spoken in the end: the dialect, as far as the station's own words and its answers bear it out.
extension Dialect {
    /// The dialect of one EVSE. Its name stays the file's; ``reason`` says what was taken away.
    package func effective(_ model: DeviceModel, _ probe: CapabilityProbe = CapabilityProbe()) -> Dialect {
        var dialect = self
        if self.capability == .curtailOnly, self.probeDischarge, self.kind != "Relative", !self.versions.contains("2.1")
        {
            dialect.capability = .negativeLimit
        }
        if self.capability == .draftOn201 { dialect.updates = false }
        if !model.rateUnits.isEmpty, !model.rateUnits.contains(self.unit), let told = model.rateUnits.sorted().first {
            dialect.speak(told)
        }
        dialect.mostStackLevel = min(self.mostStackLevel, max(model.profileStackLevel ?? 100, 0))
        dialect.stackLevel = min(self.stackLevel, dialect.mostStackLevel)
        dialect.periods = min(self.periods, max(model.periodsPerSchedule ?? 24, 1))
        probe.amend(&dialect)
        if model.smartCharging == false {
            dialect.takeNothing("the station says that it has no smart charging")
        } else if let unusable = probe.unusable {
            dialect.takeNothing(unusable)
        }
        return dialect
    }

    /// Traits that may be tried: neither file nor station says them.
    package func untold(_ model: DeviceModel) -> Set<Trait> {
        var open = self.open
        if !model.rateUnits.isEmpty { open.remove(.unit) }
        // A station's maximum is believed as an upper bound only: level 0 may still be all that it takes.
        return open
    }

    mutating func takeNothing(_ why: String) {
        self.capability = .none
        self.curve = false
        self.fallback = false
        self.bottom = false
        self.reason = why
    }

    /// Changes the unit; the step stays at least as wide.
    mutating func speak(_ unit: String) {
        guard unit != self.unit else { return }
        let perAmpere = self.voltage * self.phases
        if unit == "A" {
            self.stepTenths = max((self.stepTenths + perAmpere - 1) / perAmpere, 10)
            self.pauseTenths = (self.pauseTenths + perAmpere - 1) / perAmpere
        } else {
            self.stepTenths *= perAmpere
            self.pauseTenths *= perAmpere
        }
        self.unit = unit
    }
}

extension Dispatcher {
    /// Speaks otherwise from the next frame on; ``learn(_:maxCharge:maxDischarge:)`` follows.
    package mutating func adopt(_ dialect: Dialect) {
        guard dialect != self.dialect else { return }
        self.dialect = dialect
        self.wantsBeneath = self.wantsBeneath && dialect.fallback
        // Said otherwise it may be taken.
        if case .refused = self.bottom { self.bottom = .nothing }
    }

    /// The frame in flight came to nothing because of how it was said: it is said anew, in another way.
    package mutating func sayAnew() {
        self.inFlight = nil
        self.sent = nil
        self.installed = nil
        self.signalStanding = nil
    }

    /// A station that chokes on profiles in a row is given its time between them.
    func isPaced(_ now: DateTime) -> Bool {
        guard self.dialect.minimumIntervalSeconds > 0, let last = self.lastProfile else { return true }
        let since = now.microseconds - last.microseconds
        return since < 0 || since >= self.dialect.minimumIntervalSeconds * 1_000_000
    }
}
