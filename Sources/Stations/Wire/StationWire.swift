import Domain
import Twin

/// What a station answers to a CALL.
enum StationReply: Hashable, Sendable {
    case result(JSON)
    case error(code: String, description: String)
    case silence
}

/// One OCPP version as a station speaks it: reports to CALLs, answers to meanings, CALLs to deeds.
protocol StationWire: Sendable {
    func call(_ report: StationReport, machine: StationMachine) -> (action: String, payload: JSON)
    func answer(to report: StationReport, _ payload: JSON) -> StationAnswer
    func reply(to action: String, _ payload: JSON, machine: inout StationMachine) -> StationReply
}

/// What the versions have in common.
enum WireText {
    static func time(_ instant: Instant) -> JSON { .string(Timestamp.format(instant)) }

    static func time(_ json: JSON?) -> Instant? { json?.string.flatMap { Timestamp.parse($0) } }

    /// A power of a schedule in W; amperes count per phase at 230 V.
    static func watts(_ limit: JSON?, unit: String?, phases: Int?) -> Power? {
        guard let milli = limit?.milli else { return nil }
        if unit == "A" { return Power(watts: roundedDivision(milli * 230 * (phases ?? 3), 1_000)) }
        return Power(watts: roundedDivision(milli, 1_000))
    }

    static func purpose(_ text: String?) -> PlantProfile.Purpose? {
        switch text {
        case "ChargePointMaxProfile", "ChargingStationMaxProfile": .stationMax
        case "TxDefaultProfile": .transactionDefault
        case "TxProfile": .transaction
        default: nil
        }
    }

    static func seconds(_ json: JSON?) -> TimeSpan? { json?.int.map { .seconds($0) } }
}
