/// Types and messages of OCPP 2.0.1 and 2.1, which share most of them; what only 2.1 has is left out on 2.0.1.
package enum V2 {}

extension V2 {
    /// Why, beside a status.
    package struct StatusInfo: Payload {
        package var reasonCode: String
        package var additionalInfo: String?

        package init(reasonCode: String, additionalInfo: String? = nil) {
            self.reasonCode = reasonCode
            self.additionalInfo = additionalInfo
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.reasonCode = try json.optionalString("reasonCode") ?? ""
            self.additionalInfo = try json.optionalString("additionalInfo")
        }

        package func write(to out: inout JSONWriter) {
            out.field("reasonCode", String(self.reasonCode.prefix(20)))
            out.field("additionalInfo", self.additionalInfo.map { String($0.prefix(512)) })
        }
    }

    /// `status` and its reason: the answer of most messages. The status is kept as it came.
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

    package struct EVSE: Payload {
        package var id: Int
        package var connectorId: Int?

        package init(id: Int, connectorId: Int? = nil) {
            self.id = id
            self.connectorId = connectorId
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.id = try json.int("id")
            self.connectorId = try json.optionalInt("connectorId")
        }

        package func write(to out: inout JSONWriter) {
            out.field("id", self.id)
            out.field("connectorId", self.connectorId)
        }
    }

    /// A further identifier beside a token, such as the car's EVCCID.
    package struct AdditionalInfo: Payload {
        package var additionalIdToken: String
        package var type: String

        package init(additionalIdToken: String, type: String) {
            self.additionalIdToken = additionalIdToken
            self.type = type
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.additionalIdToken = try json.string("additionalIdToken")
            self.type = try json.string("type")
        }

        package func write(to out: inout JSONWriter) {
            out.field("additionalIdToken", self.additionalIdToken)
            out.field("type", self.type)
        }
    }

    package struct IdToken: Payload {
        package var idToken: String
        package var type: String
        package var additionalInfo: [AdditionalInfo]

        package init(_ idToken: String, type: String, additionalInfo: [AdditionalInfo] = []) {
            self.idToken = idToken
            self.type = type
            self.additionalInfo = additionalInfo
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.idToken = try json.string("idToken")
            self.type = try json.optionalString("type") ?? "Central"
            self.additionalInfo = try json.objects("additionalInfo")
            guard self.idToken.count <= 255 else {
                throw OCPPError(.propertyConstraintViolation, "idToken is longer than 255")
            }
        }

        package func write(to out: inout JSONWriter) {
            out.field("idToken", self.idToken)
            out.field("type", self.type)
            out.objects("additionalInfo", self.additionalInfo)
        }
    }

    package struct IdTokenInfo: Payload {
        /// `Accepted`, `Invalid`, `Unknown`, `Blocked`, …
        package var status: String

        package init(_ status: String) {
            self.status = status
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.status = try json.string("status")
        }

        package func write(to out: inout JSONWriter) {
            out.field("status", self.status)
        }
    }

    package struct Component: Payload {
        package var name: String
        package var instance: String?
        package var evse: EVSE?

        package init(_ name: String, instance: String? = nil, evse: Int? = nil) {
            self.name = name
            self.instance = instance
            self.evse = evse.map { EVSE(id: $0) }
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.name = try json.string("name")
            self.instance = try json.optionalString("instance")
            self.evse = try json.optionalObject("evse")
        }

        package func write(to out: inout JSONWriter) {
            out.field("name", self.name)
            out.field("instance", self.instance)
            out.object("evse", self.evse)
        }
    }

    package struct Variable: Payload {
        package var name: String
        package var instance: String?

        package init(_ name: String, instance: String? = nil) {
            self.name = name
            self.instance = instance
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.name = try json.string("name")
            self.instance = try json.optionalString("instance")
        }

        package func write(to out: inout JSONWriter) {
            out.field("name", self.name)
            out.field("instance", self.instance)
        }
    }
}
