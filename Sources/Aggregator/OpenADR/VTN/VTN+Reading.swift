package import OpenADR
import Synchronization

/// The query of a listing (Definition 3.1.0, Response Filtering). Unknown parameters are ignored.
struct ListQuery {
    var skip = 0
    var limit = 50
    var active: Bool?
    var targets: Set<String>?
    private var words: [String: String] = [:]
    private var objects: Set<String> = []

    init(_ text: String?) throws {
        guard let pairs = FormText.pairs(text ?? "") else {
            throw Refusal(400, "the query is not well-formed: escape it as a URL wants it")
        }
        for (name, value) in pairs {
            switch name {
            case "skip": self.skip = try Self.number(name, value, in: 0...2_147_483_647)
            case "limit": self.limit = try Self.number(name, value, in: 0...50)
            case "active":
                guard value == "true" || value == "false" else {
                    throw Refusal(400, "active: send true or false")
                }
                self.active = value == "true"
            case "targets":
                self.targets = (self.targets ?? []).union(
                    value.split(separator: ",").map(String.init))
            case "objects":
                self.objects.formUnion(value.split(separator: ",").map(String.init))
            default: self.words[name] = value
            }
        }
    }

    private static func number(
        _ name: String, _ text: String, in range: ClosedRange<Int>
    ) throws -> Int {
        guard let value = Int(text), range.contains(value) else {
            throw Refusal(
                400, "\(name): send a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Whether an object matches every filter that its kind knows; `program` finds its programme's id.
    func matches(_ object: KeptObject, program: (KeptObject) -> String?) -> Bool {
        let names: [String] =
            switch object.type {
            case .program: []
            case .event: ["programID"]
            case .report: ["programID", "eventID", "clientName"]
            case .subscription: ["programID", "clientName"]
            case .ven: ["venName"]
            case .resource: ["resourceName", "venID"]
            }
        for name in names {
            guard let wanted = self.words[name] else { continue }
            let found = name == "programID" ? program(object) : object.body[name]?.string
            guard found == wanted else { return false }
        }
        if object.type == .subscription, !self.objects.isEmpty {
            let kinds = object.body["objectOperations"]?.array?.flatMap {
                $0.object?["objects"]?.array?.compactMap(\.string) ?? []
            }
            return !self.objects.isDisjoint(with: kinds ?? [])
        }
        return true
    }
}

extension VTN.State {
    /// The targets that business logic granted to a client, on its ven and on its resources.
    mutating func granted(_ clientID: String) -> Set<String> {
        if self.grants == nil {
            var grants: [String: Set<String>] = [:]
            for object in self.table.all(.ven) + self.table.all(.resource) {
                guard let owner = object.clientID else { continue }
                grants[owner, default: []].formUnion(object.targets)
            }
            self.grants = grants
        }
        return self.grants?[clientID] ?? []
    }

    /// Object privacy (fact sheet 1.6): a VEN sees its own, and programmes and events that are for all or
    /// carry a target of its own.
    mutating func sees(_ principal: Principal, _ object: KeptObject) -> Bool {
        if principal.readsAll { return true }
        guard object.type == .program || object.type == .event else {
            return object.clientID == principal.clientID
        }
        let targets = object.targets
        return targets.isEmpty || !self.granted(principal.clientID).isDisjoint(with: targets)
    }

    /// The object as `principal` may see it: a VEN reads no other's targets, and nobody another's token.
    mutating func shown(_ object: KeptObject, _ principal: Principal) -> JSON {
        var object = object
        if object.type == .subscription, object.clientID != principal.clientID {
            object.body = object.body.withoutBearerTokens
        }
        guard !principal.readsAll, object.type == .program || object.type == .event else {
            return object.json()
        }
        return object.json(showing: self.granted(principal.clientID))
    }

    /// The programme that an object is about, where it is about one.
    func programID(of object: KeptObject) -> String? {
        switch object.type {
        case .program: object.id.text
        case .event, .subscription: object.body["programID"]?.string
        case .report:
            object.body["eventID"]?.string.flatMap { ObjectID($0) }
                .flatMap { self.table.find(.event, $0) }?.body["programID"]?.string
        case .ven, .resource: nil
        }
    }
}

extension JSONObject {
    fileprivate var withoutBearerTokens: JSONObject {
        var object = self
        if let operations = self["objectOperations"]?.array {
            object["objectOperations"] = .array(
                operations.map { .object($0.object?.without(["bearerToken"]) ?? [:]) })
        }
        return object
    }
}

extension VTN {
    func read(_ type: ObjectType, _ id: ObjectID, _ principal: Principal) throws -> JSON {
        try self.state.withLock { state in
            guard let object = state.table.find(type, id), state.sees(principal, object) else {
                throw Self.missing(type)
            }
            return state.shown(object, principal)
        }
    }

    /// Filters first and cuts the page afterwards, in order of creation: a client stops at a short page.
    func list(_ type: ObjectType, _ query: String?, _ principal: Principal) throws -> VTNResponse {
        let query = try ListQuery(query)
        let now = self.instant.microseconds
        let page: [JSON] = self.state.withLock { state in
            var page: [JSON] = []
            var skipped = 0
            let named = query.targets.map {
                principal.readsAll ? $0 : $0.intersection(state.granted(principal.clientID))
            }
            for object in state.table.all(type) where page.count < query.limit {
                guard state.sees(principal, object),
                    query.matches(object, program: { state.programID(of: $0) }),
                    named.map({ !$0.isDisjoint(with: object.targets) }) ?? true,
                    query.active.map({ $0 == Self.isActive(object, at: now) }) ?? true
                else { continue }
                if skipped < query.skip {
                    skipped += 1
                } else {
                    page.append(state.shown(object, principal))
                }
            }
            return page
        }
        return VTNResponse(status: 200, json: .array(page))
    }

    /// Whether an event has time before it; *now* in it means its last change.
    private static func isActive(_ object: KeptObject, at now: Int) -> Bool {
        guard object.type == .event, let event = try? object.request(EventRequest.self),
            let timeline = try? Timeline(event, anchor: object.modified.microseconds)
        else { return true }
        return !timeline.isTranspired(at: now)
    }

    /// All objects of a kind, for the process that hosts this VTN.
    package func objects(_ type: ObjectType) -> [KeptObject] {
        self.state.withLock { $0.table.all(type) }
    }

    /// Rises with every change; equal means nothing happened.
    package var revision: Int { self.state.withLock { $0.table.revision } }
}
