import Domain
import Engine
import Foundation
import HTTPTypes
import Ledger
import Storage
import Testing

@testable import Portal

@Suite struct RouteTests {
    @Test func eachRoleSeesItsPagesAndNoOthers() async throws {
        let desk = try await PortalDesk()
        let pages: [(String, [Role])] = [
            ("/owner", [.fleetOwner]), ("/owner/statement", [.fleetOwner]),
            ("/grid", [.gridOperator, .vppOperator]), ("/utility", [.utility]),
            ("/control", [.vppOperator]),
        ]
        try await desk.visit { visitor in
            for (page, roles) in pages {
                #expect(try await visitor.get(page).location == "/login")
                for role in Role.allCases {
                    let session = desk.session(role, owner: "o1")
                    let answer = try await visitor.get(page, session.cookie)
                    #expect(answer.status == (roles.contains(role) ? 200 : 403), "\(page) \(role)")
                    #expect(answer.headers[.cacheControl] == "no-store")
                }
            }
            for role in Role.allCases {
                let home = try await visitor.get("/", desk.session(role).cookie)
                #expect(home.location == role.pages.first?.path)
            }
            #expect(try await visitor.get("/owner", desk.session(.fleetOwner).cookie).status == 403)
            #expect(try await visitor.get("/nowhere").status == 404)
            #expect(try await visitor.get("/healthz").text == "ok\n")
            #expect(try await visitor.get("/style.css").text.contains(".tile"))
            #expect(try await visitor.get("/live.js").text.contains("EventSource"))
        }
    }

    @Test func theFiguresOfTheSettledBlockAreOnEachPage() async throws {
        let desk = try await PortalDesk()
        let block = PortalDesk.block()
        let paid = Format.money(block.availabilityPayment + block.energyPayment)
        try await desk.visit { visitor in
            for (page, role) in [
                ("/grid", Role.gridOperator), ("/utility", .utility), ("/control", .vppOperator),
            ] {
                let text = try await visitor.get(page, desk.session(role).cookie).text
                #expect(text.contains(paid) && text.contains("98.00 %"), "\(page)")
                #expect(text.contains("49.871 Hz") && text.contains("<polyline class=\"delivered\""))
                let foreign = try await visitor.get(page, desk.session(role, tenant: "u").cookie)
                #expect(!foreign.text.contains(paid) && !foreign.text.contains("49.871"), "\(page)")
            }
            let control = try await visitor.get("/control", desk.session(.vppOperator).cookie).text
            #expect(control.contains("lazy") && control.contains("delivered 40.00 %"))
            #expect(control.contains("deaf&lt;1&gt;") && control.contains("accepts and ignores"))
            for time in ["2026-11-26 09:00:00", "2026-11-26 07:00:00", "2026-11-26 12:20:00"] {
                #expect(control.contains(time), "since when, when it last followed, when it is asked again")
            }
            #expect(control.contains("departs too soon"))
        }
    }

    @Test func anOwnerSeesOnlyItsOwn() async throws {
        let desk = try await PortalDesk()
        let block = PortalDesk.block()
        try await desk.visit { visitor in
            for (index, owner) in ["o1", "o2"].enumerated() {
                let session = desk.session(.fleetOwner, owner: owner)
                let page = try await visitor.get("/owner", session.cookie).text
                let own = Format.money(block.shares[index].earned)
                let other = Format.money(block.shares[1 - index].earned)
                #expect(own != other && page.contains("id=\"owner-earned\">\(own)<"))
                #expect(page.contains("id=\"owner-month\">\(own)<") && !page.contains(other))
                #expect(page.contains("t-\(owner)-car") && page.contains("73.50 %"))
                #expect(!page.contains(index == 0 ? "t-o2-car" : "t-o1-car"))
                #expect(!page.contains("u-o1-car"), "an owner of that name has another tenant")
            }
            let foreign = desk.session(.fleetOwner, tenant: "u", owner: "o1")
            let page = try await visitor.get("/owner", foreign.cookie).text
            #expect(page.contains("No block has been settled yet.") && page.contains("u-o1-car"))
            #expect(!page.contains("t-o1-car"))
        }
    }

