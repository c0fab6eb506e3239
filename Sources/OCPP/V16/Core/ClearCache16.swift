extension V16 {
    /// Forgets all tokens.
    package struct ClearCacheRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ClearCache"
        package init() {}
        package static let fields: [Field<Self>] = []
    }
}
