import Domain
import OpenADR
import Runtime
import Synchronization

/// Why a VTN did not do what was asked.
struct VTNFailure: Error, Hashable, CustomStringConvertible {
    /// The HTTP status; 0 where no answer came.
    var status: Int
    var detail: String

    /// Whether asking again may help: no answer, time-outs, too many requests, the server's own faults.
    var isPassing: Bool {
        self.status == 0 || self.status == 401 || self.status == 408 || self.status == 429
            || self.status >= 500
    }
    var description: String {
        self.status == 0 ? self.detail : "HTTP \(self.status): \(self.detail)"
    }
}

/// Speaks OpenADR 3.1 to a VTN as one client: fetches tokens, reads whole collections, writes objects.
final class VTNClient: Sendable {
    private struct State {
        var tokenURL: String?
        var token: String?
        var tokenEnd = Instant.distantPast
    }
    /// Pages that are read of one collection before giving up: 50 objects each.
    static let maximumPages = 200
    private let configuration: VENConfiguration
    private let transport: any VENTransport
    private let state = Mutex(State())

    init(_ configuration: VENConfiguration, transport: any VENTransport) {
        self.configuration = configuration
        self.transport = transport
    }

    /// All objects of a kind that match the query, page by page until a short one. Objects that cannot be
    /// understood are left out and counted, so that one bad event does not hide the good ones.
    func list<Request: ObjectRequest>(
        _ type: Stored<Request>.Type, query: [(String, String)] = []
    ) async throws -> (objects: [Stored<Request>], unreadable: Int) {
        var objects: [Stored<Request>] = []
        var unreadable = 0
        for page in 0..<Self.maximumPages {
            let pairs = query + [("skip", String(page * 50)), ("limit", "50")]
            let text = pairs.map { "\(FormText.encoded($0.0))=\(FormText.encoded($0.1))" }
                .joined(separator: "&")
            let answer = try await self.call("GET", "\(Request.objectType.collection)?\(text)")
            guard let elements = answer.array else {
                throw VTNFailure(
                    status: 0, detail: "the VTN answered a listing with something else")
            }
            for element in elements {
                do {
                    objects.append(try Stored<Request>(json: element))
                } catch {
                    unreadable += 1
                }
            }
            if elements.count < 50 { break }
        }
        return (objects, unreadable)
    }

    func create<Request: ObjectRequest>(_ request: Request) async throws -> Stored<Request> {
        let body = JSON.object(request.object)
        return try Self.read(try await self.call("POST", Request.objectType.collection, body))
    }

    func update<Request: ObjectRequest>(
        _ id: ObjectID, _ request: Request
    ) async throws -> Stored<Request> {
        let body = JSON.object(request.object)
        return try Self.read(
            try await self.call("PUT", "\(Request.objectType.collection)/\(id)", body))
    }

    /// An object that is gone already counts as deleted.
    func delete(_ type: ObjectType, _ id: ObjectID) async throws {
        do {
            _ = try await self.call("DELETE", "\(type.collection)/\(id)")
        } catch let failure as VTNFailure where failure.status == 404 {}
    }

    private static func read<Request: ObjectRequest>(_ json: JSON) throws -> Stored<Request> {
        do {
            return try Stored<Request>(json: json)
        } catch {
            throw VTNFailure(status: 0, detail: "the VTN's answer is not understood: \(error)")
        }
    }

    /// One request with a token. A token that is refused is thrown away and asked for once more.
    private func call(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        do {
            return try await self.authorised(method, path, body)
        } catch let failure as VTNFailure where failure.status == 401 {
            self.state.withLock { $0.token = nil }
            return try await self.authorised(method, path, body)
        }
    }

    private func authorised(_ method: String, _ path: String, _ body: JSON?) async throws -> JSON {
        var headers = ["accept": "application/json"]
        headers["authorization"] = "Bearer \(try await self.token())"
        if body != nil { headers["content-type"] = "application/json" }
        return try await self.exchange(
            VENExchange(
                method: method, url: "\(self.configuration.vtnURL)/\(path)", headers: headers,
                body: body.map(JSONWriter.bytes) ?? []))
    }

    private func exchange(_ exchange: VENExchange) async throws -> JSON {
        let answer: (status: Int, body: [UInt8])
        do {
            answer = try await self.transport.send(exchange)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw VTNFailure(status: 0, detail: "no answer from the VTN: \(error)")
        }
        let json = try? JSONParser.parse(answer.body, maximumBytes: HTTPTransport.bodyLimit)
        guard (200..<300).contains(answer.status) else {
            let problem = json.flatMap(Problem.init(json:))
            let oauth = json?.object?["error"]?.string
            throw VTNFailure(
                status: answer.status,
                detail: problem?.detail ?? problem?.title ?? oauth ?? "refused")
        }
        guard let json else { throw VTNFailure(status: 0, detail: "the VTN's answer is not JSON") }
        return json
    }

    private func token() async throws -> String {
        let now = WallClock.now()
        if let token = self.state.withLock({ $0.tokenEnd > now ? $0.token : nil }) { return token }
        var form = [
            ("grant_type", "client_credentials"), ("client_id", self.configuration.clientID),
            ("client_secret", self.configuration.clientSecret),
        ]
        if !self.configuration.scopes.isEmpty {
            form.append(("scope", self.configuration.scopes.joined(separator: " ")))
        }
        let body = form.map { "\($0.0)=\(FormText.encoded($0.1))" }.joined(separator: "&")
        let answer = try await self.exchange(
            VENExchange(
                method: "POST", url: try await self.tokenURL(),
                headers: [
                    "content-type": "application/x-www-form-urlencoded",
                    "accept": "application/json",
                ],
                body: Array(body.utf8)))
        guard let token = answer.object?["access_token"]?.string else {
            throw VTNFailure(status: 0, detail: "the token endpoint gave no access_token")
        }
        let seconds = answer.object?["expires_in"]?.number?.int ?? 300
        self.state.withLock { state in
            state.token = token
            state.tokenEnd = now + .seconds(max(1, seconds - min(30, seconds / 4)))
        }
        return token
    }

    /// Where tokens are had: what `/auth/server` says, or the VTN's own where it says nothing. A secret
    /// that may travel over https only is not sent to an http address.
    private func tokenURL() async throws -> String {
        if let url = self.state.withLock({ $0.tokenURL }) { return url }
        let own = "\(self.configuration.vtnURL)/auth/token"
        var url = own
        do {
            let answer = try await self.exchange(
                VENExchange(
                    method: "GET", url: "\(self.configuration.vtnURL)/auth/server",
                    headers: ["accept": "application/json"], body: []))
            url = answer.object?["tokenURL"]?.string ?? own
        } catch let failure as VTNFailure where !failure.isPassing {}
        if self.configuration.vtnURL.hasPrefix("https://"), !url.hasPrefix("https://") { url = own }
        let chosen = url
        self.state.withLock { $0.tokenURL = chosen }
        return chosen
    }
}
