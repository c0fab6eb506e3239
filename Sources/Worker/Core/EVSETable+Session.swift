import Domain

// What the meter and the car's needs say together: state of charge, and what is missing to the target.
extension EVSETable.Slot {
    /// Below this a disagreement of register and power is rounding, and the register counts.
    private static let leastDisagreement = Energy(wattHours: 50)
    /// Where power may flow at all, so much energy has to be left for it: the endurance of the usual products.
    private static let taper = TimeSpan.minutes(15)

    /// Needs that come before their transaction are the next car's.
    mutating func take(_ needs: ChargingNeeds) {
        if !self.isPlugged { self.forgetBattery() }
        self.needs = needs
        self.departure = nil
        self.sinceNeeds = .zero
        if let charge = needs.stateOfCharge {
            self.charge.told(charge, by: .measurand)
        } else if let charge = needs.chargeByRequests(of: self.capacity) {
            self.charge.told(charge, by: .energyRequests)
        }
        self.chargeAtNeeds = self.charge.isTold ? self.charge.value : nil
    }

    /// What the station's device model says of the car.
    mutating func take(_ car: ConnectedCar) {
        guard self.isPlugged else { return }
        self.capacityByModel = car.capacity ?? self.capacityByModel
        self.departure = car.departure ?? self.departure
        if let charge = car.stateOfCharge { self.charge.told(charge, by: .deviceModel) }
    }

    /// The battery's size, as the car or its station told.
    var capacity: Energy? { self.needs?.capacity ?? self.capacityByModel }

    /// A session begins: nothing is known of its battery but what its own needs said.
    mutating func begin() {
        if self.isPlugged { self.needs = nil }
        if self.needs == nil { self.forgetBattery() }
        self.counted = nil
        self.register = nil
        self.hasPriority = false
    }

    /// The car left, with the charge that it had last.
    mutating func end() {
        self.transaction = nil
        self.hasPriority = false
        self.needs = nil
        self.departure = nil
        self.counted = nil
        self.register = nil
    }

    private mutating func forgetBattery() {
        self.charge = ChargeEstimate()
        self.chargeAtNeeds = nil
        self.capacityByModel = nil
        self.departure = nil
        self.sinceNeeds = .zero
    }

    /// Counts what flowed since the session's last sample, and takes a state of charge that it tells.
    mutating func count(_ sample: MeterSample) {
        // A sample of an earlier transaction that came late says nothing of this battery.
        guard sample.transaction == nil || sample.transaction == self.transaction else { return }
        if self.isPlugged, let last = self.counted {
            let flowed = (sample.power?.over(sample.at - last.at) ?? .zero) + self.correction(last, sample)
            self.charge.flowed(flowed, capacity: self.capacity)
            self.sinceNeeds += flowed
        }
        self.counted = sample
        if let charge = sample.stateOfCharge { self.charge.told(charge, by: .measurand) }
    }

    /// What the registers counted since they moved last, less what power by time made of it; nothing while they stand
    /// still, for many move in steps of 100 Wh or come less often than power, and nothing where the two contradict each
    /// other by more than a quarter.
    private mutating func correction(_ last: MeterSample, _ sample: MeterSample) -> Energy {
        let anchor = self.register ?? (last, .zero)
        let byPower = anchor.byPower + (sample.power?.over(sample.at - last.at) ?? .zero)
        self.register = (anchor.sample, byPower)
        guard let before = anchor.sample.importRegister, let now = sample.importRegister else { return .zero }
        let exported = (sample.exportRegister ?? .zero) - (anchor.sample.exportRegister ?? .zero)
        let byRegister = now - before - exported
        guard byRegister != .zero else { return .zero }
        self.register = (sample, .zero)
        guard sample.power != nil else { return byRegister }
        let gap = byRegister - byPower
        let most = max(Self.leastDisagreement.wattSeconds.magnitude, byPower.wattSeconds.magnitude / 4)
        return gap.wattSeconds.magnitude <= most ? gap : .zero
    }

    /// Wh in the battery still missing to the car's own target, negative above it; nil where none was told.
    /// What came since the needs were told is the change of the state of charge where the battery is known,
    /// losses and all, and else what the meter counted.
    var missing: Int? {
        guard let needs = self.needs else { return nil }
        if let energy = needs.energyToTarget { return (energy - self.storedSinceNeeds).wattHours }
        guard let target = needs.targetStateOfCharge, let capacity = self.capacity, self.charge.isTold
        else { return nil }
        return StateOfCharge(basisPoints: target.basisPoints - self.charge.value.basisPoints).energy(of: capacity)
            .wattHours
    }

    private var storedSinceNeeds: Energy {
        guard let first = self.chargeAtNeeds, let capacity = self.capacity else { return self.sinceNeeds }
        return StateOfCharge(basisPoints: self.charge.value.basisPoints - first.basisPoints).energy(of: capacity)
    }

    /// The car's own window for V2X: below its lower end nothing is discharged, above it only as much as lasts for a
    /// quarter of an hour; nil where the car told no window.
    var dischargeByWindow: Power? {
        guard let least = self.needs?.energyToV2XMinimum else { return nil }
        let left = self.storedSinceNeeds - least
        return Power(watts: max(0, left.wattSeconds / Self.taper.seconds))
    }

    /// False where the battery holds what the car takes at most.
    var takesMore: Bool {
        guard let most = self.needs?.energyToMaximum else { return true }
        return most > self.storedSinceNeeds
    }
}

extension ChargingNeeds {
    /// The state of charge that a target and the energy up to it speak of together.
    func chargeByRequests(of capacity: Energy?) -> StateOfCharge? {
        guard let capacity, capacity > .zero, let target = self.targetStateOfCharge, let missing = self.energyToTarget
        else { return nil }
        let share = Double(missing.wattSeconds) / Double(capacity.wattSeconds) * 10_000
        guard share.magnitude <= 10_000 else { return nil }
        return StateOfCharge(basisPoints: min(max(target.basisPoints - Int(share), 0), 10_000))
    }
}
