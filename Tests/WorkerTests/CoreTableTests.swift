import CTelemetry
import Domain
import Testing

@testable import Worker

@Suite struct CoreTableTests {
    private let now = Instant(seconds: 1_000)

    private func table(_ facts: [StationFact], at now: Instant? = nil) -> EVSETable {
        var table = EVSETable(nameplate: Power(watts: 22_000))
        _ = table.take(facts, of: "CS1", at: now ?? self.now, worker: "w") { _, _ in nil }
        return table
    }

    private var capability: StationFact {
        .capability(
            evse: 1,
            EVSECapability(
                capability: .setpoint, dialect: "d", maxCharge: Power(watts: 11_000),
                maxDischarge: Power(watts: 10_000),
                minimumPower: Power(watts: 1_380), step: Power(watts: 230)))
    }

    private func meter(_ second: Int, _ watts: Int?, charge: Int? = nil) -> StationFact {
        .meter(
            evse: 1,
            MeterSample(
                at: Instant(seconds: second), power: watts.map { Power(watts: $0) },
                importRegister: Energy(wattHours: second),
                stateOfCharge: charge.map { StateOfCharge(basisPoints: $0) }))
    }

    private func reason(_ record: headroom_record) -> UInt8 { UInt8(truncatingIfNeeded: record.flags >> 16) }

    @Test func aCarThatIsPluggedAndMeteredIsAvailable() {
        var table = self.table([
            .connected(version: "2.1"), self.capability, .plugged(evse: 1, token: "tag", transaction: "t1"),
            self.meter(999, 7_000, charge: 5_500),
        ])
        let registration = table.registrations()
        #expect(registration.count == 1 && registration[0].token == "tag" && registration[0].maxCharge.watts == 11_000)
        #expect(table.registrations().isEmpty, "told once")
        let record = table.record(0, at: self.now)
        let wanted = UInt32(HEADROOM_PLUGGED | HEADROOM_ONLINE | HEADROOM_AVAILABLE | HEADROOM_SOC_KNOWN)
        #expect(record.flags & 0xFFFF == wanted && self.reason(record) == 0)
        #expect(record.power == 7_000 && record.soc == 5_500 && record.max_discharge == 10_000 && record.age == 100)
    }

    @Test func eachReasonForBeingUnavailableIsSaid() {
        let base: [StationFact] = [.connected(version: "2.1"), self.capability]
        let plugged = base + [.plugged(evse: 1, token: "tag", transaction: "t1")]
        func reason(_ facts: [StationFact], at now: Int = 1_000) -> UnavailableReason? {
            UnavailableReason(rawValue: self.reason(self.table(facts).record(0, at: Instant(seconds: now))))
        }
        #expect(reason(base) == .unplugged)
        #expect(reason(plugged) == .staleMeter)
        #expect(reason(plugged + [self.meter(999, 1)], at: 1_040) == .staleMeter)
        #expect(reason(plugged + [self.meter(999, 1), .status(evse: 1, .faulted("x"))]) == .faulted)
        #expect(reason(plugged + [self.meter(999, 1), .disconnected]) == .offline)
        var table = self.table(plugged + [self.meter(999, 1)])
        table.refuse(0, until: Instant(seconds: 1_030))
        #expect(self.reason(table.record(0, at: self.now)) == UnavailableReason.refusedProfile.rawValue)
        #expect(self.reason(table.record(0, at: Instant(seconds: 1_029))) != 0)
    }

    @Test func anotherCarIsAnotherGenerationAndAResentStartIsNot() {
        var table = self.table([.connected(version: "1.6"), .plugged(evse: 1, token: "a", transaction: "1")])
        let first = table.registrations()[0].generation
        _ = table.take([.plugged(evse: 1, token: "a", transaction: "1")], of: "CS1", at: self.now, worker: "w") {
            _, _ in nil
        }
        #expect(table.registrations().allSatisfy { $0.generation == first })
        _ = table.take(
            [.unplugged(evse: 1, transaction: "1"), .plugged(evse: 1, token: "b", transaction: "2")], of: "CS1",
            at: self.now,
            worker: "w"
        ) { _, _ in nil }
        let second = table.registrations()[0]
        #expect(second.generation > first && second.token == "b")
        _ = table.take([.unplugged(evse: 1, transaction: "1")], of: "CS1", at: self.now, worker: "w") { _, _ in nil }
        #expect(table.slots[0].isPlugged, "the end of an earlier transaction ends nothing")
    }

