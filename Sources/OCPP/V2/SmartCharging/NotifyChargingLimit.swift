extension V2 {
    /// An outside limit that shrinks what may be sold (K11, K12).
    package struct NotifyChargingLimitRequest: TableRequest {
        package typealias Answer = EmptyPayload
        package static let action = "NotifyChargingLimit"

        package struct ChargingLimit: Table {
            package var chargingLimitSource = ""
            package var isLocalGeneration: Bool?
            package var isGridCritical: Bool?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("chargingLimitSource", \.chargingLimitSource, length: 20, of201: V2.limitSources),
                .init("isLocalGeneration", \.isLocalGeneration, since: .v21), .init("isGridCritical", \.isGridCritical),
            ]
        }

        package var evseId: Int?
        package var chargingLimit = ChargingLimit()
        package var chargingSchedule: [ChargingSchedule]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("evseId", \.evseId, least: 0), .init("chargingLimit", \.chargingLimit),
            .init("chargingSchedule", \.chargingSchedule),
        ]
    }
}
