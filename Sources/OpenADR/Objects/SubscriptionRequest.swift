/// A client's wish to be told, at a URL of its own, what happens to objects.
package struct SubscriptionRequest: ObjectRequest {
    /// Kinds of object and operations, with the URL that hears of them.
    package struct ObjectOperation: Hashable, Sendable {
        package var objects: [ObjectType]
        package var operations: [Operation]
        package var callbackUrl: String
        /// What the VTN shows the receiver. Never printed.
        package var bearerToken: String?

        package init(
            objects: [ObjectType], operations: [Operation], callbackUrl: String,
            bearerToken: String?
        ) {
            self.objects = objects
            self.operations = operations
            self.callbackUrl = callbackUrl
            self.bearerToken = bearerToken
        }

        init(json: JSON, path: String) throws {
            let reader = try ObjectReader(json, path: path)
            self.objects = try Self.words(reader, "objects")
            self.operations = try Self.words(reader, "operations")
            let url = try reader.required(
                "callbackUrl", try reader.text("callbackUrl", limit: 8_000))
            guard url.utf8.count >= 2 else {
                throw reader.invalid("callbackUrl", "an absolute URL")
            }
            self.callbackUrl = url
            self.bearerToken = try reader.text("bearerToken", limit: 4_096)
        }

        private static func words<Word: RawRepresentable & CaseIterable>(
            _ reader: ObjectReader, _ name: String
        ) throws -> [Word] where Word.RawValue == String {
            let words = try reader.list(name) { value, path in
                guard let word = value.string.flatMap(Word.init(rawValue:)) else {
                    let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
                    throw OpenADRError(.invalid, "\(path): send one of \(known)")
                }
                return word
            }
            return try reader.required(name, words)
        }

        package var json: JSON {
            var object: JSONObject = [
                "objects": .texts(self.objects.map(\.rawValue)),
                "operations": .texts(self.operations.map(\.rawValue)),
                "callbackUrl": .string(self.callbackUrl),
            ]
            object.add("bearerToken", self.bearerToken.map(JSON.string))
            return .object(object)
        }
    }
    package static let objectType = ObjectType.subscription
    package var clientName: String
    package var programID: ObjectID?
    package var objectOperations: [ObjectOperation]
    package var targets: [String]?
    private var extra = JSONObject()

    private static let members: Set<String> = [
        "clientName", "programID", "objectOperations", "targets", "clientID",
    ]

    package init(
        clientName: String, programID: ObjectID? = nil, objectOperations: [ObjectOperation],
        targets: [String]? = nil
    ) {
        self.clientName = clientName
        self.programID = programID
        self.objectOperations = objectOperations
        self.targets = targets
    }

    package init(object: JSONObject) throws {
        let reader = ObjectReader(object, path: "")
        self.clientName = try reader.required("clientName", try reader.text("clientName"))
        self.programID = try reader.objectID("programID")
        self.objectOperations = try reader.required(
            "objectOperations",
            try reader.list("objectOperations") { try ObjectOperation(json: $0, path: $1) })
        self.targets = try reader.texts("targets")
        self.extra = object.without(Self.members)
    }

    package var object: JSONObject {
        var object: JSONObject = ["clientName": .string(self.clientName)]
        object.add("programID", self.programID.map { .string($0.text) })
        object.add("objectOperations", .array(self.objectOperations.map(\.json)))
        object.add("targets", self.targets.map(JSON.texts))
        return object.appending(self.extra)
    }
}
