extension V16 {
    /// Restarts the charge point.
    package struct ResetRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "Reset"
        package var type = ""
        package init() {}
        package static let fields: [Field<Self>] = [.init("type", \.type, of: ["Hard", "Soft"])]
    }
}
