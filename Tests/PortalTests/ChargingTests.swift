import Domain
import Engine
import Storage
import Synchronization
import Testing

@testable import Portal

/// Prices come in, verdicts and explanations go out, each to whom it concerns.
@Suite struct ChargingTests {
    private static let site = SiteTerms(
        id: "s1", tenant: "t", region: "demo", zone: "z", resource: "R", importLimit: Power(watts: 1),
        exportLimit: Power(watts: 1), staleLoad: .zero, defaultStay: .hours(1),
        defaultTarget: StateOfCharge(basisPoints: 8_000))

    @Test func pricesReachTheEngineWholeOrNotAtAll() async throws {
        let desk = try await PortalDesk()
        try await desk.store.enrol([.site(Self.site)], zone: "z", at: PortalDesk.noon)
        try await desk.visit { visitor in
            let session = desk.session(.vppOperator)
            func post(_ body: String, type: String = "text/csv") async throws -> Int {
                try await visitor.post("/api/v1/prices", body, session.cookie, type: type).status
            }
            let good = "time,price_per_mwh\n2026-11-26T08:00:00Z,90\n2026-11-26T09:00:00Z,-5\n"
            #expect(try await post(good) == 200)
            let posted = desk.posted.withLock { $0 }
            guard case .priced(let curve)? = posted.first, posted.count == 1 else {
                Issue.record("\(posted)")
                return
            }
            #expect(curve.steps.map(\.value) == [90_000_000, -5_000_000] && curve.site == nil)
            #expect(try await post("time,price_per_mwh\n2026-11-26T08:00:00Z,-inf\n") == 400)
            #expect(try await post("time,price_per_mwh,site\n2026-11-26T08:00:00Z,1,s9\n") == 409)
            #expect(try await post(good, type: "application/json") == 415)
            for role in [Role.fleetOwner, .gridOperator, .utility] {
                let answer = try await visitor.post(
                    "/api/v1/prices", good, desk.session(role).cookie, type: "text/csv")
                #expect(answer.status == 403)
            }
            #expect(desk.posted.withLock { $0.count } == 1, "nothing else changed anything")
            desk.isFull.withLock { $0 = true }
            #expect(try await post(good) == 503)
        }
    }

    @Test func whatIsNotKnownIsSaid() async throws {
        let desk = try await PortalDesk()
        try await desk.visit { visitor in
            let session = desk.session(.vppOperator)
            let car = try await visitor.get("/api/v1/explain/vehicle/t-o1-car", session.cookie)
            #expect(car.status == 200 && car.text.contains("next best"), "\(car.text)")
            #expect(try await visitor.get("/api/v1/explain/vehicle/nobody", session.cookie).status == 404)
            #expect(try await visitor.get("/api/v1/explain/posting/block:none", session.cookie).status == 404)
            #expect(try await visitor.get("/api/v1/readiness", session.cookie).status == 200)
            #expect(try await visitor.get("/api/v1/readiness").status != 200)
            // An owner without that car hears nothing of it.
            let owner = desk.session(.fleetOwner, owner: "o9")
            #expect(try await visitor.get("/api/v1/explain/vehicle/t-o1-car", owner.cookie).status == 404)
        }
    }

    @Test func theVerdictIsOnThePage() {
        var late = PortalDesk.snapshot().vehicles[1]
        late.site = "depot"
        var ready = PortalDesk.snapshot().vehicles[0]
        ready.site = "depot"
        var snapshot = PortalDesk.snapshot()
        snapshot.vehicles = [late, ready]
        let html = ReadinessTable.html(snapshot.sites()).text
        #expect(
            html.contains("all ready by 2026-") && html.contains("no, because t-o2-car: departs too soon"), "\(html)")
        #expect(snapshot.sites(of: [ready.id]).map(\.isReady) == [true])
    }
}
