extension V2 {
    /// 2.1: removes tariffs (I10).
    package struct ClearTariffsRequest: TableRequest {
        package typealias Answer = ClearTariffsResponse
        package static let action = "ClearTariffs"
        package var tariffIds: [String]?
        package var evseId: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("tariffIds", \.tariffIds, length: 60), .init("evseId", \.evseId, least: 0),
        ]
    }

    package struct ClearTariffsResponse: Table {
        package struct Result: Table {
            package var tariffId: String?
            package var status = ""
            package var statusInfo: StatusInfo?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("statusInfo", \.statusInfo), .init("tariffId", \.tariffId, length: 60),
                .init("status", \.status, of: ["Accepted", "Rejected", "NoTariff"]),
            ]
        }

        package var clearTariffsResult: [Result] = []
        package init() {}
        package static let fields: [Field<Self>] = [.init("clearTariffsResult", \.clearTariffsResult)]
    }
}
