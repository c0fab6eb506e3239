package import Domain

/// The figures of a run: `kpis.json` (DESIGN section 5, Twin files).
package struct TwinKPIs: Hashable, Sendable {
    package struct Miss: Hashable, Sendable {
        package var vehicle: VehicleID
        package var reason: String
    }
    package var sessions = 0
    package var readinessMet = 0
    package var readinessMissed: [Miss] = []
    /// Integrals of the absolute value over activated intervals.
    package var requested = Energy.zero
    package var delivered = Energy.zero
    /// Mean |delivered − requested| over the awarded time, in millionths of the award.
    package var trackingMicro = 0
    package var score: ClassicScore?
    /// Awarded time in which headroom covered the award, in millionths.
    package var availabilityMicro = 0
    package var charged = Energy.zero
    package var discharged = Energy.zero
    /// Throughput of all cells over twice their capacity, in thousandths.
    package var fullCyclesMilli = 0
    /// + = cost, cost, income.
    package var wearCost = Money.zero(.eur)
    package var energyCost = Money.zero(.eur)
    package var capacityRevenue = Money.zero(.eur)
    package var siteLimitViolations = 0
    package var setpointMessages = 0
    package var steps = 0
    package var seed: UInt64 = 0

    package init() {}

    /// What the machine needed, as the caller measured it.
    package struct Effort: Hashable, Sendable {
        package var wallMilliseconds: Int
        package var cpuMilliseconds: Int

        package init(wallMilliseconds: Int, cpuMilliseconds: Int) {
            self.wallMilliseconds = wallMilliseconds
            self.cpuMilliseconds = cpuMilliseconds
        }
    }

    /// The version of the file's meaning.
    package static let version = "1"

    /// `kpis.json`, keys in the order of the contract.
    package func json(_ effort: Effort) -> String {
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
