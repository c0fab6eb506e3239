extension V2 {
    /// 2.1: is this tax number one?
    package struct VatNumberValidationRequest: TableRequest {
        package typealias Answer = VatNumberValidationResponse
        package static let action = "VatNumberValidation"
        package var vatNumber = ""
        package var evseId: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("vatNumber", \.vatNumber, length: 20), .init("evseId", \.evseId, least: 0),
        ]
    }

    package struct VatNumberValidationResponse: Table {
        package var company: Address?
        package var statusInfo: StatusInfo?
        package var vatNumber = ""
        package var evseId: Int?
        package var status = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("company", \.company), .init("statusInfo", \.statusInfo), .init("vatNumber", \.vatNumber, length: 20),
            .init("evseId", \.evseId, least: 0), .init("status", \.status, of: ["Accepted", "Rejected"]),
        ]
    }
}
