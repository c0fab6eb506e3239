import Domain
import Engine
import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import Portal

/// What a solver chose to bid reaches the engine as a fact; what is no plan is refused with what to do.
@Suite struct BidPlanTests {
    private func plan(resource: ResourceID, quantity: Int = 200_000, madeAt: Instant = PortalDesk.noon) -> BidPlan {
        let block = MarketInterval(start: PortalDesk.noon, end: PortalDesk.noon + .hours(4))
        return BidPlan(
            resource: resource, interval: block, madeAt: madeAt, solver: "test", gain: .zero(.eur), bound: .zero(.eur),
            entries: [
                BidPlan.Entry(product: "FR", direction: .up, block: block, quantity: Power(watts: quantity))
            ])
    }

    @Test func aPlanIsPostedByTheOperatorOnly() async throws {
        let desk = try await PortalDesk()
        try await desk.visit { visitor in
            let session = desk.session(.vppOperator)
            func post(_ plan: BidPlan, _ cookie: HTTPFields) async throws -> Int {
                let body = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
                return try await visitor.post("/api/v1/bids/plan", body, cookie, type: "application/json").status
            }
            let resource = try #require(desk.snapshot.withLock { $0.resources.first?.id })
            for role in [Role.fleetOwner, .gridOperator, .utility] {
                #expect(try await post(self.plan(resource: resource), desk.session(role).cookie) == 403)
            }
            let nonsense = try await visitor.post(
                "/api/v1/bids/plan", "{}", session.cookie, type: "application/json")
            #expect(nonsense.status == 400)
            #expect(try await post(self.plan(resource: "nobody's"), session.cookie) == 409)
            #expect(try await post(self.plan(resource: resource, quantity: -1), session.cookie) == 400)
            let late = self.plan(resource: resource, madeAt: PortalDesk.noon + .hours(1))
            #expect(try await post(late, session.cookie) == 400)
            #expect(desk.posted.withLock { $0.isEmpty })
            #expect(try await post(self.plan(resource: resource), session.cookie) == 200)
            #expect(desk.posted.withLock { $0 } == [.bidsPlanned(self.plan(resource: resource))])
        }
    }
}
