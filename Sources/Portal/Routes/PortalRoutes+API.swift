import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Storage
import Synchronization

extension PortalRoutes {
    /// Figures for programs, and the second's event for pages.
    func addAPI(to router: Router<PortalContext>) {
        router.get("/api/v1/live") { _, context in
            let isOpen = self.configuration.openLive && context.isLoopback
            if !isOpen, self.snapshot(for: try context.signedIn()) == nil {
                throw PortalError.otherTenant
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let body = try encoder.encode(LiveFigures(self.dependencies.snapshot()))
            return Response.text(String(decoding: body, as: UTF8.self) + "\n", type: "application/json")
        }
        router.get("/events") { _, context in try self.events(context) }
        router.post("/api/v1/enrolment") { request, context in
            try await self.enrol(request, context)
        }
    }

    /// An event a second until the session ends, the page goes or the portal shuts down.
    private func events(_ context: PortalContext) throws -> Response {
        let user = try context.signedIn(as: .gridOperator, .utility, .vppOperator)
        guard self.snapshot(for: user) != nil else { throw PortalError.otherTenant }
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
                var last: Int?
                while !end.withLock({ $0 }) {
                    let now = self.dependencies.now()
                    guard self.sessions.user(token: token, at: now) != nil else { break }
                    if last != now.seconds {
                        last = now.seconds
                        try await writer.write(
                            try self.feed.event(at: now, self.dependencies.snapshot))
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
