package import Domain

/// What a meter sample says; nil where the station did not say it.
package struct MeterSample: Hashable, Sendable {
    package var at: Instant
    /// Import less export, + = charge.
    package var power: Power?
    package var importRegister: Energy?
    package var exportRegister: Energy?
    package var stateOfCharge: StateOfCharge?
    package var milliHertz: Int?
    /// The transaction that it belongs to; a sample of an earlier one may come late.
    package var transaction: String?

    package init(
        at: Instant, power: Power? = nil, importRegister: Energy? = nil,
        exportRegister: Energy? = nil, stateOfCharge: StateOfCharge? = nil, milliHertz: Int? = nil,
        transaction: String? = nil
    ) {
        self.at = at
        self.power = power
        self.importRegister = importRegister
        self.exportRegister = exportRegister
        self.stateOfCharge = stateOfCharge
        self.milliHertz = milliHertz
        self.transaction = transaction
    }
}

/// What the car wants, as far as it said (NotifyEVChargingNeeds).
package struct ChargingNeeds: Hashable, Sendable {
    package var departure: Instant?
    /// Energy to the driver's target, to the least and to the most that the car takes; may be negative.
    package var energyToTarget: Energy?
    package var energyToMinimum: Energy?
    package var energyToMaximum: Energy?
    /// Bounds of the window in which V2X is welcome, as energy from now.
    package var energyToV2XMinimum: Energy?
    package var energyToV2XMaximum: Energy?
    package var capacity: Energy?
    package var stateOfCharge: StateOfCharge?
    package var targetStateOfCharge: StateOfCharge?
    /// Limits of the car, magnitudes ≥ 0.
    package var maxCharge: Power?
    package var maxDischarge: Power?
    package var minCharge: Power?
    package var minDischarge: Power?
    /// The car asked for a bidirectional service.
    package var wantsBidirectional: Bool
    /// Updates do not cost a renegotiation with the car (ISO 15118-20 dynamic control mode).
    package var isDynamicControl: Bool

    package init(wantsBidirectional: Bool, isDynamicControl: Bool) {
        self.wantsBidirectional = wantsBidirectional
        self.isDynamicControl = isDynamicControl
    }
}

/// What the station's device model says of the car that is plugged in (`ConnectedEV`); nil where it does not.
package struct ConnectedCar: Hashable, Sendable {
    package var stateOfCharge: StateOfCharge?
    package var capacity: Energy?
    package var departure: Instant?
}

/// What a charging point can be made to do, as its dialect and its device model say.
package struct EVSECapability: Hashable, Sendable {
    package var capability: Capability
    /// Name of the dialect that is spoken with it.
    package var dialect: String
    /// Nameplate of the charging point where the station told it.
    package var maxCharge: Power?
    package var maxDischarge: Power?
    /// Dead band: nothing is commanded between 0 and this magnitude.
    package var minimumPower: Power
    /// Least step between two setpoints that the station tells apart, ≥ 1 W.
    package var step: Power

    /// Why it can do less than its kind, where it does.
    package var reason: String?
    /// What it charges with at first once a setpoint has lapsed: 0, or its share at once.
    package var fallsTo = Power.zero

    package init(
        capability: Capability, dialect: String, maxCharge: Power?, maxDischarge: Power?,
        minimumPower: Power, step: Power
    ) {
        self.capability = capability
        self.dialect = dialect
        self.maxCharge = maxCharge
        self.maxDischarge = maxDischarge
        self.minimumPower = minimumPower
        self.step = step
    }
}

/// Whether a charging point works.
package enum EVSEStatus: Hashable, Sendable {
    case available
    /// A car is there, whatever it does.
    case occupied
    case reserved
    case unavailable
    /// With the station's error code or text.
    case faulted(String)
}

/// Something a station said, in our nouns. EVSE numbers are the station's (connectors on 1.6), from 1.
package enum StationFact: Hashable, Sendable {
    /// Authenticated and speaking the version ("1.6", "2.0.1", "2.1").
    case connected(version: String)
    case disconnected
    /// What a station that comes back without a boot is known to be.
    case identified(vendor: String, model: String, firmware: String?)
    case booted(vendor: String, model: String, serial: String?, firmware: String?)
    case capability(evse: Int, EVSECapability)
    case status(evse: Int, EVSEStatus)
    /// A transaction runs; the token is nil when it was met half-way and never named.
    case plugged(evse: Int, token: TokenID?, transaction: String)
    case unplugged(evse: Int, transaction: String)
    case needs(evse: Int, ChargingNeeds)
    case meter(evse: Int, MeterSample)
    case car(evse: Int, ConnectedCar)
    /// Somebody else limits the station (`evse` 0: all of it): magnitudes, nil where no number was said.
    case limited(evse: Int, source: String, charge: Power?, discharge: Power?)
    case limitCleared(evse: Int, source: String)
    /// A grid event at the inverter began, or ended: nothing is moved by orders meanwhile.
    case gridAlarm(control: String, fault: String?, isOver: Bool)
    /// The driver asked for priority charging, or gave it up: no V2G in that transaction.
    case priority(transaction: String, isActive: Bool)
}

extension StationFact {
    /// Whether it is somebody else's decision over what is moved: seldom, and worth a line in the log.
    package var isOverride: Bool {
        switch self {
        case .limited, .limitCleared, .gridAlarm, .priority: true
        default: false
        }
    }
}
