import Domain

// What the meter and the car's needs say together: state of charge, and what is missing to the target.
extension EVSETable.Slot {
    /// Half width of the band of a state of charge that was just told: it comes in whole percents.
    private static let roundingError = 50
    /// The least that a car's battery holds: without a capacity, energy widens the band by its share of this.
    private static let leastCapacity = Energy(wattHours: 20_000)

    /// Needs that come before their transaction are the next car's.
    mutating func take(_ needs: ChargingNeeds) {
        if !self.isPlugged { self.forgetBattery() }
        self.needs = needs
        self.sinceNeeds = .zero
        if let charge = needs.stateOfCharge { self.told(charge) }
    }

    /// A session begins: nothing is known of its battery but what its own needs said.
    mutating func begin() {
        if self.isPlugged { self.needs = nil }
        if self.needs == nil { self.forgetBattery() }
        self.countedUntil = nil
        self.hasPriority = false
    }

    /// The car left, with the charge that it had last.
    mutating func end() {
        if let estimate = self.estimate { self.charge = estimate }
        self.drift = .zero
        self.transaction = nil
        self.hasPriority = false
        self.needs = nil
        self.countedUntil = nil
    }

    private mutating func forgetBattery() {
        self.charge = nil
        self.drift = .zero
        self.sinceNeeds = .zero
    }

    private mutating func told(_ charge: StateOfCharge) {
        self.charge = (charge, Self.roundingError)
        self.drift = .zero
    }

    /// Counts what flowed since the session's last sample, and takes a state of charge that it tells.
    mutating func count(_ sample: MeterSample) {
        // A sample of an earlier transaction that came late says nothing of this battery.
        guard sample.transaction == nil || sample.transaction == self.transaction else { return }
        if self.isPlugged, let last = self.countedUntil, let power = sample.power {
            let flowed = power.over(sample.at - last)
            self.drift += flowed
            self.sinceNeeds += flowed
        }
        self.countedUntil = sample.at
        if let charge = sample.stateOfCharge { self.told(charge) }
    }

    /// The last state of charge that was said, moved by the meter since; nil where none was said.
    var estimate: (value: StateOfCharge, error: Int)? {
        guard let charge = self.charge else { return nil }
        guard let capacity = self.needs?.capacity, capacity.wattSeconds > 0 else {
            let widened = self.drift.wattSeconds.magnitude * 10_000 / UInt(Self.leastCapacity.wattSeconds)
            return (charge.value, min(5_000, charge.error + Int(widened)))
        }
        let moved = self.drift.wattSeconds * 10_000 / capacity.wattSeconds
        let value = min(max(charge.value.basisPoints + moved, 0), 10_000)
        return (StateOfCharge(basisPoints: value), min(5_000, charge.error + Int(moved.magnitude) / 10))
    }

    /// Wh in the battery still missing to the car's own target, negative above it; nil where none was told.
    /// What came since the needs were told is the change of the state of charge where the battery is known,
    /// losses and all, and else what the meter counted.
    var missing: Int? {
        guard let needs = self.needs else { return nil }
        if let energy = needs.energyToTarget {
            return (energy - (self.stored(since: needs) ?? self.sinceNeeds)).wattHours
        }
        guard let target = needs.targetStateOfCharge, let capacity = needs.capacity, let estimate = self.estimate
        else { return nil }
        return StateOfCharge(basisPoints: target.basisPoints - estimate.value.basisPoints).energy(of: capacity)
            .wattHours
    }

    private func stored(since needs: ChargingNeeds) -> Energy? {
        guard let first = needs.stateOfCharge, let capacity = needs.capacity, let estimate = self.estimate else {
            return nil
        }
        return StateOfCharge(basisPoints: estimate.value.basisPoints - first.basisPoints).energy(of: capacity)
    }
}
