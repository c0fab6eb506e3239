package import Domain
package import Twin

/// The OCPP version that a simulated station speaks; the raw value is the one of `--ocpp` and the CSV.
package enum StationVersion: String, Hashable, Sendable, CaseIterable {
    case v16 = "1.6"
    case v201 = "2.0.1"
    case v21 = "2.1"

    /// The WebSocket subprotocol it offers.
    package var subprotocol: String { "ocpp\(self.rawValue)" }
}

/// What a simulated station can be made to do.
package enum StationV2X: String, Hashable, Sendable, CaseIterable {
    /// Charging only: discharge is refused, a limit curtails.
    case no
    /// Signed setpoints: on 2.1 Dynamic profiles, on 2.0.1 and 1.6 a negative limit.
    case yes
    /// Signed setpoints, and a frequency curve that the station holds itself (2.1 only).
    case curve
    /// Signed setpoints, and a frequency-watt curve as a DER control (2.1 only).
    case control
}

/// When the car leaves.
package enum DepartureSpec: Hashable, Sendable {
    case at(Instant)
    case afterStart(TimeSpan)

    package func instant(start: Instant) -> Instant {
        switch self {
        case .at(let instant): instant
        case .afterStart(let span): start + span
        }
    }
}

/// One simulated station with the car at it: a row of `--fleet`.
package struct StationSpec: Hashable, Sendable {
    package var station: StationID
    package var version: StationVersion
    package var site: SiteID
    package var token: TokenID
    package var vehicle: VehicleID
    package var capacity: Energy
    package var charge: StateOfCharge
    package var target: StateOfCharge
    package var departure: DepartureSpec
    package var maxCharge: Power
    package var maxDischarge: Power
    package var minimum: Power
    package var step: Power
    package var latency: TimeSpan
    package var rampPerSecond: Power
    package var v2x: StationV2X
    package var misbehaviour: Misbehaviour
    /// Habits of real chargers that it has.
    package var quirks: Set<StationQuirk> = []

    package init(
        station: StationID, version: StationVersion, site: SiteID, token: TokenID,
        vehicle: VehicleID, capacity: Energy, charge: StateOfCharge, target: StateOfCharge,
        departure: DepartureSpec, maxCharge: Power, maxDischarge: Power, minimum: Power,
        step: Power, latency: TimeSpan, rampPerSecond: Power, v2x: StationV2X,
        misbehaviour: Misbehaviour
    ) {
        self.station = station
        self.version = version
        self.site = site
        self.token = token
        self.vehicle = vehicle
        self.capacity = capacity
        self.charge = charge
        self.target = target
        self.departure = departure
        self.maxCharge = maxCharge
        self.maxDischarge = maxDischarge
        self.minimum = minimum
        self.step = step
        self.latency = latency
        self.rampPerSecond = rampPerSecond
        self.v2x = v2x
        self.misbehaviour = misbehaviour
    }

    /// The station's physics.
    package var plant: PlantModel {
        PlantModel(
            maxCharge: self.maxCharge, maxDischarge: self.v2x == .no ? .zero : self.maxDischarge,
            minimum: self.minimum, step: self.step, latency: self.latency,
            rampPerSecond: self.rampPerSecond, misbehaviour: self.misbehaviour)
    }

    /// The car's battery, as it arrives.
    package var battery: Battery {
        Battery(
            model: BatteryModel(
                capacity: self.capacity, maxCharge: self.maxCharge, maxDischarge: self.maxDischarge),
            at: self.charge)
    }
}