    @Test func aTransactionMetHalfWayGetsTheTokenThatIsRemembered() {
        var table = EVSETable(nameplate: Power(watts: 1))
        _ = table.take([.plugged(evse: 1, token: nil, transaction: "t9")], of: "CS1", at: self.now, worker: "w") {
            key, transaction in
            key.station == "CS1" && transaction == "t9" ? "kept" : nil
        }
        #expect(table.registrations()[0].token == "kept")
    }

    @Test func readingsAreInOrderAndWhatIsLeftOutDidNotChange() {
        var table = self.table([.connected(version: "2.1"), .plugged(evse: 1, token: "tag", transaction: "t1")])
        func take(_ fact: StationFact) -> [MeterReading] {
            table.take([fact], of: "CS1", at: self.now, worker: "w") { _, _ in nil }
        }
        #expect(take(self.meter(10, 5_000)).first?.power.watts == 5_000)
        #expect(take(self.meter(11, nil)).first?.power.watts == 5_000)
        #expect(take(self.meter(11, 9)).isEmpty && take(self.meter(9, 9)).isEmpty, "older ones are not taken again")
        #expect(take(self.meter(12, 6_000)).first?.token == "tag")
    }

    @Test func withoutAStateOfChargeTheBandIsWideAndTheMeterMovesTheLastOne() {
        var table = self.table([
            .connected(version: "2.1"), self.capability, .plugged(evse: 1, token: nil, transaction: "t"),
        ])
        #expect(table.record(0, at: self.now).soc_error == 5_000, "nothing is sure")
        var needs = ChargingNeeds(wantsBidirectional: true, isDynamicControl: true)
        needs.capacity = Energy(wattHours: 50_000)
        needs.stateOfCharge = StateOfCharge(basisPoints: 5_000)
        needs.departure = Instant(seconds: 9_000)
        for fact in [StationFact.needs(evse: 1, needs), self.meter(0, 10_000), self.meter(3_600, 10_000)] {
            _ = table.take([fact], of: "CS1", at: self.now, worker: "w") { _, _ in nil }
        }
        let record = table.record(0, at: Instant(seconds: 3_600))
        #expect(record.soc == 7_000 && record.soc_error == 250, "10 kWh of 50 kWh are 20 %")
        #expect(record.departure == 9_000 && record.flags & UInt32(HEADROOM_DEPARTURE_FROM_CAR) != 0)
    }

    private func add(_ facts: [StationFact], to table: inout EVSETable) {
        _ = table.take(facts, of: "CS1", at: self.now, worker: "w") { _, _ in nil }
    }

    private func needs(missing: Int? = nil, target: Int? = nil, capacity: Int? = nil, charge: Int? = nil) -> StationFact
    {
        var needs = ChargingNeeds(wantsBidirectional: true, isDynamicControl: true)
        needs.energyToTarget = missing.map { Energy(wattHours: $0) }
        needs.targetStateOfCharge = target.map { StateOfCharge(basisPoints: $0) }
        needs.capacity = capacity.map { Energy(wattHours: $0) }
        needs.stateOfCharge = charge.map { StateOfCharge(basisPoints: $0) }
        return .needs(evse: 1, needs)
    }

