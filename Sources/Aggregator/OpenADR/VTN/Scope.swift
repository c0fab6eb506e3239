package import OpenADR

/// What a token allows (Definition 3.1.0, securitySchemes). Access goes by scope, not by role.
package enum Scope: String, Hashable, Sendable, CaseIterable {
    /// Reads everything; satisfies every other reading scope.
    case readAll = "read_all"
    case readTargets = "read_targets"
    case readVenObjects = "read_ven_objects"
    /// Used by the standard and declared nowhere in it.
    case readBusinessLogic = "read_bl"
    case writePrograms = "write_programs"
    case writeEvents = "write_events"
    case writeReports = "write_reports"
    case writeSubscriptions = "write_subscriptions"
    case writeVens = "write_vens"

    /// What reading a kind of object takes.
    package static func reading(_ type: ObjectType) -> Scope {
        switch type {
        case .program, .event: .readTargets
        case .report, .subscription, .ven, .resource: .readVenObjects
        }
    }

    /// What creating, changing or deleting a kind of object takes.
    package static func writing(_ type: ObjectType) -> Scope {
        switch type {
        case .program: .writePrograms
        case .event: .writeEvents
        case .report: .writeReports
        case .subscription: .writeSubscriptions
        case .ven, .resource: .writeVens
        }
    }
}

/// Who asks: a client with the scopes of its token.
package struct Principal: Hashable, Sendable {
    package var clientID: String
    package var scopes: Set<Scope>
    /// Whether the client is registered as business logic; it then writes for others, whatever its
    /// present token reads.
    package var isBusinessLogic: Bool

    package init(clientID: String, scopes: Set<Scope>, isBusinessLogic: Bool) {
        self.clientID = clientID
        self.scopes = scopes
        self.isBusinessLogic = isBusinessLogic
    }

    /// Sees every object, whomever it belongs to.
    var readsAll: Bool { self.scopes.contains(.readAll) }

    func mayRead(_ type: ObjectType) -> Bool {
        self.readsAll || self.scopes.contains(Scope.reading(type))
    }

    /// Business logic may also delete reports, or those of a VEN that is gone would stay for ever.
    func mayWrite(_ type: ObjectType, deleting: Bool) -> Bool {
        self.scopes.contains(Scope.writing(type))
            || (deleting && type == .report && self.isBusinessLogic && self.readsAll)
    }
}
