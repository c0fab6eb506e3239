import CTelemetry
import Domain
import Testing

@testable import Worker

/// The state of charge as far as it is known: who said it, and what the meter makes of it since.
@Suite struct ChargeEstimateTests {
    private let battery = Energy(wattHours: 50_000)

    private func share(_ basisPoints: Int) -> StateOfCharge { StateOfCharge(basisPoints: basisPoints) }

    @Test func nobodyKnowsAnythingAtFirst() {
        let estimate = ChargeEstimate()
        #expect(estimate.value == self.share(5_000) && estimate.error == 5_000 && !estimate.isTold)
    }

    /// The rank of ocpp.md section 11: measurand, device model, energy requests, register.
    @Test func theBetterSourceCounts() {
        var estimate = ChargeEstimate()
        let words: [(ChargeEstimate.Source, Int)] = [
            (.energyRequests, 4_000), (.deviceModel, 5_000), (.measurand, 6_000),
        ]
        for (source, told) in words {
            estimate.told(self.share(told), by: source)
            #expect(estimate.value == self.share(told) && estimate.error == source.error && estimate.source == source)
        }
        estimate.told(self.share(1_000), by: .deviceModel)
        estimate.told(self.share(1_000), by: .energyRequests)
        #expect(estimate.value == self.share(6_000), "a worse source is not heard beside a good one")
        estimate.flowed(Energy(wattHours: 5_000), capacity: self.battery)
        #expect(estimate.value == self.share(7_000) && estimate.error == 150)
        estimate.told(self.share(6_900), by: .deviceModel)
        #expect(estimate.value == self.share(6_900) && estimate.error == 100, "but once the band is wider than its own")
        estimate.told(self.share(10_000), by: .measurand)
        #expect(estimate.value == self.share(10_000) && estimate.error == 50)
    }

    /// A car of 15118-2 or 61851 says nothing: what was charged since it came is in the battery, and no more is sure.
    @Test func whatWasChargedIsSure() {
        var estimate = ChargeEstimate()
        estimate.flowed(Energy(wattHours: 20_000), capacity: self.battery)
        #expect(estimate.value.basisPoints - estimate.error == 3_600 && !estimate.isTold, "40 % less a tenth")
        var unknown = ChargeEstimate()
        unknown.flowed(Energy(wattHours: 20_000), capacity: nil)
        #expect(unknown.value.basisPoints - unknown.error == 900, "of the greatest battery")
    }

    @Test func nonsenseStaysInTheBand() {
        var estimate = ChargeEstimate()
        for energy in [Int.max / 4, Int.min / 4, 0, 1, -1] {
            estimate.flowed(Energy(wattSeconds: energy), capacity: self.battery)
            estimate.flowed(Energy(wattSeconds: energy), capacity: Energy(wattSeconds: 0))
            #expect((0...10_000).contains(estimate.value.basisPoints) && (0...5_000).contains(estimate.error))
        }
    }

    /// Whatever flows, whatever the battery loses, and whether or not its size is known: the truth is in the band.
    @Test(arguments: 0..<200) func theTruthIsInTheBand(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let size = Energy(wattHours: Int.random(in: 20_000...200_000, using: &random))
        let isKnown = Bool.random(using: &random)
        var truth = Double.random(in: 0...10_000, using: &random)
        var estimate = ChargeEstimate()
        if Bool.random(using: &random) { estimate.told(self.share(Int(truth)), by: .measurand) }
        for _ in 0..<500 {
            let room = 10_000 - truth
            let watts = Int.random(in: -22_000...22_000, using: &random)
            let energy = Power(watts: watts).over(.seconds(Int.random(in: 1...60, using: &random)))
            let loss = Double.random(in: watts > 0 ? 0.91...1 : 1...1.09, using: &random)
            let moved = Double(energy.wattSeconds) / Double(size.wattSeconds) * 10_000 * loss
            guard moved <= room, truth + moved >= 0 else { continue }
            truth += moved
            estimate.flowed(energy, capacity: isKnown ? size : nil)
            let low = Double(estimate.value.basisPoints - estimate.error) - 2
            let high = Double(estimate.value.basisPoints + estimate.error) + 2
            #expect(low <= truth && truth <= high, "\(truth) not in \(low)...\(high), size \(size), known \(isKnown)")
        }
    }

    // MARK: In the table

    private func table(_ facts: [StationFact]) -> EVSETable {
        var table = EVSETable(nameplate: Power(watts: 22_000))
        _ = table.take(facts, of: "CS1", at: Instant(seconds: 0), worker: "w") { _, _ in nil }
        return table
    }