    /// A departure is judged by the charge that the car left with.
    @Test func theLastChargeOutlivesTheUnplugAndNotTheNextCar() {
        var table = self.table([
            .connected(version: "2.1"), self.capability, .plugged(evse: 1, token: "a", transaction: "1"),
            self.needs(capacity: 50_000, charge: 6_000), self.meter(0, 10_000), self.meter(1_800, 10_000),
            .unplugged(evse: 1, transaction: "1"),
        ])
        let left = table.record(0, at: Instant(seconds: 1_801))
        #expect(left.flags & UInt32(HEADROOM_PLUGGED) == 0 && left.flags & UInt32(HEADROOM_SOC_KNOWN) != 0)
        #expect(left.soc == 7_000 && left.soc_error == 150, "moved by the meter to the end")
        self.add([.plugged(evse: 1, token: "b", transaction: "2")], to: &table)
        let next = table.record(0, at: Instant(seconds: 1_802))
        #expect(next.soc_error == 5_000 && next.flags & UInt32(HEADROOM_SOC_KNOWN) == 0, "nothing is known of the next")
        self.add([self.needs(capacity: 50_000, charge: 3_000), self.meter(9_000, 10_000)], to: &table)
        #expect(table.record(0, at: Instant(seconds: 9_000)).soc == 3_000, "the time between two cars charged nobody")
    }

    @Test func needsThatComeBeforeTheTransactionAreItsOwn() {
        var table = self.table([
            .connected(version: "2.0.1"), self.capability, self.needs(missing: 5_000, capacity: 50_000, charge: 4_000),
        ])
        self.add([.plugged(evse: 1, token: "a", transaction: "1")], to: &table)
        let record = table.record(0, at: self.now)
        #expect(record.soc == 4_000 && record.soc_error == 50 && record.energy_needed == 5_000)
    }

    /// `energy_needed` is what is still missing: it falls as the car charges and rises as it discharges.
    @Test(arguments: [(10_000, 5_000), (-10_000, 15_000), (20_000, -1), (30_000, -5_000)])
    func whatIsMissingFollowsTheMeter(watts: Int, missing: Int32) {
        let table = self.table([
            .connected(version: "2.1"), .plugged(evse: 1, token: "a", transaction: "1"), self.needs(missing: 10_000),
            self.meter(0, watts), self.meter(1_800, watts),
        ])
        #expect(table.record(0, at: self.now).energy_needed == missing, "0 would say that no target was told")
    }

    /// Where the battery is known, a state of charge that is told later counts, losses and all.
    @Test func whatIsMissingFollowsTheStateOfChargeWhereTheBatteryIsKnown() {
        var table = self.table([
            .connected(version: "2.0.1"), .plugged(evse: 1, token: "a", transaction: "1"),
            self.needs(missing: 10_000, target: 8_000, capacity: 50_000, charge: 6_000), self.meter(0, 10_000),
        ])
        self.add([self.meter(1_800, 10_000, charge: 6_900)], to: &table)
        #expect(table.record(0, at: self.now).energy_needed == 5_500, "11 % of 50 kWh")
        self.add([self.needs(missing: 2_000)], to: &table)
        #expect(table.record(0, at: self.now).energy_needed == 2_000, "what is told anew counts from now")
    }

    @Test func aTargetInPercentAloneIsHeldAgainstTheStateOfCharge() {
        let table = self.table([
            .connected(version: "2.0.1"), .plugged(evse: 1, token: "a", transaction: "1"),
            self.needs(target: 8_000, capacity: 50_000, charge: 6_000), self.meter(0, 10_000), self.meter(900, 10_000),
        ])
        #expect(table.record(0, at: self.now).energy_needed == 7_500)
    }

    @Test func withoutTargetNothingIsSaidToBeMissing() {
        let table = self.table([
            .connected(version: "2.1"), .plugged(evse: 1, token: "a", transaction: "1"), self.meter(0, 9_000),
            self.meter(600, 9_000),
        ])
        #expect(table.record(0, at: self.now).energy_needed == 0)
    }

    /// Without the battery's size the meter cannot move the state of charge; it can make it less sure.
    @Test func withoutCapacityTheBandWidensWithWhatFlows() {
        var table = self.table([
            .connected(version: "2.1"), .plugged(evse: 1, token: "a", transaction: "1"),
            self.meter(0, 10_000, charge: 5_000),
        ])
        #expect(table.record(0, at: self.now).soc_error == 50)
        self.add([self.meter(360, 10_000)], to: &table)
        let record = table.record(0, at: self.now)
        #expect(record.soc_error == 303 && record.soc == 5_297, "1 kWh is 0.45 % of 200 kWh and 5.5 % of 20 kWh")
    }
}
