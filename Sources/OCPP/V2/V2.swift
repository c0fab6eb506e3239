/// Types and messages of OCPP 2.0.1 and 2.1, which share most of them; what only 2.1 has is left out on 2.0.1.
package enum V2 {}

extension V2 {
    /// Why, beside a status.
    package struct StatusInfo: Table {
        package var reasonCode = ""
        package var additionalInfo: String?

        package init() {}
        /// What is too long is cut.
        package init(reasonCode: String, additionalInfo: String? = nil) {
            self.reasonCode = String(reasonCode.prefix(20))
            self.additionalInfo = additionalInfo.map { String($0.prefix(512)) }
        }

        package static let fields: [Field<Self>] = [
            .init("reasonCode", \.reasonCode, length: 20),
            .init("additionalInfo", \.additionalInfo, length: 1_024, length201: 512),
        ]
    }

    /// `status` and its reason: the answer of most messages. The status is kept as it came; which words a message has,
    /// its ``TableRequest/statuses`` say.
    package struct StatusAnswer: Payload {
        package var status: String
        package var statusInfo: StatusInfo?

        package init(_ status: String, reason: String? = nil) {
            self.status = status
            self.statusInfo = reason.map { StatusInfo(reasonCode: $0) }
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.status = try json.string("status")
            self.statusInfo = try json.optionalObject("statusInfo")
        }

        package func write(to out: inout JSONWriter) {
            out.field("status", self.status)
            out.object("statusInfo", self.statusInfo)
        }

        package var isAccepted: Bool { self.status == "Accepted" }
    }

    package struct EVSE: Table {
        package var id = 0
        package var connectorId: Int?

        package init() {}
        package init(id: Int, connectorId: Int? = nil) {
            self.id = id
            self.connectorId = connectorId
        }

        package static let fields: [Field<Self>] = [
            .init("id", \.id, least: 0), .init("connectorId", \.connectorId, least: 0),
        ]
    }

    /// A further identifier beside a token, such as the car's EVCCID.
    package struct AdditionalInfo: Table {
        package var additionalIdToken = ""
        package var type = ""

        package init() {}
        package init(additionalIdToken: String, type: String) {
            self.additionalIdToken = additionalIdToken
            self.type = type
        }

        package static let fields: [Field<Self>] = [
            .init("additionalIdToken", \.additionalIdToken, length: 255, length201: 36),
            .init("type", \.type, length: 50),
        ]
    }

    package struct IdToken: Table {
        package var idToken = ""
        /// 2.0.1 lists the types; stations in the field leave it out.
        package var type: String?
        package var additionalInfo: [AdditionalInfo] = []

        package init() {}
        package init(_ idToken: String, type: String, additionalInfo: [AdditionalInfo] = []) {
            self.idToken = idToken
            self.type = type
            self.additionalInfo = additionalInfo
        }

        package static let fields: [Field<Self>] = [
            .init("idToken", \.idToken, length: 255, length201: 36),
            .init(
                "type", \.type, length: 20,
                of201: [
                    "Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress", "NoAuthorization",
                ], needed: [.v201, .v21]),
            .init(list: "additionalInfo", \.additionalInfo, items: 1...Int.max),
        ]
    }

    package struct Component: Table {
        package var name = ""
        package var instance: String?
        package var evse: EVSE?

        package init() {}
        package init(_ name: String, instance: String? = nil, evse: Int? = nil) {
            self.name = name
            self.instance = instance
            self.evse = evse.map { EVSE(id: $0) }
        }

        package static let fields: [Field<Self>] = [
            .init("name", \.name, length: 50), .init("instance", \.instance, length: 50), .init("evse", \.evse),
        ]
    }

    package struct Variable: Table {
        package var name = ""
        package var instance: String?

        package init() {}
        package init(_ name: String, instance: String? = nil) {
            self.name = name
            self.instance = instance
        }

        package static let fields: [Field<Self>] = [
            .init("name", \.name, length: 50), .init("instance", \.instance, length: 50),
        ]
    }
}
