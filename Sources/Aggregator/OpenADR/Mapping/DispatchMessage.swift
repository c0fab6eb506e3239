import Domain
import OpenADR

/// Instructions in OpenADR events, turned into deviations from the declared baseline.
enum DispatchMessage {
    private static let types: Set<PayloadType> = [
        .dispatchSetpoint, .dispatchSetpointRelative, .controlSetpoint, .dispatchInstruction,
    ]

    static func isDispatch(_ payloads: [ValuesMap]) -> Bool {
        payloads.contains { Self.types.contains($0.type) }
    }

    /// The request in W, + = up. Setpoints are absolute and + = import, so they need the baseline.
    static func request(_ payloads: [ValuesMap], baseline: Power) -> Int? {
        if let relative = payloads.first(.dispatchSetpointRelative)?.power {
            return -relative.watts
        }
        let setpoint =
            payloads.first(.dispatchSetpoint)?.power ?? payloads.first(.controlSetpoint)?.power
            ?? payloads.first(.dispatchInstruction).flatMap(Self.instruction)
        return setpoint.map { (baseline - $0).watts }
    }

    /// `["DISCHARGE", "250"]`, `["CHARGE", "250"]` or `["IDLE"]`, in KW.
    private static func instruction(_ map: ValuesMap) -> Power? {
        let word = map.values.first?.string?.uppercased()
        if word == "IDLE" { return .zero }
        guard map.values.count > 1 else { return nil }
        let number =
            map.values[1].number
            ?? map.values[1].string.flatMap { try? JSONParser.parse($0).number }
        guard let power = number?.scaled(decimals: 3) else { return nil }
        switch word {
        case "DISCHARGE": return Power(watts: -power)
        case "CHARGE": return Power(watts: power)
        default: return nil
        }
    }

    /// An event that asks for a deviation from the baseline: `watts` + = up.
    static func request(
        program: ObjectID, name: String, watts: Int, interval: MarketInterval, targets: [String]
    ) -> EventRequest {
        EventRequest(
            programID: program, eventName: name, priority: 1, targets: targets,
            payloadDescriptors: [
                PayloadDescriptor(.event, .dispatchSetpointRelative, units: .kilowatt)
            ],
            intervalPeriod: IntervalPeriod(
                start: DateTime(interval.start),
                duration: ISODuration(microseconds: interval.duration.microseconds)),
            intervals: [
                Interval(
                    id: 0,
                    payloads: [
                        ValuesMap(.dispatchSetpointRelative, kilowatts: Power(watts: -watts))
                    ])
            ])
    }
}
