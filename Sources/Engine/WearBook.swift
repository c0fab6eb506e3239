import CTelemetry
import Control
import Domain
import Fleet

/// The batteries of the enrolled cars: what each has spent, what its next kWh costs, and what its warranty forbids.
struct WearBook: Sendable, Codable {
    private struct Row: Sendable, Codable {
        var chemistry: Int
        var price: Int
        var capacity: Energy
        var warranty: Warranty
        var wear = VehicleWear()
        /// Micro-units per kWh, as of the last look.
        var rate: Int
        var mayNotDischarge = false
        var mayNotRaise = false
    }
    private var chemistries: [Chemistry] = []
    /// By the vehicle's index; as long as the last one whose battery is enrolled.
    @InParts private var rows: [Row?] = []

    /// How long a battery is left alone between two looks.
    static let pause = TimeSpan.minutes(1)

    /// Notes what a car's battery is; what it has spent stays. Without a chemistry for it nothing is known of it.
    mutating func enrol(_ terms: BatteryTerms, _ vehicle: Int, _ known: [Chemistry]) {
        let names = [terms.chemistry, "unknown"]
        guard let chemistry = names.lazy.compactMap({ name in known.first { $0.id == name } }).first else { return }
        let place =
            self.chemistries.firstIndex(of: chemistry)
            ?? {
                self.chemistries.append(chemistry)
                return self.chemistries.count - 1
            }()
        if vehicle >= self.rows.count {
            self.rows += Array(repeating: nil, count: vehicle + 1 - self.rows.count)
        }
        self.rows[vehicle] = Row(
            chemistry: place, price: terms.pricePerKilowattHour, capacity: .zero,
            warranty: Warranty(throughput: terms.throughput, cycles: terms.cycles, highHours: terms.highHours),
            wear: self.rows[vehicle]?.wear ?? VehicleWear(), rate: 0)
        self.look(vehicle)
    }

    /// Notes a charge, at most once a minute.
    mutating func note(_ charge: StateOfCharge, _ capacity: Energy, _ vehicle: Int, at now: Instant) {
        guard vehicle < self.rows.count, let row = self.rows[vehicle] else { return }
        guard row.wear.age(at: now).map({ $0 >= Self.pause }) ?? true else { return }
        self.rows[vehicle]?.capacity = capacity
        let chemistry = self.chemistries[row.chemistry]
        self.rows[vehicle]?.wear.note(charge, at: now, chemistry)
        self.look(vehicle)
    }

    mutating func note(discharged: Energy, _ vehicle: Int) {
        guard vehicle < self.rows.count, self.rows[vehicle] != nil else { return }
        self.rows[vehicle]?.wear.note(discharged: discharged)
    }

    private mutating func look(_ vehicle: Int) {
        guard var row = self.rows[vehicle] else { return }
        row.rate = row.wear.marginalCost(self.chemistries[row.chemistry], packPrice: row.price)
        row.mayNotDischarge = row.warranty.dischargeVeto(row.wear, capacity: row.capacity) != nil
        row.mayNotRaise = row.warranty.raiseVeto(row.wear) != nil
        self.rows[vehicle] = row
    }

    /// Micro-units per kWh that the next discharge costs; nil where nothing is known of the battery.
    @inline(__always)
    func rate(_ vehicle: Int) -> Int? {
        guard vehicle < self.rows.count else { return nil }
        return self.rows[vehicle]?.rate
    }

    @inline(__always)
    func mayNotDischarge(_ vehicle: Int) -> Bool {
        vehicle < self.rows.count && self.rows[vehicle]?.mayNotDischarge == true
    }

    @inline(__always)
    func mayNotRaise(_ vehicle: Int) -> Bool {
        vehicle < self.rows.count && self.rows[vehicle]?.mayNotRaise == true
    }

    /// Why a car may not discharge, in words; nil while it may.
    func dischargeVeto(_ vehicle: Int) -> String? {
        guard vehicle < self.rows.count, let row = self.rows[vehicle], row.mayNotDischarge else { return nil }
        return row.warranty.dischargeVeto(row.wear, capacity: row.capacity)
    }

    func view(_ vehicle: Int) -> EngineSnapshot.Wear? {
        guard vehicle < self.rows.count, let row = self.rows[vehicle] else { return nil }
        let chemistry = self.chemistries[row.chemistry]
        return EngineSnapshot.Wear(
            chemistry: chemistry.id, spent: row.wear.spent(chemistry) / (Chemistry.life / 1_000_000),
            perKilowattHour: row.rate, discharged: row.wear.discharged, highHours: row.wear.highSeconds / 3600,
            warrantyUsed: row.warranty.used(row.wear, capacity: row.capacity),
            veto: self.dischargeVeto(vehicle) ?? row.warranty.raiseVeto(row.wear) ?? "")
    }

    func fingerprint(into mark: inout Fingerprint) {
        for row in self.rows {
            guard let row else { continue }
            row.wear.fingerprint(into: &mark)
            mark.add(row.rate)
        }
    }
}

extension AggregatorEngine {
    /// Looks at the battery of a car that is plugged in and whose charge is sure.
    mutating func noteWear(_ index: Int) {
        let line = self.fleet.lines[index]
        guard line.vehicle != VehicleLine.none, line.isPlugged, self.wear.rate(Int(line.vehicle)) != nil,
            Point.isSure(line)
        else { return }
        self.wear.note(
            StateOfCharge(basisPoints: Int(line.record.soc)), self.capacity(of: line), Int(line.vehicle), at: self.now)
    }
}
