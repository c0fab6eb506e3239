public import Domain

/// The figures of a run: `kpis.json` (DESIGN section 5, Twin files).
public struct TwinKPIs: Hashable, Sendable {
    public struct Miss: Hashable, Sendable {
        public var vehicle: VehicleID
        public var reason: String
    }
    public var sessions = 0
    public var readinessMet = 0
    public var readinessMissed: [Miss] = []
    /// Integrals of the absolute value over activated intervals.
    public var requested = Energy.zero
    public var delivered = Energy.zero
    /// Mean |delivered − requested| over the awarded time, in millionths of the award.
    public var trackingMicro = 0
    public var score: ClassicScore?
    /// Awarded time in which headroom covered the award, in millionths.
    public var availabilityMicro = 0
    public var charged = Energy.zero
    public var discharged = Energy.zero
    /// Throughput of all cells over twice their capacity, in thousandths.
    public var fullCyclesMilli = 0
    /// + = cost, cost, income.
    public var wearCost = Money.zero(.eur)
    public var energyCost = Money.zero(.eur)
    public var capacityRevenue = Money.zero(.eur)
    public var siteLimitViolations = 0
    public var setpointMessages = 0
    public var steps = 0
    public var seed: UInt64 = 0

    public init() {}

    /// What the machine needed, as the caller measured it.
    public struct Effort: Hashable, Sendable {
        public var wallMilliseconds: Int
        public var cpuMilliseconds: Int

        public init(wallMilliseconds: Int, cpuMilliseconds: Int) {
            self.wallMilliseconds = wallMilliseconds
            self.cpuMilliseconds = cpuMilliseconds
        }
    }

    /// The version of the file's meaning.
    public static let version = "1"

    /// `kpis.json`, keys in the order of the contract.
    public func json(_ effort: Effort) -> String {
        let missed = self.readinessMissed.map { miss in
            "{\"vehicle_id\": \(Self.quoted(miss.vehicle.rawValue)), \"reason\": \(Self.quoted(miss.reason))}"
        }
        let members: [(String, String)] = [
            ("sessions", String(self.sessions)), ("readiness_met", String(self.readinessMet)),
            ("readiness_missed", "[\(missed.joined(separator: ", "))]"),
            ("requested_kwh", Self.kilowattHours(self.requested)),
            ("delivered_kwh", Self.kilowattHours(self.delivered)),
            ("tracking_mae_pu", DecimalText.fraction(self.trackingMicro, of: 1_000_000)),
            ("score", self.scoreText),
            ("availability", DecimalText.fraction(self.availabilityMicro, of: 1_000_000)),
            ("charged_kwh", Self.kilowattHours(self.charged)),
            ("discharged_kwh", Self.kilowattHours(self.discharged)),
            ("equivalent_full_cycles", DecimalText.thousandths(self.fullCyclesMilli)),
            ("currency", Self.quoted(self.energyCost.currency.rawValue)),
            ("wear_cost", Self.quoted(self.wearCost.decimal)),
            ("energy_cost", Self.quoted(self.energyCost.decimal)),
            ("capacity_revenue", Self.quoted(self.capacityRevenue.decimal)),
            ("site_limit_violations", String(self.siteLimitViolations)),
            ("setpoint_messages", String(self.setpointMessages)), ("steps", String(self.steps)),
            ("wall_seconds", DecimalText.thousandths(effort.wallMilliseconds)),
            ("cpu_seconds", DecimalText.thousandths(effort.cpuMilliseconds)),
            ("seed", String(self.seed)), ("version", Self.quoted(Self.version)),
        ]
        return "{\n" + members.map { "  \"\($0)\": \($1)" }.joined(separator: ",\n") + "\n}\n"
    }

    private var scoreText: String {
        guard let score = self.score else { return "null" }
        let parts = [
            ("correlation", score.correlation), ("delay", score.delay),
            ("precision", score.precision), ("total", score.total),
        ]
        return "{"
            + parts.map { name, value in
                let micro = Int((value * 1_000_000).rounded())
                return "\"\(name)\": \(DecimalText.fraction(micro, of: 1_000_000))"
            }.joined(separator: ", ") + "}"
    }

    static func kilowattHours(_ energy: Energy) -> String {
        DecimalText.thousandths(energy.wattHours)
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\" + String(Character(scalar))
            case _ where scalar.value < 32: quoted += " "
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
