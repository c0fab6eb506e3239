extension V2 {
    /// 2.1: which tariffs stand at an EVSE (I09).
    package struct GetTariffsRequest: TableRequest {
        package typealias Answer = GetTariffsResponse
        package static let action = "GetTariffs"
        package var evseId = 0
        package init() {}
        package static let fields: [Field<Self>] = [.init("evseId", \.evseId, least: 0)]
    }

    package struct GetTariffsResponse: Table {
        package struct Assignment: Table {
            package var tariffId = ""
            package var tariffKind = ""
            package var validFrom: DateTime?
            package var evseIds: [Int]?
            package var idTokens: [String]?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("tariffId", \.tariffId, length: 60),
                .init("tariffKind", \.tariffKind, of: ["DefaultTariff", "DriverTariff"]),
                .init("validFrom", \.validFrom), .init("evseIds", \.evseIds, least: 0),
                .init("idTokens", \.idTokens, length: 255),
            ]
        }

        package var status = ""
        package var statusInfo: StatusInfo?
        package var tariffAssignments: [Assignment]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["Accepted", "Rejected", "NoTariff"]), .init("statusInfo", \.statusInfo),
            .init("tariffAssignments", \.tariffAssignments),
        ]
    }
}
