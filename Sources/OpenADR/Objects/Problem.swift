/// What a VTN answers when it refuses (RFC 9457 members, Definition 3.1.0 `problem`).
package struct Problem: Hashable, Sendable {
    /// 100 … 599.
    package var status: Int
    package var title: String
    package var detail: String?

    package init(status: Int, title: String, detail: String? = nil) {
        self.status = status
        self.title = title
        self.detail = detail
    }

    /// Nil where the value is no problem object; members are taken as far as they are readable.
    package init?(json: JSON) {
        guard let object = json.object, object["title"] != nil || object["status"] != nil else {
            return nil
        }
        self.status = object["status"]?.number?.int ?? 0
        self.title = object["title"]?.string ?? ""
        self.detail = object["detail"]?.string
    }

    package var json: JSON {
        var object: JSONObject = [
            "type": "about:blank".json, "title": .string(self.title),
            "status": .number(JSONNumber(self.status)),
        ]
        object.add("detail", self.detail.map(JSON.string))
        return .object(object)
    }
}

extension String {
    fileprivate var json: JSON { .string(self) }
}

/// Tells a subscriber what happened to which object. A hint: the receiver reads the object again.
package struct Notification: Hashable, Sendable {
    package var objectType: ObjectType
    package var operation: Operation
    package var object: JSONObject
    package var targets: [String]?

    package init(
        objectType: ObjectType, operation: Operation, object: JSONObject, targets: [String]? = nil
    ) {
        self.objectType = objectType
        self.operation = operation
        self.object = object
        self.targets = targets
    }

    /// Lenient as peers need it: a string that holds JSON, snake_case names, verbs of 3.0.1 (fact sheet 1.7).
    package init(json: JSON) throws {
        var value = json
        if let text = json.string { value = try JSONParser.parse(text) }
        let reader = try ObjectReader(value, path: "")
        let type = try reader.text("objectType") ?? reader.text("object_type")
        guard let objectType = type.flatMap({ ObjectType(rawValue: $0.uppercased()) }) else {
            throw reader.invalid("objectType", "one of the six kinds of object")
        }
        let verbs: [String: Operation] = [
            "POST": .create, "PUT": .update, "GET": .read, "CREATE": .create, "UPDATE": .update,
            "READ": .read, "DELETE": .delete,
        ]
        let verb = try reader.required("operation", try reader.text("operation"))
        guard let operation = verbs[verb.uppercased()] else {
            throw reader.invalid("operation", "CREATE, READ, UPDATE or DELETE")
        }
        self.objectType = objectType
        self.operation = operation
        self.object = try ObjectReader(
            try reader.required("object", reader.value("object")), path: "object"
        )
        .object
        self.targets = try reader.texts("targets")
    }

    package var json: JSON {
        var object: JSONObject = [
            "objectType": .string(self.objectType.rawValue),
            "operation": .string(self.operation.rawValue), "object": .object(self.object),
        ]
        object.add("targets", self.targets.map(JSON.texts))
        return .object(object)
    }
}
