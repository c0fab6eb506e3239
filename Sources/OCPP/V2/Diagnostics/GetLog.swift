extension V2 {
    /// Asks for the diagnostics or the security log (N01).
    package struct GetLogRequest: TableRequest {
        package typealias Answer = GetLogResponse
        package static let action = "GetLog"
        package var log = LogParameters()
        package var logType = ""
        package var requestId = 0
        package var retries: Int?
        package var retryInterval: Int?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("log", \.log),
            .init("logType", \.logType, of: ["DiagnosticsLog", "SecurityLog"], new: ["DataCollectorLog"]),
            .init("requestId", \.requestId), .init("retries", \.retries, least: 0),
            .init("retryInterval", \.retryInterval),
        ]

        package struct LogParameters: Table {
            package var remoteLocation = ""
            package var oldestTimestamp: DateTime?
            package var latestTimestamp: DateTime?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("remoteLocation", \.remoteLocation, length: 2_000, length201: 512),
                .init("oldestTimestamp", \.oldestTimestamp), .init("latestTimestamp", \.latestTimestamp),
            ]
        }
    }

    package struct GetLogResponse: Table {
        package var status = ""
        package var filename: String?
        package var statusInfo: StatusInfo?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("status", \.status, of: ["Accepted", "Rejected", "AcceptedCanceled"]),
            .init("statusInfo", \.statusInfo), .init("filename", \.filename, length: 255),
        ]
    }
}
