extension V2 {
    /// Where and how a station connects: moves it to another worker or to a higher security profile (B09).
    package struct SetNetworkProfileRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "SetNetworkProfile"
        package static let statuses = ["Accepted", "Rejected", "Failed"]
        package var configurationSlot = 0
        package var connectionData = NetworkConnectionProfile()
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("configurationSlot", \.configurationSlot), .init("connectionData", \.connectionData),
        ]
    }

    package struct NetworkConnectionProfile: Table {
        /// 2.0.1 knows no word for itself: `OCPP20` means 2.0.1 there.
        package var ocppVersion: String?
        package var ocppInterface = ""
        package var ocppTransport = ""
        /// s.
        package var messageTimeout = 0
        package var ocppCsmsUrl = ""
        package var securityProfile = 0
        package var identity: String?
        package var basicAuthPassword: String?
        package var apn: APN?
        package var vpn: VPN?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("apn", \.apn),
            .init(
                "ocppVersion", \.ocppVersion, of: ["OCPP12", "OCPP15", "OCPP16", "OCPP20"], new: ["OCPP201", "OCPP21"],
                needed: [.v201]),
            .init(
                "ocppInterface", \.ocppInterface,
                of: [
                    "Wired0", "Wired1", "Wired2", "Wired3", "Wireless0", "Wireless1", "Wireless2", "Wireless3",
                ], new: ["Any"]),
            .init("ocppTransport", \.ocppTransport, of: ["JSON", "SOAP"]),
            .init("messageTimeout", \.messageTimeout),
            .init("ocppCsmsUrl", \.ocppCsmsUrl, length: 2_000, length201: 512),
            .init("securityProfile", \.securityProfile, least: 0),
            .init("identity", \.identity, length: 48, since: .v21),
            .init("basicAuthPassword", \.basicAuthPassword, length: 64, since: .v21),
            .init("vpn", \.vpn),
        ]

        package struct APN: Table {
            package var apn = ""
            package var apnUserName: String?
            package var apnPassword: String?
            package var simPin: Int?
            package var preferredNetwork: String?
            package var useOnlyPreferredNetwork: Bool?
            package var apnAuthentication = ""
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("apn", \.apn, length: 2_000, length201: 512),
                .init("apnUserName", \.apnUserName, length: 50, length201: 20),
                .init("apnPassword", \.apnPassword, length: 64, length201: 20), .init("simPin", \.simPin),
                .init("preferredNetwork", \.preferredNetwork, length: 6),
                .init("useOnlyPreferredNetwork", \.useOnlyPreferredNetwork),
                .init("apnAuthentication", \.apnAuthentication, of: ["PAP", "CHAP", "NONE", "AUTO"]),
            ]
        }

        package struct VPN: Table {
            package var server = ""
            package var user = ""
            package var group: String?
            package var password = ""
            package var key = ""
            package var type = ""
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("server", \.server, length: 2_000, length201: 512),
                .init("user", \.user, length: 50, length201: 20),
                .init("group", \.group, length: 50, length201: 20),
                .init("password", \.password, length: 64, length201: 20), .init("key", \.key, length: 255),
                .init("type", \.type, of: ["IKEv2", "IPSec", "L2TP", "PPTP"]),
            ]
        }
    }
}