    private let plugged: [StationFact] = [.connected(version: "2.1"), .plugged(evse: 1, token: "a", transaction: "1")]

    private func meter(_ second: Int, _ watts: Int, register: Int? = nil, charge: Int? = nil) -> StationFact {
        var sample = MeterSample(at: Instant(seconds: second), power: Power(watts: watts))
        sample.importRegister = register.map { Energy(wattHours: $0) }
        sample.stateOfCharge = charge.map { StateOfCharge(basisPoints: $0) }
        return .meter(evse: 1, sample)
    }

    /// The register counts what happened between two samples of power; one that stands still or leaps does not.
    @Test(arguments: [(1_900, 1_900), (2_400, 2_400), (0, 2_000), (90_000, 2_000)])
    func theRegisterCountsWhereItAgreesWithPower(register: Int, flowed: Int) {
        var needs = ChargingNeeds(wantsBidirectional: true, isDynamicControl: true)
        needs.capacity = self.battery
        needs.energyToTarget = Energy(wattHours: 10_000)
        let table = self.table(
            self.plugged + [.needs(evse: 1, needs), self.meter(0, 8_000, register: 5_000)]
                + [self.meter(900, 8_000, register: 5_000 + register)])
        #expect(table.record(0, at: Instant(seconds: 900)).energy_needed == 10_000 - flowed)
    }

    /// Registers that move in steps of 100 Wh, or come once a minute beside power each second, lose nothing.
    @Test(arguments: [100, 1, 432]) func coarseRegistersLoseNothing(step: Int) {
        var needs = ChargingNeeds(wantsBidirectional: true, isDynamicControl: true)
        needs.energyToTarget = Energy(wattHours: 10_000)
        let samples = (0...3_600).map { second in
            self.meter(second, 7_200, register: 5_000 + second * 2 / step * step)
        }
        let table = self.table(self.plugged + [.needs(evse: 1, needs)] + samples)
        let missing = Int(table.record(0, at: Instant(seconds: 3_600)).energy_needed)
        #expect(abs(missing - 2_800) <= step, "\(missing)")
    }

    @Test func energyRequestsAndTheDeviceModelAreHeard() {
        var needs = ChargingNeeds(wantsBidirectional: true, isDynamicControl: true)
        needs.capacity = self.battery
        needs.targetStateOfCharge = self.share(8_000)
        needs.energyToTarget = Energy(wattHours: 10_000)
        var table = self.table(self.plugged + [.needs(evse: 1, needs)])
        #expect(table.record(0, at: Instant(seconds: 1)).soc == 6_000, "10 kWh of 50 kWh below 80 %")
        #expect(table.record(0, at: Instant(seconds: 1)).soc_error == 300)
        let car = ConnectedCar(stateOfCharge: self.share(6_200), departure: Instant(seconds: 7_200))
        _ = table.take([.car(evse: 1, car)], of: "CS1", at: Instant(seconds: 2), worker: "w") { _, _ in nil }
        let record = table.record(0, at: Instant(seconds: 2))
        #expect(record.soc == 6_200 && record.soc_error == 100 && record.departure == 7_200)
    }

    /// The car's window for V2X (evMinV2XEnergyRequest): below it nothing is discharged, and near it no more than lasts.
    @Test func theWindowOfTheCarIsKept() {
        var needs = ChargingNeeds(wantsBidirectional: true, isDynamicControl: true)
        needs.energyToV2XMinimum = Energy(wattHours: -2_000)
        needs.energyToMaximum = Energy(wattHours: 1_000)
        var table = self.table(self.plugged + [.needs(evse: 1, needs), self.meter(0, -4_000)])
        #expect(table.record(0, at: Instant(seconds: 0)).max_discharge == 8_000, "2 kWh in a quarter of an hour")
        #expect(table.record(0, at: Instant(seconds: 0)).max_charge == 22_000)
        func add(_ fact: StationFact) {
            _ = table.take([fact], of: "CS1", at: Instant(seconds: 0), worker: "w") { _, _ in nil }
        }
        add(self.meter(900, -4_000))
        #expect(table.record(0, at: Instant(seconds: 900)).max_discharge == 4_000)
        add(self.meter(1_800, 8_000))
        #expect(table.record(0, at: Instant(seconds: 1_800)).max_discharge == 12_000, "what was charged may go again")
        add(self.meter(1_801, -11_000))
        add(self.meter(3_600, -11_000))
        #expect(table.record(0, at: Instant(seconds: 3_600)).max_discharge == 0)
        add(self.meter(9_000, 11_000))
        #expect(table.record(0, at: Instant(seconds: 9_000)).max_charge == 0, "full")
    }
}
