package import Domain
package import Logging
package import OpenADR
import Synchronization

/// Something that was created, changed or deleted, for subscribers and for the process itself.
package struct ObjectChange: Hashable, Sendable {
    package var operation: OpenADR.Operation
    package var object: KeptObject
}

/// A virtual top node of OpenADR 3.1: keeps programmes, events, reports, subscriptions, vens and
/// resources for business logic and VENs, and says who may see and change what. Knows nothing of us.
package final class VTN: Sendable {
    struct State {
        var table: ObjectTable
        /// Targets granted to each client by its ven and resources; nil until asked for anew.
        var grants: [String: Set<String>]?
    }
    let configuration: VTNConfiguration
    let state: Mutex<State>
    let journal: (any ObjectJournal)?
    let logger: Logger
    private let tokens: TokenIssuer
    let webhooks: Webhooks
    private let now: @Sendable () -> Instant

    /// `journal` nil keeps everything in memory only.
    package init(
        _ configuration: VTNConfiguration, journal: (any ObjectJournal)? = nil,
        now: @escaping @Sendable () -> Instant, logger: Logger
    ) throws {
        self.configuration = configuration
        self.journal = journal
        self.logger = logger
        self.now = now
        self.tokens = TokenIssuer(configuration)
        self.webhooks = Webhooks(
            limit: configuration.notificationLimit,
            insecure: configuration.allowInsecureCallbacks, logger: logger)
        var table = ObjectTable(limit: configuration.objectLimit)
        for object in try journal?.load() ?? [] { _ = table.put(object) }
        self.state = Mutex(State(table: table))
    }

    /// Delivers notifications until it is cancelled; part of the service that hosts this VTN.
    package func deliverNotifications() async throws { try await self.webhooks.run() }

    var instant: DateTime { DateTime(microseconds: self.now().microseconds) }

    /// Answers one request. Whatever is wrong becomes a problem body and changes nothing.
    package func respond(to request: VTNRequest) async -> VTNResponse {
        do {
            return try await self.route(request)
        } catch let refusal as Refusal {
            return refusal.response(accept: request.accept)
        } catch let error as OpenADRError {
            return Refusal(400, error.message).response(accept: request.accept)
        } catch {
            self.logger.error("request failed", metadata: ["error": "\(error)"])
            return Refusal(500, "the request failed here: see the log").response(
                accept: request.accept)
        }
    }

    private func route(_ request: VTNRequest) async throws -> VTNResponse {
        guard request.body.count <= self.configuration.bodyLimit else {
            throw Refusal(413, "send \(self.configuration.bodyLimit) bytes or fewer")
        }
        let path = request.path.split(separator: "/").map(String.init)
        switch path.first {
        case "auth" where path == ["auth", "server"]:
            try Self.allow(["GET"], request)
            let base = self.configuration.publicURL ?? request.origin
            let url = "\(base)\(self.configuration.basePath)/auth/token"
            return VTNResponse(status: 200, json: .object(["tokenURL": .string(url)]))
        case "auth" where path == ["auth", "token"]:
            try Self.allow(["POST"], request)
            return self.tokens.answer(
                body: request.body, contentType: request.contentType,
                authorization: request.authorization, now: self.now())
        case "notifiers" where path.count == 1:
            try Self.allow(["GET"], request)
            _ = try self.authenticated(request)
            return VTNResponse(status: 200, json: .object(["WEBHOOK": .bool(true)]))
        default:
            return try await self.routeObjects(path, request)
        }
    }

    private func routeObjects(_ path: [String], _ request: VTNRequest) async throws -> VTNResponse {
        guard let type = ObjectType.allCases.first(where: { $0.collection == path.first }),
            path.count <= 2
        else { throw Refusal(404, "no such path: see the OpenADR 3.1 API") }
        try Self.allow(path.count == 1 ? ["GET", "POST"] : ["GET", "PUT", "DELETE"], request)
        let principal = try self.authenticated(request)
        let reads = request.method == "GET"
        let deletes = request.method == "DELETE"
        guard reads ? principal.mayRead(type) : principal.mayWrite(type, deleting: deletes) else {
            let scope = reads ? Scope.reading(type) : Scope.writing(type)
            throw Refusal(403, "the token lacks the scope \(scope.rawValue)")
        }
        guard path.count == 2 else {
            if reads { return try self.list(type, request.query, principal) }
            let body = try Self.object(in: request)
            return VTNResponse(
                status: 201, json: try await self.create(type, body, principal).shown)
        }
        // An id that breaks the pattern can name nothing.
        guard let id = ObjectID(path[1]) else { throw Self.missing(type) }
        if reads { return VTNResponse(status: 200, json: try self.read(type, id, principal)) }
        if deletes {
            return VTNResponse(status: 200, json: try self.delete(type, id, principal).shown)
        }
        let body = try Self.object(in: request)
        return VTNResponse(
            status: 200, json: try await self.update(type, id, body, principal).shown)
    }

    static func missing(_ type: ObjectType) -> Refusal {
        Refusal(404, "no such \(type.rawValue.lowercased())")
    }

    private static func allow(_ methods: [String], _ request: VTNRequest) throws {
        guard !methods.contains(request.method) else { return }
        let allowed = methods.joined(separator: ", ")
        throw Refusal(405, "use \(allowed) here", headers: ["allow": allowed])
    }

    private func authenticated(_ request: VTNRequest) throws -> Principal {
        guard
            let principal = self.tokens.principal(
                authorization: request.authorization, now: self.now())
        else {
            throw Refusal(
                401,
                "send a valid bearer token: POST \(self.configuration.basePath)/auth/token gives one",
                headers: ["www-authenticate": "Bearer realm=\"openadr\""])
        }
        return principal
    }

    private static func object(in request: VTNRequest) throws -> JSONObject {
        let media =
            request.contentType?.split(separator: ";").first?.lowercased() ?? "application/json"
        guard media.trimmingSpaces == "application/json" else {
            throw Refusal(415, "send application/json")
        }
        guard let object = try JSONParser.parse(request.body).withoutNulls.object else {
            throw Refusal(400, "send a JSON object")
        }
        return object
    }
}

extension StringProtocol {
    var trimmingSpaces: String {
        String(self.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
