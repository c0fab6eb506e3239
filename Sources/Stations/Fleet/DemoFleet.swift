package import Domain
import Twin

/// A fleet drawn from a seed: stations, cars, and the enrolment that belongs to them.
/// Half speak 2.1 (half of these hold a curve themselves), a quarter 2.0.1, a quarter 1.6; three in a
/// hundred misbehave, and nearly five leave while one watches, with more than they came with.
package struct DemoFleet: Hashable, Sendable {
    /// What the enrolment has to know of a car, its owner and its station.
    package struct Enrolment: Hashable, Sendable {
        package var owner: OwnerID
        package var ownerName: String
        package var vehicle: VehicleID
        package var token: TokenID
        package var station: StationID
        package var site: SiteID
        package var capacity: Energy
        package var maxCharge: Power
        package var maxDischarge: Power
        package var reserve: StateOfCharge
        package var target: StateOfCharge
        /// From the start of the demo.
        package var departure: TimeSpan
        package var consents: Bool
    }
    package var stations: [StationSpec]
    /// In the order of ``stations``.
    package var enrolments: [Enrolment]

    static let owners = [
        ("harbour-taxi", "Harbour Taxi"), ("meadow-post", "Meadow Post"),
        ("north-care", "North Care"), ("city-share", "City Share"),
    ]
    /// Bad ways that a demo shows, in turn.
    static let badWays: [Misbehaviour] = [.ignores, .slow, .half, .drops, .rejects]

    /// `sites` are numbered `site-1` …; stations go to them in turn, four at a time, so that each site has every
    /// version. `power` is that of each station.
    package static func draw(
        count: Int, seed: UInt64, sites: Int = 4, power: Power = Power(watts: 22_000)
    ) -> DemoFleet {
        precondition(count >= 0 && sites > 0, "a demo fleet has sites")
        var generator = SeededGenerator(seed: seed)
        var fleet = DemoFleet(stations: [], enrolments: [])
        for index in 0..<count {
            let spec = self.spec(index, sites: sites, power: power, with: &generator)
            let owner = self.owners[index / 4 % self.owners.count]
            guard case .afterStart(let departure) = spec.departure else { continue }
            fleet.stations.append(spec)
            fleet.enrolments.append(
                Enrolment(
                    owner: OwnerID(owner.0), ownerName: owner.1, vehicle: spec.vehicle,
                    token: spec.token, station: spec.station, site: spec.site,
                    capacity: spec.capacity, maxCharge: spec.maxCharge,
                    maxDischarge: spec.maxDischarge, reserve: StateOfCharge(basisPoints: 3_000),
                    target: spec.target, departure: departure, consents: index % 20 != 19))
        }
        return fleet
    }

    /// A fleet as `--count N --ocpp VERSION` without a file draws it; the version, where given, is for all.
    package static func stations(count: Int, seed: UInt64, version: StationVersion?)
        -> [StationSpec]
    {
        self.draw(count: count, seed: seed).stations.map { spec in
            var spec = spec
            guard let version else { return spec }
            spec.version = version
            if version != .v21, [.curve, .control].contains(spec.v2x) { spec.v2x = .yes }
            return spec
        }
    }

    private static func spec(
        _ index: Int, sites: Int, power: Power, with generator: inout SeededGenerator
    ) -> StationSpec {
        let version: StationVersion = [.v21, .v201, .v21, .v16][index % 4]
        let number = Timestamp.pad(index + 1, 4)
        let isBad = index % 37 == 36
        let isShort = !isBad && self.isShort(index)
        let drawn = Int.random(in: 40...80, using: &generator)
        // A small battery, so that minutes make a difference that a promise can miss.
        let capacity = isShort ? 40 + drawn % 3 : drawn
        let charge = Int.random(in: 4_500...7_500, using: &generator)
        let stay = Int.random(in: 30...480, using: &generator)
        let minutes = isShort ? 4 + index / 21 % 4 : stay
        // In minutes it counts that the car is only commanded seconds after it came, and that a promise is kept
        // a minute before its time: half of what is left.
        let gain = self.reachableGain(
            seconds: isShort ? (minutes - 1) * 45 : minutes * 60, capacity: capacity, power: power)
        let wanted = isShort ? 10_000 : Int.random(in: 5_000...9_000, using: &generator)
        return StationSpec(
            station: StationID("CS\(number)"), version: version,
            site: SiteID("site-\(index / 4 % sites + 1)"), token: TokenID("TAG\(number)"),
            vehicle: VehicleID("ev-\(number)"), capacity: Energy(wattHours: capacity * 1_000),
            charge: StateOfCharge(basisPoints: charge),
            target: StateOfCharge(basisPoints: min(wanted, charge + gain)),
            departure: .afterStart(.minutes(minutes)), maxCharge: power, maxDischarge: power,
            minimum: Power(watts: 1_380), step: Power(watts: version == .v16 ? 690 : 100),
            latency: .milliseconds(Int.random(in: 100...400, using: &generator)),
            rampPerSecond: Power(watts: Int.random(in: 15_000...44_000, using: &generator)),
            v2x: self.v2x(version, index: index),
            misbehaviour: isBad ? self.badWays[index / 37 % self.badWays.count] : .none)
    }

    /// One in 21, so that each version has some, leaves after 4 to 7 minutes: inside the demo's sold block, and
    /// within a run of six minutes.
    private static func isShort(_ index: Int) -> Bool { index % 21 == 5 }

    /// State of charge, in 1/100 %, that two thirds of the stay at full power add: a promise one can keep.
    private static func reachableGain(seconds: Int, capacity: Int, power: Power) -> Int {
        power.watts * seconds * 2 / 3 / 3_600 * 95 / 100 * 10 / max(capacity, 1)
    }

    private static func v2x(_ version: StationVersion, index: Int) -> StationV2X {
        switch version {
        case .v21: index % 8 < 4 ? .curve : .yes
        case .v201: .yes
        case .v16: index % 8 < 4 ? .yes : .no
        }
    }
}
