package import Domain
import Foundation
import HTTPTypes
package import Hummingbird
import Runtime

/// Looks up the session cookie; whoever has none goes on as nobody.
package struct SessionMiddleware: RouterMiddleware {
    package typealias Context = PortalContext
    static let cookie = "headroom-session"
    private let sessions: SessionStore
    private let now: @Sendable () -> Instant

    package init(
        sessions: SessionStore, now: @escaping @Sendable () -> Instant = { WallClock.now() }
    ) {
        self.sessions = sessions
        self.now = now
    }

    package func handle(
        _ request: Request, context: PortalContext,
        next: @concurrent (Request, PortalContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let token = request.cookies[Self.cookie]?.value {
            context.token = token
            context.user = self.sessions.user(token: token, at: self.now())
        }
        return try await next(request, context)
    }
}

/// Reads a form and checks its `csrf` field against the session.
func form(_ request: Request, context: PortalContext, checked: Bool = true) async throws -> [String: String] {
    var request = request
    let buffer = try await request.collectBody(upTo: 16_384)
    let fields = parseForm(String(buffer: buffer))
    if checked {
        let user = try context.signedIn()
        guard fields["csrf"] == user.csrf else {
            throw PortalError(.forbidden, "the form is out of date: load the page again")
        }
    }
    return fields
}

/// `a=1&b=x+y` with percent escapes.
func parseForm(_ text: String) -> [String: String] {
    var fields: [String: String] = [:]
    for pair in text.split(separator: "&") {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first else { continue }
        let value = parts.count > 1 ? parts[1] : ""
        fields[decoded(name)] = decoded(value)
    }
    return fields
}

private func decoded(_ text: Substring) -> String {
    text.replacing("+", with: " ").removingPercentEncoding ?? ""
}
