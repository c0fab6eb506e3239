/// A VEN as a VTN knows it. Only business logic may write `targets` and name another client.
package struct VenRequest: ObjectRequest {
    package static let objectType = ObjectType.ven
    package var venName: String
    /// Whose ven it is; a VEN leaves it out, its token says it.
    package var clientID: String?
    package var attributes: [ValuesMap]?
    package var targets: [String]?
    private var extra = JSONObject()

    private static let members: Set<String> = [
        "objectType", "venName", "clientID", "attributes", "targets",
    ]

    package init(
        venName: String, clientID: String? = nil, attributes: [ValuesMap]? = nil,
        targets: [String]? = nil
    ) {
        self.venName = venName
        self.clientID = clientID
        self.attributes = attributes
        self.targets = targets
    }

    package init(object: JSONObject) throws {
        let reader = ObjectReader(object, path: "")
        self.venName = try reader.required("venName", try reader.text("venName"))
        self.clientID = try reader.text("clientID")
        self.attributes = try reader.valuesMaps("attributes")
        self.targets = try reader.texts("targets")
        self.extra = object.without(Self.members)
    }

    /// With the discriminator that the schema wants: `BL_VEN_REQUEST` where a client is named.
    package var object: JSONObject {
        var object: JSONObject = [
            "objectType": .string(self.clientID == nil ? "VEN_VEN_REQUEST" : "BL_VEN_REQUEST"),
            "venName": .string(self.venName),
        ]
        object.add("clientID", self.clientID.map(JSON.string))
        object.add("attributes", self.attributes?.json)
        object.add("targets", self.targets.map(JSON.texts))
        return object.appending(self.extra)
    }
}

/// Something under a VEN that uses, stores or makes energy: here a whole fleet in a zone.
package struct ResourceRequest: ObjectRequest {
    package static let objectType = ObjectType.resource
    package var resourceName: String
    /// Required up to 3.1.0, left out by later drafts: then the token's own ven is meant.
    package var venID: ObjectID?
    package var clientID: String?
    package var attributes: [ValuesMap]?
    package var targets: [String]?
    private var extra = JSONObject()

    private static let members: Set<String> = [
        "objectType", "resourceName", "venID", "clientID", "attributes", "targets",
    ]

    package init(
        resourceName: String, venID: ObjectID?, clientID: String? = nil,
        attributes: [ValuesMap]? = nil, targets: [String]? = nil
    ) {
        self.resourceName = resourceName
        self.venID = venID
        self.clientID = clientID
        self.attributes = attributes
        self.targets = targets
    }

    package init(object: JSONObject) throws {
        let reader = ObjectReader(object, path: "")
        self.resourceName = try reader.required("resourceName", try reader.text("resourceName"))
        self.venID = try reader.objectID("venID")
        self.clientID = try reader.text("clientID")
        self.attributes = try reader.valuesMaps("attributes")
        self.targets = try reader.texts("targets")
        self.extra = object.without(Self.members)
    }

    /// With the discriminator that the schema wants: `BL_RESOURCE_REQUEST` where a client is named.
    package var object: JSONObject {
        var object: JSONObject = [
            "objectType": .string(
                self.clientID == nil ? "VEN_RESOURCE_REQUEST" : "BL_RESOURCE_REQUEST"),
            "resourceName": .string(self.resourceName),
        ]
        object.add("clientID", self.clientID.map(JSON.string))
        object.add("venID", self.venID.map { .string($0.text) })
        object.add("attributes", self.attributes?.json)
        object.add("targets", self.targets.map(JSON.texts))
        return object.appending(self.extra)
    }
}
