import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Storage

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
}
