import Domain
import Engine
import HTTPTypes
import Storage
import Synchronization
import Testing

@testable import Portal

@Suite struct ControlRoomTests {
    @Test func aStopReachesTheEngine() async throws {
        let desk = try await PortalDesk()
        try await desk.visit { visitor in
            let session = desk.session(.vppOperator)
            let scopes: [(String, StopOrder.Scope)] = [
                ("zone:z", .zone("z")), ("site:depot%20a", .site("depot a")),
                ("station:cp:1", .station("cp:1")),
            ]
            for (text, scope) in scopes {
                let body = "csrf=\(session.csrf)&scope=\(text)"
                let answer = try await visitor.post("/control/stop", body, session.cookie)
                #expect(answer.status == 303 && answer.location == "/control")
                let order = StopOrder(
                    id: UInt64(PortalDesk.noon.microseconds), scope: scope, at: PortalDesk.noon,
                    by: "some operator")
                #expect(desk.posted.withLock { $0.last } == .stopped(order))
            }
            let standing = StopOrder(
                id: 77, scope: .station("cp:1"), at: PortalDesk.noon, by: "x")
            desk.snapshot.withLock { $0.stops = [standing] }
            let page = try await visitor.get("/control", session.cookie).text
            #expect(page.contains("No discharge at station:cp:1"))
            let release = "csrf=\(session.csrf)&scope=station:cp:1"
            #expect(try await visitor.post("/control/release", release, session.cookie).status == 303)
            guard case .released(let order)? = desk.posted.withLock({ $0.last }) else {
                Issue.record("nothing was released")
                return
            }
            #expect(order.id == 77 && order.by == "some operator")
            let other = "csrf=\(session.csrf)&scope=zone:z"
            #expect(try await visitor.post("/control/release", other, session.cookie).status == 409)
            #expect(desk.posted.withLock { $0.count } == 4)
        }
    }

    @Test func theRoomShowsWhatStationsHaveProven() async throws {
        let desk = try await PortalDesk()
        @Sendable func record(_ station: StationID, _ verdict: TrustRecord.Verdict) -> TrustRecord {
            TrustRecord(
                station: station, evse: 2, at: PortalDesk.noon, verdict: verdict, delay: nil,
                fullResponse: ResponseBounds(least: .milliseconds(8_950), most: .seconds(11)),
                rampPerSecond: Power(watts: 1_500), gainPerMille: 612, offset: Power(watts: -40), step: nil, seen: 7,
                missed: 2, ignoresSince: nil, retryAt: nil, proofs: [])
        }
        let session = desk.session(.vppOperator)
        try await desk.visit { visitor in
            #expect(try await visitor.get("/control", session.cookie).text.contains("three dispatches yet"))
            try await desk.store.apply(
                [
                    .trust(record("cp<7>", .derated), tenant: "t", region: "demo"),
                    .trust(record("theirs", .proven), tenant: "u", region: "demo"),
                ], zone: "z", epoch: nil, source: "trust", upTo: 1)
            let page = try await visitor.get("/control", session.cookie).text
            #expect(page.contains("cp&lt;7&gt; 2") && page.contains("1 delivers less charging points"))
            #expect(page.contains("9.0 to 11.0 s") && page.contains("61.20 %") && page.contains("2 of 7"))
            #expect(!page.contains("theirs"), "another tenant's")
        }
    }

