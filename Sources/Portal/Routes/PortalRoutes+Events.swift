import Domain
import Engine
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization

extension PortalRoutes {
    /// An event a second until the session ends, the page goes or the portal shuts down. Whoever has to do with the
    /// whole plant hears its figures; a fleet owner hears of the own cars and money only.
    func events(_ context: PortalContext) throws -> Response {
        let user = try context.signedIn()
        let owner = user.role == .fleetOwner ? OwnerFeed(routes: self, user: user, owner: try user.ownerID) : nil
        if owner == nil, self.snapshot(for: user) == nil { throw PortalError.otherTenant }
        guard let place = self.feed.enter() else {
            throw PortalError(.serviceUnavailable, "too many pages listen: close one")
        }
        let token = context.token ?? ""
        var response = Response.text("", type: "text/event-stream")
        response.body = ResponseBody { writer in
            // The place is held as long as this closure is.
            _ = place
            let end = Mutex(false)
            try await withGracefulShutdownHandler {
                var own = owner
                var last: Int?
                while !end.withLock({ $0 }) {
                    let now = self.dependencies.now()
                    guard self.sessions.user(token: token, at: now) != nil else { break }
                    if last != now.seconds {
                        last = now.seconds
                        let event =
                            try await own?.event(at: now)
                            ?? self.feed.event(at: now, self.dependencies.snapshot)
                        try await writer.write(event)
                    }
                    // Short, so that a shutdown or a log-out is noticed at once.
                    try await Task.sleep(for: .milliseconds(200))
                }
            } onGracefulShutdown: {
                end.withLock { $0 = true }
            }
            try await writer.finish(nil)
        }
        return response
    }
}