    @Test func theStatementIsTheLedgers() async throws {
        let desk = try await PortalDesk()
        let statement = Statement(
            owner: "o1", ownerName: "Name <of> o1", period: "2026-11", blocks: [PortalDesk.block()])
        try await desk.visit { visitor in
            let session = desk.session(.fleetOwner, owner: "o1")
            func get(_ query: String) async throws -> Visitor.Answer {
                try await visitor.get("/owner/statement\(query)", session.cookie)
            }
            let csv = try await get("?period=2026-11&format=csv")
            #expect(csv.text == statement.csv && csv.text.split(separator: "\n").count == 2)
            #expect(csv.headers[.contentDisposition]?.contains("statement-2026-11-EUR.csv") == true)
            #expect(try await get("?period=2026-11&format=json").text == statement.json)
            #expect(try await get("?format=html&currency=EUR").text == statement.html)
            let page = try await get("")
            #expect(page.text.contains(Format.money(statement.total(\.earned))))
            #expect(page.text.contains("period=2026-11&amp;currency=EUR&amp;format=csv"))
            #expect(try await get("?period=2026-10&format=csv").text.split(separator: "\n").count == 1)
            for query in [
                "?period=2026", "?period=2026-13", "?period=1926-11", "?period=20x6-11",
                "?period=2026-11-26", "?period=%3Cscript%3E", "?format=xml", "?currency=USD",
            ] {
                let answer = try await get(query)
                #expect(answer.status == 400 && answer.text.contains("must be"), "\(query)")
            }
            #expect(try await visitor.get("/owner/statement?format=csv").location == "/login")
        }
    }

    /// An issued statement is shown as it was issued, to its owner only.
    @Test func anIssuedStatementStands() async throws {
        let desk = try await PortalDesk()
        let draft = Statement(owner: "o1", ownerName: "One", period: "2026-11", blocks: [PortalDesk.block()])
        let issued = try await desk.store.issue(
            tenant: "t", owner: "o1", period: "2026-11", currency: .eur, at: PortalDesk.noon
        ) { draft.numbered($0, replaces: $1).documents }
        try await desk.visit { visitor in
            let own = desk.session(.fleetOwner, owner: "o1")
            let list = try await visitor.get("/owner/statement", own.cookie).text
            #expect(list.contains("number=\(issued.number)") && list.contains("no. \(issued.number)"))
            #expect(list.contains("id=\"over\">\(Format.money(draft.overSmartCharging))<"))
            let page = try await visitor.get("/owner/statement?number=\(issued.number)", own.cookie)
            #expect(page.text == issued.documents["html"] && page.text.contains("Statement no. \(issued.number)"))
            let foreign = desk.session(.fleetOwner, owner: "o2")
            let refused = try await visitor.get("/owner/statement?number=\(issued.number)", foreign.cookie)
            #expect(refused.status == 404 && !refused.text.contains("One"))
            #expect(try await visitor.get("/owner/statement?number=x", own.cookie).status == 404)
        }
    }

    @Test func amountsOfTwoCurrenciesAreNotAddedUp() async throws {
        let desk = try await PortalDesk()
        var block = PortalDesk.block()
        block.award.id = "a2"
        block.shares = block.shares.map { share in
            var share = share
            for path: WritableKeyPath<BlockResult.Share, Money> in [
                \.availability, \.energy, \.wear, \.fee, \.earned,
            ] {
                share[keyPath: path].currency = .gbp
            }
            return share
        }
        try await desk.store.apply([.block(block)], zone: "z", epoch: nil, source: "test", upTo: 2)
        try await desk.visit { visitor in
            let session = desk.session(.fleetOwner, owner: "o1")
            #expect(try await visitor.get("/owner", session.cookie).status == 200)
            let page = try await visitor.get("/owner/statement", session.cookie)
            #expect(page.text.contains("In GBP"))
            let pounds = try await visitor.get(
                "/owner/statement?currency=GBP&format=csv", session.cookie)
            #expect(pounds.text.contains("GBP") && !pounds.text.contains("EUR"))
        }
    }

    @Test func monthsAreWhole() throws {
        for (text, days, start) in [
            ("2026-11", 30, 1_793_491_200), ("2024-02", 29, 1_706_745_600),
            ("2100-02", 28, 4_105_123_200), ("2026-12", 31, 1_796_083_200),
        ] {
            let period = try Period(text)
            #expect(period.days.count == days && period.interval.start == Instant(seconds: start))
            #expect(period.interval.duration == .hours(24 * days))
            #expect(Period(containing: period.interval.start) == period)
            #expect(Period(containing: period.interval.end - .microseconds(1)) == period)
            #expect("\(period)" == text)
        }
    }
}
