extension V2 {
    /// Signed firmware for the station (L01, L02).
    package struct UpdateFirmwareRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "UpdateFirmware"
        package static let statuses = [
            "Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate",
        ]
        package var retries: Int?
        package var retryInterval: Int?
        package var requestId = 0
        package var firmware = Firmware()
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("retries", \.retries, least: 0), .init("retryInterval", \.retryInterval),
            .init("requestId", \.requestId), .init("firmware", \.firmware),
        ]

        package struct Firmware: Table {
            package var location = ""
            package var retrieveDateTime = DateTime(microseconds: 0)
            package var installDateTime: DateTime?
            package var signingCertificate: String?
            package var signature: String?
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("location", \.location, length: 2_000, length201: 512),
                .init("retrieveDateTime", \.retrieveDateTime), .init("installDateTime", \.installDateTime),
                .init("signingCertificate", \.signingCertificate, length: 5_500),
                .init("signature", \.signature, length: 800),
            ]
        }
    }
}
