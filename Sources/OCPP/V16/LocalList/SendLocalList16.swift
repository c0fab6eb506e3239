extension V16 {
    /// The list of tags that may charge offline.
    package struct SendLocalListRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "SendLocalList"
        package static let statuses = ["Accepted", "Failed", "NotSupported", "VersionMismatch"]

        package struct AuthorizationData: Table {
            package var idTag = ""
            package var idTagInfo: IdTagInfo?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("idTag", \.idTag, length: 20), .init("idTagInfo", \.idTagInfo),
            ]
        }

        package var listVersion = 0
        package var localAuthorizationList: [AuthorizationData]?
        package var updateType = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("listVersion", \.listVersion),
            .init("localAuthorizationList", \.localAuthorizationList, items: 0...Int.max),
            .init("updateType", \.updateType, of: ["Differential", "Full"]),
        ]
    }
}
