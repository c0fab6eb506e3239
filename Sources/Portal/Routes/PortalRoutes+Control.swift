import Domain
import Engine
import HTTPTypes
import Hummingbird
import Logging
import Storage

extension PortalRoutes {
    /// The one button: no discharge at a place until a person releases it. Needs no database.
    func addControl(to router: Router<PortalContext>) {
        router.post("/control/stop") { request, context in
            let (user, scope) = try await self.order(request, context)
            let now = self.dependencies.now()
            let order = StopOrder(
                id: UInt64(now.microseconds), scope: scope, at: now, by: user.name)
            return try self.send(.stopped(order), "stop", user, scope)
        }
        router.post("/control/release") { request, context in
            let (user, scope) = try await self.order(request, context)
            guard let stop = self.dependencies.snapshot().stops.first(where: { $0.scope == scope })
            else { throw PortalError(.conflict, "nothing is stopped at \(scope.text)") }
            // Workers know a stop by its id, so the release carries the same one.
            let order = StopOrder(
                id: stop.id, scope: scope, at: self.dependencies.now(), by: user.name)
            return try self.send(.released(order), "release", user, scope)
        }
    }

    private func order(
        _ request: Request, _ context: PortalContext
    ) async throws -> (SignedIn, StopOrder.Scope) {
        let user = try context.signedIn(as: .vppOperator)
        guard user.tenant == self.dependencies.tenant.rawValue else { throw PortalError.otherTenant }
        let fields = try await form(request, context: context)
        let scope = try StopOrder.Scope(text: fields["scope"] ?? "")
        if case .zone(let zone) = scope, zone != self.dependencies.zone {
            throw PortalError(
                .badRequest, "this is zone \(self.dependencies.zone), not \(zone): correct the scope")
        }
        return (user, scope)
    }

    private func send(
        _ event: Event, _ what: String, _ user: SignedIn, _ scope: StopOrder.Scope
    ) throws -> Response {
        guard self.dependencies.post([event]) else {
            throw PortalError(.serviceUnavailable, "the engine takes no more now: press again")
        }
        self.dependencies.logger.notice(
            "portal: \(what)", metadata: ["scope": "\(scope.text)", "by": "\(user.name)"])
        return Response.redirect(to: "/control", type: .normal)
    }
}

extension StopOrder.Scope {
    /// `zone:ID`, `site:ID` or `station:ID`.
    init(text: String) throws(PortalError) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, (1...255).contains(parts[1].utf8.count) else {
            throw PortalError(.badRequest, "scope must be zone:ID, site:ID or station:ID: correct it")
        }
        switch parts[0] {
        case "zone": self = .zone(ZoneID(parts[1]))
        case "site": self = .site(SiteID(parts[1]))
        case "station": self = .station(StationID(parts[1]))
        default:
            throw PortalError(.badRequest, "scope must be zone:ID, site:ID or station:ID: correct it")
        }
    }

    var text: String {
        switch self {
        case .zone(let id): "zone:\(id)"
        case .site(let id): "site:\(id)"
        case .station(let id): "station:\(id)"
        }
    }
}
