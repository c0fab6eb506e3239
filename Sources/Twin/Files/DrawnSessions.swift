public import Domain

/// A day of stays drawn from a seed: for tests, benchmarks and first looks. No real fleet stands behind it.
public enum DrawnSessions {
    /// `count` cars at `sites` sites that come in the evening or the morning of the day that starts at
    /// `start`, and stay long enough for what they want at two thirds of their power.
    public static func day(
        count: Int, sites: Int, from start: Instant, seed: UInt64, allDay: Bool = false
    ) -> [Session] {
        precondition(sites > 0, "cars stand at sites")
        var generator = SeededGenerator(seed: seed)
        var sessions: [Session] = []
        sessions.reserveCapacity(count)
        for index in 0..<count {
            let capacity = Int.random(in: 40...80, using: &generator) * 1_000
            let power = [7_400, 11_000, 22_000].randomElement(using: &generator) ?? 11_000
            let arrival = allDay ? 0 : Int.random(in: 0...(12 * 60), using: &generator)
            let stay = allDay ? 24 * 60 : Int.random(in: 240...720, using: &generator)
            let soc = Int.random(in: 3_500...7_000, using: &generator)
            let gain = power * stay * 2 / 3 / 60 * 9_400 / capacity
            let target = min(Int.random(in: 6_000...9_000, using: &generator), soc + gain)
            sessions.append(
                Session(
                    vehicle: VehicleID("ev-\(Timestamp.pad(index + 1, 6))"),
                    site: SiteID("site-\(index % sites + 1)"), arrival: start + .minutes(arrival),
                    departure: start + .minutes(min(arrival + stay, 24 * 60)),
                    arrivalCharge: StateOfCharge(basisPoints: soc),
                    targetCharge: StateOfCharge(basisPoints: max(target, 3_000)),
                    minimumCharge: StateOfCharge(basisPoints: min(3_000, soc)),
                    capacity: Energy(wattHours: capacity), maxCharge: Power(watts: power),
                    maxDischarge: Power(watts: power), efficiency: 9_400))
        }
        return sessions.sorted { ($0.arrival, $0.vehicle) < ($1.arrival, $1.vehicle) }
    }

    /// Writes `sessions.csv`.
    public static func csv(_ sessions: [Session]) -> String {
        var text =
            "vehicle_id,site_id,arrival,departure,arrival_soc,target_soc,min_soc,battery_kwh,"
            + "max_charge_kw,max_discharge_kw,efficiency,latency_ms\n"
        for session in sessions {
            text +=
                [
                    CSVTable.quoted(session.vehicle.rawValue),
                    CSVTable.quoted(session.site.rawValue),
                    Timestamp.format(session.arrival),
                    Timestamp.format(session.departure),
                    DecimalText.fraction(session.arrivalCharge.basisPoints, of: 10_000),
                    DecimalText.fraction(session.targetCharge.basisPoints, of: 10_000),
                    DecimalText.fraction(session.minimumCharge.basisPoints, of: 10_000),
                    DecimalText.thousandths(session.capacity.wattHours),
                    DecimalText.thousandths(session.maxCharge.watts),
                    DecimalText.thousandths(session.maxDischarge.watts),
                    DecimalText.fraction(session.efficiency, of: 10_000),
                    String(session.latency.milliseconds),
                ].joined(separator: ",") + "\n"
        }
        return text
    }
}
