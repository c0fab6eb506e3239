import Domain
import GridCodes

/// What is left when the last car has gone.
extension TwinRun {
    /// Closes the books. Cars that are still there count as leaving now.
    public mutating func finish() -> TwinReport {
        self.countHeld()
        for stay in self.world.stays.indices where self.met[stay] == nil { self.leave(stay) }
        var kpis = TwinKPIs()
        self.recorder.report(into: &kpis)
        let currency = self.input.region.currency
        kpis.seed = self.input.config.seed
        kpis.sessions = self.world.stays.count
        kpis.setpointMessages = self.dispatch.setpointMessages
        kpis.energyCost = Money(
            microUnits: self.recorder.energyCost.microUnits, currency: currency)
        kpis.capacityRevenue = Money(
            microUnits: self.recorder.capacityRevenue.microUnits, currency: currency)
        let vehicles = self.vehicles(into: &kpis)
        return TwinReport(
            kpis: kpis, setpointsCSV: self.setpoints,
            deliveredCSV: TwinReport.delivered(self.recorder.steps), vehiclesCSV: vehicles,
            plots: TwinReport.plots(self.recorder.steps, kind: self.input.signal?.kind),
            title: "Headroom twin: \(self.input.product.name)")
    }

    /// `vehicles.csv`, and the sums over vehicles.
    private func vehicles(into kpis: inout TwinKPIs) -> String {
        let bank = self.world.bank
        let revenues = kpis.capacityRevenue.split(by: self.held)
        let wear = Int((self.input.config.wearPerKilowattHour * 1_000_000).rounded())
        var wearMicro = 0
        var text =
            "vehicle_id,departure,soc_at_departure,target_soc,met,reason,charged_kwh,"
            + "discharged_kwh,cycles,revenue\n"
        for (index, stay) in self.world.stays.enumerated() {
            let charged = Energy(wattSeconds: bank.charged[stay.row] / 1_000)
            let discharged = Energy(wattSeconds: bank.discharged[stay.row] / 1_000)
            let isMet = self.met[index] ?? false
            let reason = isMet ? "" : self.readiness.reason(index)
            if isMet {
                kpis.readinessMet += 1
            } else {
                kpis.readinessMissed.append(.init(vehicle: stay.session.vehicle, reason: reason))
            }
            kpis.charged += charged
            kpis.discharged += discharged
            wearMicro += roundedDivision(discharged.wattHours * wear, 1_000)
            let cycles =
                (charged + discharged).wattHours * 500 / max(stay.session.capacity.wattHours, 1)
            kpis.fullCyclesMilli += cycles
            text +=
                [
                    CSVTable.quoted(stay.session.vehicle.rawValue),
                    Timestamp.format(stay.session.departure),
                    DecimalText.fraction(bank.charge(stay.row).basisPoints, of: 10_000),
                    DecimalText.fraction(stay.session.targetCharge.basisPoints, of: 10_000),
                    isMet ? "true" : "false", reason, DecimalText.thousandths(charged.wattHours),
                    DecimalText.thousandths(discharged.wattHours), DecimalText.thousandths(cycles),
                    revenues.isEmpty ? "0" : revenues[index].decimal,
                ].joined(separator: ",") + "\n"
        }
        kpis.wearCost = Money(microUnits: wearMicro, currency: kpis.energyCost.currency)
        return text
    }
}
