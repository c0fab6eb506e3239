import Domain
package import OpenADR
import Synchronization

extension VTN {
    /// An object as it was written, and as its writer may see it.
    struct Written {
        var object: KeptObject
        var shown: JSON
    }

    /// Creates an object for `principal`.
    func create(_ type: ObjectType, _ body: JSONObject, _ principal: Principal) async throws
        -> Written
    {
        if type == .subscription { try await self.webhooks.challenge(Self.callbacks(in: body)) }
        let id = Self.newID()
        let now = self.instant
        return try self.write { state in
            guard !state.table.isFull(type) else {
                throw Refusal(500, "the store of \(type.collection) is full: delete what is over")
            }
            let object = try state.checked(type, body, principal, replacing: nil)
            let kept = KeptObject(
                type: type, id: id, created: now, modified: now, clientID: object.clientID,
                body: object.body, sequence: 0, revision: 0)
            return (kept, .create)
        } shown: { state, kept in
            state.shown(kept, principal)
        }
    }

    /// Replaces an object that `principal` may see. A body that changes nothing leaves the time as it is,
    /// so that no subscriber wakes for it.
    func update(
        _ type: ObjectType, _ id: ObjectID, _ body: JSONObject, _ principal: Principal
    ) async throws -> Written {
        if type == .subscription { try await self.webhooks.challenge(Self.callbacks(in: body)) }
        let now = self.instant
        return try self.write { state in
            guard let old = state.table.find(type, id), state.sees(principal, old) else {
                throw Self.missing(type)
            }
            let object = try state.checked(type, body, principal, replacing: old)
            guard object.body != old.body || object.clientID != old.clientID else {
                return (old, nil)
            }
            var kept = old
            kept.body = object.body
            kept.clientID = object.clientID
            kept.modified =
                now.microseconds > old.modified.microseconds
                ? now : DateTime(microseconds: old.modified.microseconds + 1)
            return (kept, .update)
        } shown: { state, kept in
            state.shown(kept, principal)
        }
    }

    /// Deletes an object and what cannot be without it: no event outlives its programme, no report its
    /// event, no resource its ven.
    func delete(_ type: ObjectType, _ id: ObjectID, _ principal: Principal) throws -> Written {
        try self.state.withLock { state in
            guard let object = state.table.find(type, id), state.sees(principal, object) else {
                throw Self.missing(type)
            }
            let shown = state.shown(object, principal)
            for doomed in state.dependants(of: object) + [object] {
                let change = ObjectChange(operation: .delete, object: doomed)
                let notices = state.notices(of: change, configuration: self.configuration)
                try self.journal?.remove(doomed.type, doomed.id)
                _ = state.table.remove(doomed.type, doomed.id)
                if doomed.type == .ven || doomed.type == .resource { state.grants = nil }
                self.webhooks.enqueue(notices)
            }
            return Written(object: object, shown: shown)
        }
    }

    /// One change under the lock: decided, made durable, then made visible. Nothing of it happens when a
    /// step throws.
    private func write(
        _ decide: (inout State) throws -> (KeptObject, OpenADR.Operation?),
        shown: (inout State, KeptObject) -> JSON
    ) throws -> Written {
        try self.state.withLock { state in
            let (object, operation) = try decide(&state)
            guard let operation else {
                return Written(object: object, shown: shown(&state, object))
            }
            try self.journal?.put(object)
            let kept = state.table.put(object)
            if kept.type == .ven || kept.type == .resource { state.grants = nil }
            let change = ObjectChange(operation: operation, object: kept)
            self.webhooks.enqueue(state.notices(of: change, configuration: self.configuration))
            return Written(object: kept, shown: shown(&state, kept))
        }
    }

    private static func callbacks(in body: JSONObject) throws -> [String] {
        try SubscriptionRequest(object: body).objectOperations.map(\.callbackUrl)
    }

    /// 128 random bits in hexadecimal.
    private static func newID() -> ObjectID {
        let trace = TraceID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
        return ObjectID(trace.hex) ?? Self.newID()
    }
}

/// The process that hosts the VTN acts in it as business logic, without a token.
extension VTN {
    private static let host = Principal(
        clientID: "host", scopes: Set(Scope.allCases), isBusinessLogic: true)

    /// Creates an object; throws as one line what a client would read in the problem body.
    @discardableResult
    package func create<Request: ObjectRequest>(_ request: Request) async throws -> KeptObject {
        try await self.hosted {
            try await self.create(Request.objectType, request.object, Self.host).object
        }
    }

    /// Replaces an object.
    @discardableResult
    package func update<Request: ObjectRequest>(
        _ id: ObjectID, _ request: Request
    ) async throws -> KeptObject {
        try await self.hosted {
            try await self.update(Request.objectType, id, request.object, Self.host).object
        }
    }

    /// Deletes an object and what hangs on it.
    package func delete(_ type: ObjectType, _ id: ObjectID) async throws {
        try await self.hosted { _ = try self.delete(type, id, Self.host) }
    }

    private func hosted<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let refusal as Refusal {
            throw OpenADRError(.invalid, refusal.detail)
        }
    }
}
