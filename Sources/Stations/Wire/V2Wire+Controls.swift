import Domain
import Twin

/// DER controls of a 2.1 station (R04): it takes a frequency-watt curve in percent of its greatest power, + = feeding in.
extension V2Wire {
    func setControl(_ payload: JSON, machine: inout StationMachine) -> StationReply {
        guard machine.spec.v2x == .control else {
            return .error(code: "NotSupported", description: "this station has no DER controls")
        }
        guard let id = payload["controlId"]?.string, let type = payload["controlType"]?.string,
            payload["isDefault"] != nil
        else { return Self.missing("controlId, controlType or isDefault") }
        guard type == "FreqWatt" else { return Self.status("NotSupported") }
        guard let curve = payload["curve"], let data = curve["curveData"]?.array, 1...10 ~= data.count,
            curve["yUnit"]?.string == "PctMaxW"
        else { return Self.status("Rejected", reason: "InvalidValue") }
        let most = machine.spec.maxCharge.watts
        let sign = machine.has(.curveUpsideDown) ? 1 : -1
        let points = data.compactMap { point in
            point["x"]?.milli.flatMap { x in
                point["y"]?.milli.map {
                    FrequencyWattPoint(milliHertz: x, watts: sign * roundedDivision($0 * most, 100_000))
                }
            }
        }
        let rising = zip(points, points.dropFirst()).allSatisfy { $0.milliHertz <= $1.milliHertz }
        guard points.count == data.count, rising else { return Self.status("Rejected", reason: "InvalidValue") }
        let duration = machine.has(.ignoresDuration) ? nil : WireText.seconds(curve["duration"])
        machine.plant.profiles.control = PlantControl(
            id: id, points: points, until: duration.map { machine.now + $0 })
        return Self.status("Accepted")
    }

    func clearControl(_ payload: JSON, machine: inout StationMachine) -> StationReply {
        guard let held = machine.plant.profiles.control,
            payload["controlId"]?.string.map({ $0 == held.id }) ?? true
        else { return Self.status("NotFound") }
        machine.plant.profiles.control = nil
        return Self.status("Accepted")
    }
}
