extension V16 {
    /// Asks for an upload of diagnostics.
    package struct GetDiagnosticsRequest: TableRequest {
        package typealias Answer = GetDiagnosticsResponse
        package static let action = "GetDiagnostics"
        package var location = ""
        package var retries: Int?
        package var retryInterval: Int?
        package var startTime: DateTime?
        package var stopTime: DateTime?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("location", \.location), .init("retries", \.retries), .init("retryInterval", \.retryInterval),
            .init("startTime", \.startTime), .init("stopTime", \.stopTime),
        ]
    }

    package struct GetDiagnosticsResponse: Table {
        package var fileName: String?
        package init() {}
        package static let fields: [Field<Self>] = [.init("fileName", \.fileName, length: 255)]
    }
}
