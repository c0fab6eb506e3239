extension V2 {
    /// Puts a root certificate into the station (M05).
    package struct InstallCertificateRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "InstallCertificate"
        package static let statuses = ["Accepted", "Rejected", "Failed"]
        package var certificateType = ""
        /// PEM.
        package var certificate = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init(
                "certificateType", \.certificateType,
                of: ["V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "ManufacturerRootCertificate"],
                new: ["OEMRootCertificate"]),
            .init("certificate", \.certificate, length: 10_000, length201: 5_500),
        ]
    }
}
