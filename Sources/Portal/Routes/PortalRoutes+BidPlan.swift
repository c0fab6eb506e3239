import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird

extension PortalRoutes {
    func addBidPlan(to router: Router<PortalContext>) {
        router.post("/api/v1/bids/plan") { request, context in
            try await self.bidPlan(request, context)
        }
    }

    /// A plan of what to bid of a resource for all its products, as `headroom bids plan --json` prints it. Bids that are
    /// made from now on keep to it.
    func bidPlan(_ request: Request, _ context: PortalContext) async throws -> Response {
        let user = try context.signedIn(as: .vppOperator)
        guard user.tenant == self.dependencies.tenant.rawValue else { throw PortalError.otherTenant }
        var request = request
        let body = String(buffer: try await request.collectBody(upTo: 4 << 20))
        guard let plan = try? JSONDecoder().decode(BidPlan.self, from: Data(body.utf8)) else {
            throw PortalError(.badRequest, "the body is no plan: send what `headroom bids plan --json` prints")
        }
        let resources = self.dependencies.snapshot().resources.map(\.id)
        guard resources.contains(plan.resource) else {
            throw PortalError(
                .conflict,
                "\(plan.resource.rawValue.prefix(64)) is no resource here: name one of "
                    + resources.map(\.rawValue).joined(separator: ", "))
        }
        if let finding = plan.finding(at: self.dependencies.now()) { throw PortalError(.badRequest, finding) }
        guard self.dependencies.post([.bidsPlanned(plan)]) else {
            throw PortalError(.serviceUnavailable, "the engine takes no more now: send it again")
        }
        return Response.text("{\"entries\":\(plan.entries.count)}\n", type: "application/json")
    }
}
