extension V2 {
    /// Forgets all tokens (C11).
    package struct ClearCacheRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "ClearCache"
        package init() {}
        package static let fields: [Field<Self>] = []
    }
}
