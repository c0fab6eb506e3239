extension V16 {
    /// Signed firmware.
    package struct SignedUpdateFirmwareRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "SignedUpdateFirmware"
        package static let statuses = [
            "Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate",
        ]

        package struct Firmware: Table {
            package var location = ""
            package var retrieveDateTime = DateTime(microseconds: 0)
            package var installDateTime: DateTime?
            package var signingCertificate = ""
            package var signature = ""
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("location", \.location, length: 512), .init("retrieveDateTime", \.retrieveDateTime),
                .init("installDateTime", \.installDateTime),
                .init("signingCertificate", \.signingCertificate, length: 5_500),
                .init("signature", \.signature, length: 800),
            ]
        }

        package var retries: Int?
        package var retryInterval: Int?
        package var requestId = 0
        package var firmware = Firmware()
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("retries", \.retries), .init("retryInterval", \.retryInterval), .init("requestId", \.requestId),
            .init("firmware", \.firmware),
        ]
    }
}
