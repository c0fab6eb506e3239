import Domain

/// What a simulated station says it is when it boots; the name tells its operator which dialect it speaks.
package enum StationModel {
    package static let vendor = "Headroom Twin"

    /// `DC22` charges only, `DC22-V2G` takes signed setpoints (on 2.0.1 and 1.6 as negative limits),
    /// `DC22-V2G-C` holds a frequency curve too. ≤ 20 characters.
    package static func name(_ spec: StationSpec) -> String {
        let base = "DC\(min(spec.maxCharge.watts / 1_000, 99_999))"
        return switch spec.v2x {
        case .no: base
        case .yes: base + "-V2G"
        case .curve: base + "-V2G-C"
        }
    }
}
