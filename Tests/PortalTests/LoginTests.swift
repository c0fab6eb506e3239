import Domain
import HTTPTypes
import Runtime
import Storage
import Synchronization
import Testing

@testable import Portal

@Suite struct LoginTests {
    @Test func whoeverKnowsThePasswordComesIn() async throws {
        let desk = try await PortalDesk()
        let user = User(name: "ann", tenant: "t", role: .fleetOwner, owner: "o1")
        try await desk.store.setUser(user, password: PortalDesk.password)
        try await desk.visit(secure: true) { visitor in
            #expect(try await visitor.get("/").location == "/login")
            #expect(try await visitor.get("/login").text.contains("name=\"password\""))
            let wrong = try await visitor.post("/login", "name=ann&password=wrong")
            #expect(wrong.status == 401 && wrong.text.contains("Name or password is wrong."))
            #expect(wrong.headers[.setCookie] == nil)
            let unknown = try await visitor.post("/login", "name=bob&password=wrong")
            #expect(unknown.status == 401 && unknown.text == wrong.text, "it does not tell who is known")
            for body in ["", "name=ann", "name=&password=x", "password=x", "%%%"] {
                #expect(try await visitor.post("/login", body).status == 400)
            }
            let come = try await visitor.post("/login", "name=ann&password=correct+horse+battery")
            #expect(come.status == 303 && come.location == "/owner")
            let cookie = try #require(come.headers[.setCookie])
            for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
                #expect(cookie.contains(part))
            }
            let token = try #require(cookie.split(separator: ";").first.map(String.init))
            let page = try await visitor.get("/owner", [.cookie: token])
            #expect(page.status == 200 && page.text.contains("Log out"))
            #expect(try await visitor.get("/", [.cookie: token]).location == "/owner")
            #expect(try await visitor.get("/login", [.cookie: token]).location == "/")
            #expect(try await visitor.post("/logout", "", [.cookie: token]).status == 403)
            let csrf = page.text.split(separator: "name=\"csrf\" value=\"")[1].prefix { $0 != "\"" }
            let leave = try await visitor.post("/logout", "csrf=\(csrf)", [.cookie: token])
            #expect(leave.status == 303 && leave.headers[.setCookie]?.contains("Max-Age=0") == true)
            #expect(try await visitor.get("/owner", [.cookie: token]).location == "/login")
        }
    }

    @Test func guessingIsSlowedDown() async throws {
        let desk = try await PortalDesk()
        let user = User(name: "ann", tenant: "t", role: .utility, owner: nil)
        try await desk.store.setUser(user, password: PortalDesk.password)
        try await desk.visit { visitor in
            for _ in 0..<5 {
                let wrong = try await visitor.post("/login", "name=ann&password=x")
                #expect(wrong.status == 401)
            }
            let right = "name=ann&password=correct+horse+battery"
            #expect(try await visitor.post("/login", right).status == 429)
            desk.now.withLock { $0 = $0 + .seconds(1) }
            #expect(try await visitor.post("/login", right).location == "/utility")
        }
    }

    @Test func manyTriesAtATimeAreCountedBeforeTheyAreJudged() {
        let guarding = LoginGuard()
        let now = Instant(seconds: 0)
        #expect((0..<8).map { _ in guarding.begin("a", at: now) }.count { $0 } == 5)
        for index in 0..<9_999 {
            for _ in 0..<5 { guarding.failed("n\(index)", at: now) }
        }
        #expect(!guarding.begin("one too many", at: now), "no name goes uncounted")
    }

    @Test func theCookieOfAPlainPortWorksWithoutTLS() async throws {
        let desk = try await PortalDesk()
        let user = User(name: "ann", tenant: "t", role: .vppOperator, owner: nil)
        try await desk.store.setUser(user, password: PortalDesk.password)
        try await desk.visit { visitor in
            let come = try await visitor.post("/login", "name=ann&password=correct+horse+battery")
            #expect(come.location == "/control")
            #expect(come.headers[.setCookie]?.contains("Secure") == false)
        }
    }
}
