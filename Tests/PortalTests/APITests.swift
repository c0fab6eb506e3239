import Domain
import Foundation
import HTTPTypes
import Storage
import Synchronization
import Testing

@testable import Portal

@Suite struct APITests {
    @Test func liveFiguresAreTheSnapshots() async throws {
        var configuration = PortalConfiguration()
        configuration.openLive = true
        let desk = try await PortalDesk(configuration)
        try await desk.visit { visitor in
            let anonymous = try await visitor.get("/api/v1/live")
            #expect(anonymous.status == 401 && anonymous.text == #"{"error":"log in first"}"#)
            let foreign = desk.session(.gridOperator, tenant: "u")
            #expect(try await visitor.get("/api/v1/live", foreign.cookie).status == 403)
            let answer = try await visitor.get("/api/v1/live", desk.session(.utility).cookie)
            let figures = try JSONDecoder().decode(LiveFigures.self, from: Data(answer.text.utf8))
            #expect(figures == LiveFigures(PortalDesk.snapshot()))
            #expect(figures.frequencyMilliHertz == 49_871 && figures.requestedWatts == 400_000)
            #expect(figures.deliveredWatts == 395_000 && figures.headroomUpWatts == 900_000)
            #expect(figures.vehiclesPlugged == 3 && figures.vehiclesReady == 2)
            #expect(figures.vehiclesAtRisk == 1 && figures.blocksSettled == 1)
            #expect(figures.performance == 9_800 && figures.earned == "6.075000")
            #expect(figures.requestedWattHours == 20_408 && figures.currency == "EUR")
        }
    }

    private static let site =
        "site,tenant,region,zone,resource,import_w,export_w,stale_load_w,default_stay_s,default_target\n"
    private static let vehicles =
        "vehicle,owner,contract,tenant,tokens,capacity_wh,max_charge_w,max_discharge_w,reserve,efficiency,consent_at\n"

    private static func json(_ files: [String: String]) throws -> String {
        String(decoding: try JSONEncoder().encode(files), as: UTF8.self)
    }

