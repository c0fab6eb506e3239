extension V2 {
    /// Which list the station has; 0 = none (D02).
    package struct GetLocalListVersionRequest: TableRequest {
        package typealias Answer = GetLocalListVersionResponse
        package static let action = "GetLocalListVersion"
        package init() {}
        package static let fields: [Field<Self>] = []
    }

    package struct GetLocalListVersionResponse: Table {
        package var versionNumber = 0
        package init() {}
        package static let fields: [Field<Self>] = [.init("versionNumber", \.versionNumber)]
    }
}
