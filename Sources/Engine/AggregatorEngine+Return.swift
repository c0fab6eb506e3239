import CTelemetry
import Domain
import Fleet
import GridCodes

/// A station that was away: its supply may have been out, until its register shows that power flowed meanwhile.
struct Absence: Hashable, Sendable, Codable {
    var since: Instant
    /// When it came back; nil while it is away.
    var backAt: Instant?
    /// Import less export when it was heard last, and what flowed then, W.
    var register: Energy
    var watts: Int
    /// True once its register was looked at after its return.
    var isJudged = false
}

// Connection codes: who comes back after an outage waits, and then rises slowly. Its headroom is not offered meanwhile.
extension AggregatorEngine {
    /// Shorter silences are the network's.
    private static let least = TimeSpan.seconds(5)

    /// Part of a point's headroom that may be counted on, 1/1000, by the region's connection codes.
    /// - Parameters:
    ///   - register: import less export, as it was heard last.
    ///   - last: the last reading.
    mutating func returned(_ place: Place, register: Energy, last: MeterTrace.Sample?) -> Int {
        guard self.configuration.region.interconnection?.isEmpty == false,
            let name = self.names[place.worker][place.slot]
        else { return 1_000 }
        let key = PlaceKey(station: name.station, evse: name.evse)
        let line = self.fleet.lines[place.line]
        guard line.has(HEADROOM_ONLINE) else {
            if self.absences[key]?.backAt != nil || self.absences[key] == nil {
                self.absences[key] = Absence(
                    since: self.now, register: register, watts: last?.watts ?? 0)
            }
            return 0
        }
        guard var absence = self.absences[key] else { return 1_000 }
        let backAt = absence.backAt ?? self.now
        absence.backAt = backAt
        let share = self.configuration.region.availablePerMille(after: self.now - backAt)
        if !absence.isJudged, let last, last.at > absence.since {
            absence.isJudged = true
            // A battery that was charged or discharged all the time had its supply.
            let due = Power(watts: Int(absence.watts.magnitude)).over(last.at - absence.since).wattSeconds
            let flowed = Int((register - absence.register).wattSeconds.magnitude)
            if due > 36_000, flowed >= due / 2 { return self.release(key) }
        }
        if share >= 1_000 || backAt - absence.since < Self.least { return self.release(key) }
        self.absences[key] = absence
        return share
    }

    private mutating func release(_ key: PlaceKey) -> Int {
        self.absences[key] = nil
        return 1_000
    }
}
