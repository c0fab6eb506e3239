import Domain

/// What a simulated station says it is when it boots; the name tells its operator which dialect it speaks
/// (`Config/demo/dialects.yaml`).
package enum StationModel {
    package static let vendor = "Headroom Twin"

    /// `CHARGE-DC22` charges only, `V2G-DC22` takes signed setpoints (on 2.0.1 and 1.6 as negative limits),
    /// `V2G-CURVE-DC22` holds a frequency curve too. ≤ 20 characters.
    package static func name(_ spec: StationSpec) -> String {
        let base = "DC\(min(spec.maxCharge.watts / 1_000, 99_999))"
        return switch spec.v2x {
        case .no: "CHARGE-" + base
        case .yes: "V2G-" + base
        case .curve: "V2G-CURVE-" + base
        case .control: "V2G-DER-" + base
        }
    }
}
