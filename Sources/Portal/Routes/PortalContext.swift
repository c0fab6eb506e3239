package import Hummingbird
import Logging
import NIOCore

/// What a request carries through the portal: who asks, once the session was looked up.
package struct PortalContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    package var user: SignedIn?
    /// The token of the session that `user` has.
    var token: String?
    /// Whether the peer is on this machine.
    let isLoopback: Bool

    package init(source: Source) {
        self.coreContext = .init(source: source)
        let address = source.channel.remoteAddress?.ipAddress ?? ""
        self.isLoopback = address == "::1" || address.hasPrefix("127.")
    }

    /// Who asks, or a redirect to the log-in page.
    func signedIn() throws -> SignedIn {
        guard let user = self.user else { throw PortalError(.seeOther, "log in first") }
        return user
    }

    /// Who asks, if the role may see the page; else 403.
    func signedIn(as roles: Role...) throws -> SignedIn {
        let user = try self.signedIn()
        guard roles.contains(user.role) else {
            throw PortalError(.forbidden, "this page is for: \(roles.map(\.rawValue).joined(separator: ", "))")
        }
        return user
    }
}
