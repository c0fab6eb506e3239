extension V2 {
    /// The list of tokens that a station may accept offline (D01).
    package struct SendLocalListRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "SendLocalList"
        package static let statuses = ["Accepted", "Failed", "VersionMismatch"]
        package var versionNumber = 0
        package var updateType = ""
        package var localAuthorizationList: [AuthorizationData]?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("localAuthorizationList", \.localAuthorizationList), .init("versionNumber", \.versionNumber),
            .init("updateType", \.updateType, of: ["Differential", "Full"]),
        ]

        package struct AuthorizationData: Table {
            package var idToken = IdToken("", type: "")
            /// Absent in a differential list: the token is removed.
            package var idTokenInfo: IdTokenInfo?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("idToken", \.idToken), .init("idTokenInfo", \.idTokenInfo),
            ]
        }
    }
}
