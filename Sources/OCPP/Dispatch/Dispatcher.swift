/// Turns what one EVSE is to do into the frames of its dialect, one at a time, latest order first. Pure.
///
/// The stack of profiles: at the top the setpoint, whose validity is a watchdog; beneath it the resident curve;
/// beneath that the way back for the time when nobody speaks (``FallbackPolicy``); at the bottom, for every
/// transaction, charging up to the EVSE's share without end (``BottomProfile``).
package struct Dispatcher: Sendable {
    /// Which of its frames is on its way.
    enum Step: Hashable, Sendable {
        case bottom(BottomProfile)
        case fallback
        /// The set-point beneath a curve that is a DER control.
        case base(order: UInt64)
        /// The frame that answers the order.
        case main(order: UInt64)
        case clearing(ProfileBuilder.Slot, order: UInt64)
    }

    struct Order: Hashable, Sendable {
        var number: UInt64
        var target: DispatchTarget
        var until: DateTime
        var isReported = false
        var hasRetried = false
    }

    /// The setpoint profile as the station last accepted it.
    struct Installed: Hashable, Sendable {
        var wire: Milli
        var duration: Int
        var at: DateTime

        func lapses() -> DateTime { self.at + self.duration }
        func isDue(_ now: DateTime) -> Bool {
            now.microseconds - self.at.microseconds >= self.duration * 500_000
        }
    }

    /// What the main frame in flight asks for.
    enum Sent: Hashable, Sendable {
        case setpoint(wire: Milli, watts: Int, duration: Int)
        case curve(DispatchTarget, until: DateTime)
        /// A profile that takes signals, or a signal in W; with the set-point that was asked, where it was one.
        case signalled(Signalled)
        case signal(Int, watts: Int?)

        var asked: Int? {
            switch self {
            case .setpoint(_, let watts, _): watts
            case .curve: nil
            case .signalled(let standing): standing.isSetpoint ? standing.baseline : nil
            case .signal(_, let watts): watts
            }
        }
    }

    enum Beneath: Hashable, Sendable {
        case nothing
        /// Plain charging, as put there before the first setpoint.
        case charging
        /// 0 W, then charging; renewed at the instant.
        case holding(renew: DateTime)
        /// The station refused it; not asked again before the instant.
        case refused(until: DateTime)
    }

    // What each order touches lies first and together: of many stations it comes from far memory.
    package let version: OCPPVersion
    package let evse: Int
    var order: Order?
    var inFlight: Step?
    var sent: Sent?
    /// A setpoint that was accepted and could not be kept alive is not said again before this.
    var notBefore: DateTime?
    var installed: Installed?
    var curveUntil: DateTime?
    var armed: DispatchTarget?
    var signalStanding: Signalled?
    /// When the last profile was said; see ``isPaced(_:)``.
    var lastProfile: DateTime?
    var bottom: BottomState = .nothing { didSet { self.isBottomRight = false } }
    /// What stands at the bottom is what is wanted there; looked at again once either has changed.
    var isBottomRight = false
    var bottomNotBefore: DateTime?
    var isReady = false
    var beneath: Beneath = .nothing
    var wantsBeneath = false
    package private(set) var canDischarge = false
    package private(set) var holdsCurve = false
    /// Its curves are DER controls, not profiles.
    private(set) var usesControl = false
    /// What 100 % of such a curve is, W, where the station says it.
    private(set) var controlMax: Int?
    /// A control of ours may be in force that nobody here remembers: it is cleared before a set-point counts.
    var controlMayStand = false
    package private(set) var maxCharge: Int?
    package private(set) var maxDischarge: Int?
    /// Most power of the profile beneath, W: what the EVSE may draw when every station of its site falls back.
    package var beneathLimit: Int? { didSet { self.isBottomRight = false } }
    /// The station's own, whatever car stands there; nil while it does not tell it.
    var nameplate: Int? { didSet { self.isBottomRight = false } }
    package internal(set) var transaction: String?
    var mostPeriods = 24
    var supportsDynamic = true
    /// As it is spoken now (``Dialect/effective(_:_:)``).
    package internal(set) var dialect: Dialect { didSet { self.isBottomRight = false } }
    var builder: ProfileBuilder { didSet { self.isBottomRight = false } }
    let policy: FallbackPolicy
    /// Places the station in the spread, 0 ..< 1,000.
    let share: Int

    package init(
        version: OCPPVersion, evse: Int, dialect: Dialect,
        policy: FallbackPolicy = FallbackPolicy(),
        share: Int = 500
    ) {
        self.version = version
        self.evse = evse
        self.dialect = dialect
        self.policy = policy
        self.share = min(max(share, 0), 999)
        self.builder = ProfileBuilder(
            version: version, evse: evse, dialect: dialect, idBase: 1_000, mostLevel: 100,
            sendsMaxOffline: version == .v21)
        self.canDischarge = dialect.discharge == .negativeLimit
    }

    /// What the station and the car can do, as far as known. Profiles that stand keep their ids.
    package mutating func learn(_ model: DeviceModel, maxCharge: Int?, maxDischarge: Int?) {
        self.canDischarge = model.canDischarge(self.evse, self.dialect)
        let holdsControl = model.holdsControl(self.evse, self.dialect)
        self.holdsCurve = model.holdsCurve(self.evse, self.dialect) || holdsControl
        if holdsControl != self.usesControl { self.controlMayStand = holdsControl }
        self.usesControl = holdsControl
        self.controlMax = model.controlMaxWatts
        self.supportsDynamic = model.supportsDynamicProfiles != false
        self.nameplate = model.evses[self.evse]?.maxPower
        self.maxCharge = maxCharge ?? self.nameplate
        self.maxDischarge = maxDischarge
        self.mostPeriods = min(model.periodsPerSchedule ?? 24, self.dialect.periods)
        self.builder = ProfileBuilder(
            version: self.version, evse: self.evse, dialect: self.dialect,
            idBase: max(1_000, model.maxExternalConstraintsId + 1),
            mostLevel: max(model.profileStackLevel ?? 100, 0),
            sendsMaxOffline: self.version == .v21 && model.supportsMaxOfflineDuration != false)
    }

    /// The power that would be asked for `watts`.
    package func quantized(_ watts: Int) -> (wire: Milli, watts: Int) {
        self.dialect.quantized(
            watts: watts, canDischarge: self.canDischarge, maxCharge: self.maxCharge,
            maxDischarge: self.maxDischarge)
    }

    var usesDynamic: Bool {
        let knows = self.version == .v21 || self.dialect.capability == .draftOn201
        // A car that asked for charging only is told limits and no setpoints (Q02.FR.01, 02).
        return knows && self.canDischarge && self.maxDischarge != 0 && self.supportsDynamic
    }

    /// A transaction began: what lay on the EVSE for the one before is void; something safe goes beneath.
    package mutating func began(transaction: String) {
        guard self.transaction != transaction else { return }
        self.transaction = transaction
        self.forget()
        self.wantsBeneath = self.dialect.fallback && !self.hasBottom
    }

    /// The transaction is over; its profiles went with it.
    package mutating func ended() -> [DispatchReport] {
        self.transaction = nil
        self.forget()
        self.wantsBeneath = false
        return self.drop(.rejected(reason: "NoTransaction"))
    }

    /// The link broke, or the station booted: what it holds is unknown, everything is said anew but the bottom, which
    /// a lost link leaves where it is.
    package mutating func lost() -> [DispatchReport] {
        self.forget()
        var reports: [DispatchReport] = []
        if let number = self.mainInFlight, number != self.order?.number {
            reports.append(DispatchReport(order: number, outcome: .disconnected, asked: nil))
        }
        self.inFlight = nil
        self.wantsBeneath = self.dialect.fallback && self.transaction != nil
        return reports + self.drop(.disconnected)
    }

    mutating func forget() {
        self.controlMayStand = self.usesControl
        self.signalStanding = nil
        self.installed = nil
        self.curveUntil = nil
        self.armed = nil
        self.beneath = .nothing
        self.notBefore = nil
    }

    private mutating func drop(_ outcome: DispatchReport.Outcome) -> [DispatchReport] {
        defer { self.order = nil }
        guard self.order?.isReported == false, let number = self.order?.number, self.mainInFlight != number
        else { return [] }
        return [DispatchReport(order: number, outcome: outcome, asked: nil)]
    }

    /// The order whose frame is on its way.
    private var mainInFlight: UInt64? {
        if case .main(let number) = self.inFlight { number } else { nil }
    }

    /// A new order; the one before it is overtaken where its frame has not been sent.
    package mutating func command(
        _ target: DispatchTarget, order number: UInt64, validForSeconds: Int, at now: DateTime
    ) -> [DispatchReport] {
        var reports = self.drop(.superseded)
        let isCurve = if case .curve = target { true } else { false }
        if isCurve && !self.holdsCurve || self.dialect.capability == .none && target != .clear {
            reports.append(DispatchReport(order: number, outcome: .notSupported, asked: nil))
            return reports
        }
        let needsTransaction = self.dialect.purpose == "TxProfile" && target != .clear
        if needsTransaction, self.transaction == nil {
            let outcome = DispatchReport.Outcome.rejected(reason: "NoTransaction")
            reports.append(DispatchReport(order: number, outcome: outcome, asked: nil))
            return reports
        }
        self.notBefore = nil
        self.order = Order(number: number, target: target, until: now + max(validForSeconds, 1))
        return reports
    }

    /// The last setpoint asked of the EVSE, for a station that pulls it (K28).
    package func pulled(profile id: Int) -> Milli? {
        guard id == self.builder.id(.setpoint), let installed = self.installed else { return nil }
        guard case .setpoint(let watts) = self.order?.target else { return installed.wire }
        return self.quantized(watts).wire
    }
}
