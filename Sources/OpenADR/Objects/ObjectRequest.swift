/// What a client writes: the part of an object that is not the VTN's to stamp.
package protocol ObjectRequest: Hashable, Sendable {
    static var objectType: ObjectType { get }
    init(object: JSONObject) throws
    /// The members, those that this code does not know included.
    var object: JSONObject { get }
}

/// An object as a VTN holds it: the request with what the VTN stamped on it.
package struct Stored<Request: ObjectRequest>: Hashable, Sendable {
    package var id: ObjectID
    package var created: DateTime
    package var modified: DateTime
    /// Whose it is; nil for programs and events.
    package var clientID: String?
    package var request: Request

    package init(
        id: ObjectID, created: DateTime, modified: DateTime, clientID: String? = nil,
        request: Request
    ) {
        self.id = id
        self.created = created
        self.modified = modified
        self.clientID = clientID
        self.request = request
    }

    /// Reads what a VTN answered. Lenient on the stamps: a peer's dates may be unreadable (fact sheet 1.7).
    package init(json: JSON) throws {
        let reader = try ObjectReader(json, path: "")
        self.id = try reader.required("id", try reader.objectID("id"))
        self.created = (try? reader.dateTime("createdDateTime")) ?? .now
        self.modified = (try? reader.dateTime("modificationDateTime")) ?? self.created
        self.clientID = try reader.text("clientID")
        self.request = try Request(object: reader.object.without(ObjectStamps.members))
    }

    package var json: JSON {
        let stamps = ObjectStamps.object(
            type: Request.objectType, id: self.id, created: self.created, modified: self.modified)
        var request = self.request.object
        if self.clientID != nil { request["clientID"] = self.clientID.map(JSON.string) }
        return .object(stamps.appending(request.without(ObjectStamps.members)))
    }
}

/// The members that only a VTN writes.
package enum ObjectStamps {
    package static let members: Set<String> = [
        "id", "createdDateTime", "modificationDateTime", "objectType",
    ]

    package static func object(
        type: ObjectType, id: ObjectID, created: DateTime, modified: DateTime
    ) -> JSONObject {
        [
            "id": .string(id.text), "createdDateTime": .string(created.text),
            "modificationDateTime": .string(modified.text), "objectType": .string(type.rawValue),
        ]
    }
}

package typealias Program = Stored<ProgramRequest>
package typealias Event = Stored<EventRequest>
package typealias Report = Stored<ReportRequest>
package typealias Subscription = Stored<SubscriptionRequest>
package typealias Ven = Stored<VenRequest>
package typealias Resource = Stored<ResourceRequest>
