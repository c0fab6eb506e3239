import Domain
import Testing

@testable import Portal

@Suite struct PageTests {
    @Test func whatIsInterpolatedIsEscaped() {
        let name = "<script>'\"&"
        let cell: HTML = "<td>\(name)</td>"
        let row: HTML = "<tr>\(cell)</tr>"
        #expect(row.text == "<tr><td>&lt;script&gt;&#39;&quot;&amp;</td></tr>")
    }

    @Test func formsAreDecoded() {
        #expect(parseForm("name=a+b&password=%26%3D%C3%A4&x") == ["name": "a b", "password": "&=ä", "x": ""])
    }

    @Test func aSessionEndsWithTimeAndLogOut() {
        let sessions = SessionStore(lifetime: .seconds(10), limit: 2)
        let start = Instant(seconds: 100)
        let token = sessions.open(name: "o", role: .utility, tenant: "t", owner: nil, at: start)
        #expect(sessions.user(token: token, at: start)?.role == .utility)
        #expect(sessions.user(token: token + "0", at: start) == nil)
        #expect(sessions.user(token: token, at: start + .seconds(10)) == nil)
        sessions.close(token: token)
        #expect(sessions.user(token: token, at: start) == nil)
    }

    @Test func theSessionThatEndsFirstGoesWhenTheLimitIsReached() {
        let sessions = SessionStore(limit: 2)
        let tokens = (0..<3).map {
            sessions.open(name: "\($0)", role: .utility, tenant: "t", owner: nil, at: Instant(seconds: $0))
        }
        #expect(tokens.map { sessions.user(token: $0, at: Instant(seconds: 5)) != nil } == [false, true, true])
    }

    @Test func guessingSlowsDown() {
        let guarding = LoginGuard()
        let now = Instant(seconds: 0)
        for _ in 0..<5 { guarding.failed("o", at: now) }
        #expect(!guarding.mayTry("o", at: now))
        #expect(guarding.mayTry("o", at: now + .seconds(1)))
        #expect(guarding.mayTry("p", at: now))
        guarding.succeeded("o")
        #expect(guarding.mayTry("o", at: now))
    }

    @Test func thePlotDrawsAllThreeCurves() {
        let points = (0..<60).map {
            PlotPoint(second: $0, milliHertz: 50_000 - $0 * 20, requestedWatts: $0 * 1000, deliveredWatts: $0 * 990)
        }
        let svg = LivePlot.svg(points).text
        for name in ["frequency", "requested", "delivered"] {
            #expect(svg.contains("class=\"\(name)\" points=\"62,"))
        }
        #expect(svg.contains("100 kW") && svg.contains("48.8 Hz"))
        let american = points.map {
            PlotPoint(second: $0.second, milliHertz: 60_010, requestedWatts: 0, deliveredWatts: 0)
        }
        let sixty = LivePlot.svg(american, nominal: 60_000).text
        #expect(sixty.contains("59.8 Hz") && !sixty.contains("49.8 Hz"))
        #expect(LivePlot.svg([]).text.contains("starts with"))
    }
}
