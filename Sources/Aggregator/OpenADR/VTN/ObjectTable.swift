package import OpenADR

/// An object as the VTN keeps it: the client's own JSON, untouched, and the VTN's stamps beside it.
package struct KeptObject: Hashable, Sendable {
    package var type: ObjectType
    package var id: ObjectID
    package var created: DateTime
    package var modified: DateTime
    /// Whose it is; nil for programs and events.
    package var clientID: String?
    /// What the client sent, without nulls and without the members that the VTN stamps.
    package var body: JSONObject
    /// Order of creation, and so of every listing.
    package var sequence: Int
    /// Rises with every change of anything in the table.
    package var revision: Int

    /// The targets that the object carries, none where the member is absent.
    package var targets: [String] { self.body["targets"]?.array?.compactMap(\.string) ?? [] }

    /// The object as a response shows it; `hiding` keeps only these targets.
    package func json(showing targets: Set<String>? = nil) -> JSON {
        let stamps = ObjectStamps.object(
            type: self.type, id: self.id, created: self.created, modified: self.modified)
        var body = self.body
        if let clientID = self.clientID { body["clientID"] = .string(clientID) }
        if let targets, !self.targets.isEmpty {
            body["targets"] = .array(self.targets.filter(targets.contains).map(JSON.string))
        }
        return .object(stamps.appending(body))
    }

    /// The request, typed.
    package func request<Request: ObjectRequest>(_ type: Request.Type) throws -> Request {
        try Request(object: self.body)
    }
}

/// The objects of a VTN in memory, in order of creation, each kind up to a limit.
struct ObjectTable {
    private var rows: [ObjectType: [KeptObject]] = [:]
    private var sequences: [ObjectID: Int] = [:]
    private(set) var revision = 0
    private var lastSequence = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    func all(_ type: ObjectType) -> [KeptObject] { self.rows[type] ?? [] }

    func isFull(_ type: ObjectType) -> Bool { (self.rows[type]?.count ?? 0) >= self.limit }

    /// Rows lie in order of their sequence, so an id is found by bisection.
    private func place(_ type: ObjectType, _ id: ObjectID) -> Int? {
        guard let sequence = self.sequences[id], let rows = self.rows[type] else { return nil }
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low < rows.count && rows[low].id == id ? low : nil
    }

    func find(_ type: ObjectType, _ id: ObjectID) -> KeptObject? {
        self.place(type, id).map { self.all(type)[$0] }
    }

    /// Adds an object, or replaces the one with its id; returns it as it is kept.
    mutating func put(_ object: KeptObject) -> KeptObject {
        self.revision += 1
        var kept = object
        kept.revision = self.revision
        if let place = self.place(object.type, object.id) {
            kept.sequence = self.rows[object.type]?[place].sequence ?? 0
            self.rows[object.type]?[place] = kept
            return kept
        }
        self.lastSequence += 1
        kept.sequence = self.lastSequence
        self.sequences[object.id] = kept.sequence
        self.rows[object.type, default: []].append(kept)
        return kept
    }

    mutating func remove(_ type: ObjectType, _ id: ObjectID) -> KeptObject? {
        guard let place = self.place(type, id) else { return nil }
        self.revision += 1
        self.sequences[id] = nil
        return self.rows[type]?.remove(at: place)
    }
}
