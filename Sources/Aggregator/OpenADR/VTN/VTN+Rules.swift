import OpenADR

extension VTN.State {
    /// What is kept of a body: the rules of each kind of object, with the owner that follows from the token.
    func checked(
        _ type: ObjectType, _ body: JSONObject, _ principal: Principal, replacing old: KeptObject?
    ) throws -> (body: JSONObject, clientID: String?) {
        let stripped = body.without(ObjectStamps.members)
        switch type {
        case .program: return (try self.checkedProgram(stripped, replacing: old), nil)
        case .event: return (try self.checkedEvent(stripped), nil)
        case .report:
            let report = try ReportRequest(object: stripped)
            guard let event = self.table.find(.event, report.eventID),
                self.mayMention(principal, event)
            else { throw Refusal(409, "eventID: no such event") }
            return (stripped.without(["clientID"]), old?.clientID ?? principal.clientID)
        case .subscription:
            let subscription = try SubscriptionRequest(object: stripped)
            if let id = subscription.programID, self.table.find(.program, id) == nil {
                throw Refusal(409, "programID: no such programme")
            }
            return (stripped.without(["clientID"]), old?.clientID ?? principal.clientID)
        case .ven: return try self.checkedVen(body, stripped, principal, replacing: old)
        case .resource: return try self.checkedResource(stripped, principal, replacing: old)
        }
    }

    /// A VEN may report only on an event that it can see; to it any other does not exist.
    private func mayMention(_ principal: Principal, _ event: KeptObject) -> Bool {
        var state = self
        return principal.isBusinessLogic || state.sees(principal, event)
    }

    private func taken(
        _ type: ObjectType, _ name: String, _ value: String, by old: KeptObject?
    ) -> Bool {
        self.table.all(type).contains { $0.body[name]?.string == value && $0.id != old?.id }
    }

    private func checkedProgram(_ body: JSONObject, replacing old: KeptObject?) throws -> JSONObject {
        let program = try ProgramRequest(object: body)
        guard !self.taken(.program, "programName", program.programName, by: old) else {
            throw Refusal(409, "programName: there is a programme of this name")
        }
        return body
    }

    private func checkedEvent(_ body: JSONObject) throws -> JSONObject {
        let event = try EventRequest(object: body)
        guard self.table.find(.program, event.programID) != nil else {
            throw Refusal(409, "programID: no such programme")
        }
        // Refuses intervals that have no place in time.
        _ = try Timeline(event, anchor: 0)
        return body
    }

    /// Only business logic grants targets; a VEN's own write keeps those that it has.
    private func withTargets(
        _ body: JSONObject, _ principal: Principal, replacing old: KeptObject?
    ) -> JSONObject {
        guard !principal.isBusinessLogic else { return body }
        var kept = body
        kept["targets"] = old?.body["targets"]
        return kept
    }

    private func checkedVen(
        _ body: JSONObject, _ stripped: JSONObject, _ principal: Principal,
        replacing old: KeptObject?
    ) throws -> (body: JSONObject, clientID: String?) {
        let ven = try VenRequest(object: stripped)
        var owner = old?.clientID ?? principal.clientID
        if principal.isBusinessLogic {
            if body["objectType"]?.string == "BL_VEN_REQUEST", ven.clientID == nil {
                throw Refusal(400, "clientID is missing: name the client whose ven this is")
            }
            owner = ven.clientID ?? owner
        }
        guard !self.taken(.ven, "venName", ven.venName, by: old) else {
            throw Refusal(409, "venName: there is a ven of this name")
        }
        guard !self.table.all(.ven).contains(where: { $0.clientID == owner && $0.id != old?.id })
        else {
            throw Refusal(409, "clientID: this client has a ven already: change that one")
        }
        return (self.withTargets(stripped.without(["clientID"]), principal, replacing: old), owner)
    }

    private func checkedResource(
        _ body: JSONObject, _ principal: Principal, replacing old: KeptObject?
    ) throws -> (body: JSONObject, clientID: String?) {
        let resource = try ResourceRequest(object: body)
        let vens = self.table.all(.ven)
        let ven =
            resource.venID.map { id in vens.first { $0.id == id } }
            ?? vens.first { $0.clientID == (resource.clientID ?? principal.clientID) }
        guard let ven, principal.isBusinessLogic || ven.clientID == principal.clientID else {
            throw Refusal(409, "venID: no such ven: register it first")
        }
        let rivals = self.table.all(.resource).filter { $0.body["venID"]?.string == ven.id.text }
        guard
            !rivals.contains(where: {
                $0.body["resourceName"]?.string == resource.resourceName && $0.id != old?.id
            })
        else { throw Refusal(409, "resourceName: the ven has a resource of this name") }
        var kept = body.without(["clientID"])
        kept["venID"] = .string(ven.id.text)
        return (self.withTargets(kept, principal, replacing: old), ven.clientID)
    }

    /// What goes with an object when it is deleted, the innermost first.
    func dependants(of object: KeptObject) -> [KeptObject] {
        func naming(_ type: ObjectType, _ member: String) -> [KeptObject] {
            self.table.all(type).filter { $0.body[member]?.string == object.id.text }
        }
        switch object.type {
        case .program:
            let events = naming(.event, "programID")
            return events.flatMap { self.dependants(of: $0) } + events
                + naming(.subscription, "programID")
        case .event: return naming(.report, "eventID")
        case .ven: return naming(.resource, "venID")
        case .report, .subscription, .resource: return []
        }
    }

    /// Who hears of a change: decided with it, under the same lock, by the same privacy as reading.
    mutating func notices(of change: ObjectChange, configuration: VTNConfiguration) -> [Webhooks
        .Notice]
    {
        var notices: [Webhooks.Notice] = []
        let object = change.object
        for kept in self.table.all(.subscription) {
            guard let subscription = try? kept.request(SubscriptionRequest.self),
                let owner = kept.clientID
            else { continue }
            let scopes = configuration.clients.first { $0.id == owner }?.scopes ?? []
            let principal = Principal(
                clientID: owner, scopes: Set(scopes.compactMap(Scope.init(rawValue:))),
                isBusinessLogic: scopes.contains(Scope.readAll.rawValue))
            guard principal.mayRead(object.type), self.sees(principal, object),
                subscription.programID.map({ $0.text == self.programID(of: object) }) ?? true,
                Self.meets(subscription.targets ?? [], object.targets)
            else { continue }
            for operation in subscription.objectOperations
            where operation.objects.contains(object.type)
                && operation.operations.contains(change.operation)
            {
                let notification = Notification(
                    objectType: object.type, operation: change.operation,
                    object: self.shown(object, principal).object ?? [:])
                notices.append(
                    Webhooks.Notice(
                        subscription: kept.id, url: operation.callbackUrl,
                        bearerToken: operation.bearerToken,
                        body: JSONWriter.bytes(notification.json)))
            }
        }
        return notices
    }

    /// A subscription's targets leave out only objects that carry other ones.
    private static func meets(_ wanted: [String], _ carried: [String]) -> Bool {
        wanted.isEmpty || carried.isEmpty || !Set(wanted).isDisjoint(with: carried)
    }
}