    @Test func whatIsEnrolledIsStoredAndKnownToTheEngine() async throws {
        let desk = try await PortalDesk()
        try await desk.visit { visitor in
            let session = desk.session(.vppOperator)
            let one = try await visitor.post(
                "/api/v1/enrolment?file=owners.csv", "owner,tenant,name\no9,t,Nine\n",
                session.cookie, type: "text/csv; charset=utf-8")
            #expect(one.status == 200 && one.text == "{\"changes\":1}\n")
            let owner = OwnerTerms(id: "o9", tenant: "t", name: "Nine")
            #expect(desk.posted.withLock { $0 } == [.enrolled(.owner(owner))])
            #expect(try await desk.store.owners(tenant: "t").contains(owner))
            let several = try Self.json([
                "stations.csv": "station,site\ncp1,s1\n",
                "sites.csv": Self.site + "s1,t,demo,z,R,100000,100000,0,3600,8000\n",
                "departures.csv": "vehicle,departure,target\nt-o1-car,2026-11-27T07:00:00Z,8000\n",
                "consents.csv": "vehicle,consent_at\nt-o1-car,2026-11-26T08:00:00Z\n",
            ])
            let answer = try await visitor.post(
                "/api/v1/enrolment", several, session.cookie, type: "application/json")
            #expect(answer.status == 200 && answer.text == "{\"changes\":4}\n")
            let kept = try await desk.store.enrolment(zone: "z")
            let events = desk.posted.withLock { Array($0.dropFirst()) }
            #expect(events.count == 4)
            for case .enrolled(let change) in events {
                if case .consent = change { continue }
                #expect(kept.contains(change))
            }
            #expect(
                try await desk.store.vehicles(tenant: "t", owner: "o1").first?.dischargeConsentAt
                    == PortalDesk.noon - .hours(4))
            desk.isFull.withLock { $0 = true }
            let full = try await visitor.post(
                "/api/v1/enrolment", several, session.cookie, type: "application/json")
            #expect(full.status == 503 && full.text.contains("send it again"))
        }
    }

    @Test func whatIsWrongIsRefusedInOneLineAndChangesNothing() async throws {
        let desk = try await PortalDesk()
        let before = try await desk.store.enrolment(zone: "z")
        let owner = "owner,tenant,name\n"
        let vehicle = ",60000,22000,22000,2000,9500,\n"
        let wrong: [(file: String, text: String, status: Int)] = [
            ("owners.csv", "", 400), ("owners.csv", "owner,tenant\no,t\n", 400),
            ("owners.csv", owner + "o8,t\n", 400), ("owners.csv", owner + "o8,t,\"x\n", 400),
            ("owners.csv", owner + "o8,u,Not ours\n", 403), ("passwd", owner, 400),
            ("sites.csv", Self.site + "s,t,demo,elsewhere,R,1,1,0,0,0\n", 400),
            ("sites.csv", Self.site + "s,u,demo,z,R,1,1,0,0,0\n", 403),
            ("stations.csv", "station,site\ncp9,nowhere\n", 409),
            ("departures.csv", "vehicle,departure,target\nu-o1-car,2026-11-27T07:00:00Z,8000\n", 409),
            ("departures.csv", "vehicle,departure,target\nt-o1-car,tomorrow,8000\n", 400),
            ("consents.csv", "vehicle,consent_at\nu-o1-car,\n", 409),
            ("vehicles.csv", Self.vehicles + "v,o1,t-o1-contract,u," + vehicle, 403),
            ("vehicles.csv", Self.vehicles + "v,nobody,t-o1-contract,t," + vehicle, 409),
            ("vehicles.csv", Self.vehicles + "u-o1-car,o1,t-o1-contract,t," + vehicle, 409),
        ]
        try await desk.visit { visitor in
            let session = desk.session(.vppOperator)
            func send(_ body: String, _ type: String, _ query: String = "") async throws -> Visitor.Answer {
                try await visitor.post(
                    "/api/v1/enrolment" + query, body, session.cookie, type: type)
            }
            for (file, text, status) in wrong {
                let answer = try await send(text, "text/csv", "?file=\(file)")
                #expect(answer.status == status, "\(file) \(text): \(answer.text)")
                #expect(answer.text.hasPrefix("{\"error\":\"") && !answer.text.contains("\n"))
            }
            #expect(try await send(owner, "text/csv").status == 400)
            #expect(try await send("[1]", "application/json").status == 400)
            #expect(try await send("{", "application/json").status == 400)
            #expect(try await send(owner, "text/plain", "?file=owners.csv").status == 415)
            let many = owner + String(repeating: "o,t,n\n", count: 10_001)
            #expect(try await send(many, "text/csv", "?file=owners.csv").status == 413)
            let long = owner + String(repeating: "x", count: 4 << 20)
            #expect(try await send(long, "text/csv", "?file=owners.csv").status == 413)
            for role in Role.allCases where role != .vppOperator {
                let other = desk.session(role, owner: "o1")
                let answer = try await visitor.post(
                    "/api/v1/enrolment?file=owners.csv", owner + "o8,t,x\n", other.cookie,
                    type: "text/csv")
                #expect(answer.status == 403)
            }
            #expect(desk.posted.withLock { $0.isEmpty })
            #expect(try await desk.store.enrolment(zone: "z") == before)
        }
    }

    @Test func anEventStreamEndsWithTheSession() async throws {
        let desk = try await PortalDesk()
        try await desk.visit { visitor in
            #expect(try await visitor.get("/events").location == "/login")
            let session = desk.session(.vppOperator)
            async let stream = visitor.get("/events", session.cookie)
            async let end: Void = {
                try await Task.sleep(for: .milliseconds(300))
                desk.now.withLock { $0 = $0 + .hours(12) }
            }()
            let (answer, _) = try await (stream, end)
            #expect(answer.headers[.contentType] == "text/event-stream")
            #expect(answer.text.hasPrefix("event: live\ndata: {") && answer.text.hasSuffix("}\n\n"))
            let data = try #require(answer.text.split(separator: "\n").first { $0.hasPrefix("data: ") })
            struct Payload: Decodable {
                var values: [String: String]
                var plot: String
            }
            let payload = try JSONDecoder().decode(Payload.self, from: Data(data.dropFirst(6).utf8))
            #expect(payload.values["frequency"] == "49.871 Hz" && payload.values["workers"] == "2")
            #expect(payload.plot.contains("<svg"))
        }
    }

    @Test func onlySoManyListen() {
        let feed = LiveFeed(limit: 2)
        var places = [feed.enter(), feed.enter()]
        #expect(places.allSatisfy { $0 != nil } && feed.enter() == nil)
        places.removeLast()
        #expect(feed.enter() != nil, "a place that is given back is free")
        #expect(places.count == 1)
    }
}
