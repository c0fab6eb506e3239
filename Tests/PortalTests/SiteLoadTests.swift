import Domain
import Storage
import Synchronization
import Testing

@testable import Portal

/// The site's own meter, as a gateway at the site reports it.
@Suite struct SiteLoadTests {
    private static let site = SiteTerms(
        id: "s1", tenant: "t", region: "demo", zone: "z", resource: "R", importLimit: Power(watts: 1),
        exportLimit: Power(watts: 1), staleLoad: .zero, defaultStay: .hours(1),
        defaultTarget: StateOfCharge(basisPoints: 8_000))

    @Test func loadsReachTheEngineAlsoWithoutTheDatabase() async throws {
        let desk = try await PortalDesk()
        var other = Self.site
        other.id = "s2"
        other.tenant = "u"
        try await desk.store.enrol([.site(Self.site), .site(other)], zone: "z", at: PortalDesk.noon)
        try await desk.visit { visitor in
            let session = desk.session(.vppOperator)
            func post(_ body: String) async throws -> Int {
                let answer = try await visitor.post("/api/v1/site-load", body, session.cookie, type: "application/json")
                return answer.status
            }
            #expect(try await post(#"{"s1": 12500}"#) == 200)
            for body in ["", "{}", "[1]", #"{"s1": 1.5}"#, #"{"s1": "5"}"#, #"{"s1": 9999999999}"#] {
                #expect(try await post(body) == 400, "\(body)")
            }
            #expect(try await post(#"{"s1": 1, "s2": 2}"#) == 409, "another tenant's site")
            #expect(try await post(#"{"s9": 1}"#) == 409)
            let many = (0...1_000).map { "\"x\($0)\":1" }.joined(separator: ",")
            #expect(try await post("{\(many)}") == 413)
            for role in [Role.fleetOwner, .gridOperator, .utility] {
                let answer = try await visitor.post(
                    "/api/v1/site-load", #"{"s1": 1}"#, desk.session(role).cookie, type: "application/json")
                #expect(answer.status == 403)
            }
            #expect(
                desk.posted.withLock { $0 } == [.siteLoad("s1", Power(watts: 12_500))], "nothing else changed anything")
            await desk.store.database.close()
            #expect(try await post(#"{"s1": -300}"#) == 200)
            #expect(desk.posted.withLock { $0.last } == .siteLoad("s1", Power(watts: -300)))
            desk.isFull.withLock { $0 = true }
            #expect(try await post(#"{"s1": 1}"#) == 503)
        }
    }
}