    @Test func whoElseDecidedIsShownToWhomItConcerns() async throws {
        let desk = try await PortalDesk()
        @Sendable func record(_ owner: OwnerID?, _ kind: OverrideRecord.Kind, source: String) -> OverrideRecord {
            OverrideRecord(
                kind: kind, at: PortalDesk.noon - .hours(1), isOver: false, source: source,
                vehicle: owner.map { VehicleID("t-\($0)-car") }, owner: owner, station: "cp<9>", evse: 1,
                before: "charge 22000 W, discharge 11000 W", after: "charge 22000 W, discharge 0 W")
        }
        try await desk.store.apply(
            [
                .override(record("o1", .priority, source: "driver"), tenant: "t", region: "demo"),
                .override(record("o2", .limit, source: "<EMS>"), tenant: "t", region: "demo"),
                .override(record("o1", .consent, source: "theirs"), tenant: "u", region: "demo"),
            ], zone: "z", epoch: nil, source: "overrides", upTo: 1)
        desk.snapshot.withLock { snapshot in
            snapshot.vehicles[0].keptOut = .init(
                since: PortalDesk.noon - .hours(1), reason: "priority charging at the station")
        }
        let (room, owner) = (desk.session(.vppOperator), desk.session(.fleetOwner, owner: "o1"))
        try await desk.visit { visitor in
            let control = try await visitor.get("/control", room.cookie).text
            let told = "kept out of discharge since 2026-11-26 11:00:00: priority charging at the station"
            #expect(control.contains(told) && control.contains("cp&lt;9&gt; 1") && control.contains("&lt;EMS&gt;"))
            #expect(control.contains("priority charging") && control.contains("a limit from outside"))
            #expect(!control.contains("theirs"), "another tenant's")
            let own = try await visitor.get("/owner", owner.cookie).text
            #expect(own.contains(told) && own.contains("discharge 11000 W") && own.contains("driver"))
            #expect(!own.contains("EMS"), "another owner's")
        }
    }

    @Test func whatMayNotStopDoesNot() async throws {
        let desk = try await PortalDesk()
        try await desk.visit { visitor in
            let session = desk.session(.vppOperator)
            let good = "csrf=\(session.csrf)&scope=zone:z"
            func stop(_ body: String, _ headers: HTTPFields) async throws -> Int {
                try await visitor.post("/control/stop", body, headers).status
            }
            #expect(try await stop("scope=zone:z", session.cookie) == 403)
            #expect(try await stop("csrf=\(session.csrf.dropLast())&scope=zone:z", session.cookie) == 403)
            let another = desk.session(.vppOperator)
            #expect(try await stop("csrf=\(another.csrf)&scope=zone:z", session.cookie) == 403)
            #expect(try await stop(good, [:]) == 303, "to the log-in page")
            for role in Role.allCases where role != .vppOperator {
                let other = desk.session(role, owner: "o1")
                #expect(try await stop("csrf=\(other.csrf)&scope=zone:z", other.cookie) == 403)
            }
            let foreign = desk.session(.vppOperator, tenant: "u")
            #expect(try await stop("csrf=\(foreign.csrf)&scope=zone:z", foreign.cookie) == 403)
            var crossSite = session.cookie
            let site = try #require(HTTPField.Name("Sec-Fetch-Site"))
            crossSite[site] = "cross-site"
            #expect(try await stop(good, crossSite) == 403)
            for scope in ["", "zone", "zone:", "zone:elsewhere", "planet:z", "z"] {
                #expect(try await stop("csrf=\(session.csrf)&scope=\(scope)", session.cookie) == 400)
            }
            let long = "csrf=\(session.csrf)&scope=site:" + String(repeating: "x", count: 20_000)
            #expect(try await stop(long, session.cookie) == 413)
            #expect(desk.posted.withLock { $0.isEmpty })
            desk.isFull.withLock { $0 = true }
            #expect(try await stop(good, session.cookie) == 503)
        }
    }

    @Test func theButtonIsThereWithoutADatabase() async throws {
        let desk = try await PortalDesk()
        try await desk.visit { visitor in
            await desk.store.database.close()
            let session = desk.session(.vppOperator)
            let page = try await visitor.get("/control", session.cookie)
            #expect(page.status == 200 && page.text.contains("Stop all discharge in z"))
            let body = "csrf=\(session.csrf)&scope=zone:z"
            #expect(try await visitor.post("/control/stop", body, session.cookie).status == 303)
            #expect(desk.posted.withLock { $0.count } == 1)
            let grid = try await visitor.get("/grid", session.cookie)
            #expect(grid.status >= 500 && !grid.text.contains("SELECT"))
        }
    }
}
