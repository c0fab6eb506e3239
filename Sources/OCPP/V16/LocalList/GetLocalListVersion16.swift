extension V16 {
    /// Which list the charge point has; 0 = none, -1 = not supported.
    package struct GetLocalListVersionRequest: TableRequest {
        package typealias Answer = GetLocalListVersionResponse
        package static let action = "GetLocalListVersion"
        package init() {}
        package static let fields: [Field<Self>] = []
    }

    package struct GetLocalListVersionResponse: Table {
        package var listVersion = 0
        package init() {}
        package static let fields: [Field<Self>] = [.init("listVersion", \.listVersion)]
    }
}
