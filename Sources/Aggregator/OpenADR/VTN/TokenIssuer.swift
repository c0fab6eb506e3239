import Crypto
import Domain
import OpenADR

/// Hands out and checks bearer tokens: JWTs signed with a key that lives as long as the process.
/// After a restart a client asks for a new one, as after an expiry.
struct TokenIssuer: Sendable {
    private let key = SymmetricKey(size: .bits256)
    private let clients: [String: VTNConfiguration.Client]
    private let lifetime: Int
    /// The only header that is accepted, so that nobody picks an algorithm.
    private static let header = Base64.urlEncoded(#"{"alg":"HS256","typ":"JWT"}"#.utf8)

    init(_ configuration: VTNConfiguration) {
        self.clients = Dictionary(configuration.clients.map { ($0.id, $0) }) { first, _ in first }
        self.lifetime = configuration.tokenSeconds
    }

    /// Whether a secret is the client's, in a time that does not depend on where they differ.
    private func checked(_ id: String, _ secret: String) -> VTNConfiguration.Client? {
        let client = self.clients[id]
        let wanted = SHA256.hash(data: Array((client?.secret ?? "\u{0}").utf8))
        let given = SHA256.hash(data: Array(secret.utf8))
        return wanted == given ? client : nil
    }

    /// Answers `POST /auth/token` (RFC 6749 section 4.4), credentials in the header or in the body.
    func answer(body: [UInt8], contentType: String?, authorization: String?, now: Instant)
        -> VTNResponse
    {
        let media = contentType?.split(separator: ";").first.map { $0.lowercased() }
        guard media == nil || media == "application/x-www-form-urlencoded",
            let text = String(validating: body, as: UTF8.self), let pairs = FormText.pairs(text)
        else {
            return Self.refusal("invalid_request", "send a form: application/x-www-form-urlencoded")
        }
        let form = Dictionary(pairs.map { ($0.name, $0.value) }) { first, _ in first }
        guard let grant = form["grant_type"] else {
            return Self.refusal("invalid_request", "grant_type is missing: send client_credentials")
        }
        guard grant == "client_credentials" else {
            return Self.refusal("unsupported_grant_type", "send grant_type=client_credentials")
        }
        let basic = authorization.flatMap(Self.basicCredentials)
        guard let id = basic?.id ?? form["client_id"],
            let secret = basic?.secret ?? form["client_secret"]
        else {
            return Self.refusal(
                "invalid_request", "send client_id and client_secret, or Basic credentials")
        }
        guard let client = self.checked(id, secret) else {
            var refusal = Self.refusal("invalid_client", "client id or secret is wrong")
            if basic != nil {
                refusal.status = 401
                refusal.headers.append(("www-authenticate", "Basic realm=\"openadr\""))
            }
            return refusal
        }
        return self.grant(client, asked: form["scope"], now: now)
    }

    private func grant(
        _ client: VTNConfiguration.Client, asked: String?, now: Instant
    ) -> VTNResponse {
        let words = asked.map { $0.split(separator: " ").map(String.init) }
        let scopes = (words?.isEmpty ?? true) ? client.scopes : words ?? []
        guard scopes.allSatisfy(client.scopes.contains) else {
            return Self.refusal("invalid_scope", "ask for scopes that the client holds")
        }
        let scope = scopes.joined(separator: " ")
        let claims: JSONObject = [
            "sub": .string(client.id), "scope": .string(scope),
            "iat": .number(JSONNumber(now.seconds)),
            "exp": .number(JSONNumber(now.seconds + self.lifetime)),
        ]
        let payload = Base64.urlEncoded(JSONWriter.bytes(.object(claims)))
        let signed = "\(Self.header).\(payload)"
        let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: self.key)
        let answer: JSONObject = [
            "access_token": .string("\(signed).\(Base64.urlEncoded(code))"),
            "token_type": .string("Bearer"), "expires_in": .number(JSONNumber(self.lifetime)),
            "scope": .string(scope),
        ]
        var response = VTNResponse(status: 200, json: .object(answer))
        response.headers += Self.uncached
        return response
    }

    /// RFC 6749 section 5.1: a token is nothing for a cache.
    private static let uncached = [("cache-control", "no-store"), ("pragma", "no-cache")]

    private static func refusal(_ error: String, _ description: String) -> VTNResponse {
        let body: JSONObject = ["error": .string(error), "error_description": .string(description)]
        var response = VTNResponse(status: 400, json: .object(body))
        response.headers += Self.uncached
        return response
    }

    private static func basicCredentials(_ header: String) -> (id: String, secret: String)? {
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "basic",
            let bytes = Base64.decoded(words[1]),
            let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, let id = FormText.decoded(halves[0]),
            let secret = FormText.decoded(halves[1])
        else { return nil }
        return (id, secret)
    }

    /// Who a bearer token belongs to; nil where it is none of ours, changed, or expired.
    func principal(authorization: String?, now: Instant) -> Principal? {
        let words = (authorization ?? "").split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", words[1].utf8.count <= 4_096
        else {
            return nil
        }
        let parts = words[1].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == Self.header, let code = Base64.decoded(parts[2]),
            HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: Array("\(parts[0]).\(parts[1])".utf8), using: self.key),
            let payload = Base64.decoded(parts[1]),
            let claims = (try? JSONParser.parse(payload))?.object,
            let id = claims["sub"]?.string, let expiry = claims["exp"]?.number?.int,
            expiry > now.seconds, let client = self.clients[id]
        else { return nil }
        let scopes = (claims["scope"]?.string ?? "").split(separator: " ")
        return Principal(
            clientID: id, scopes: Set(scopes.compactMap { Scope(rawValue: String($0)) }),
            isBusinessLogic: client.scopes.contains(Scope.readAll.rawValue))
    }
}
