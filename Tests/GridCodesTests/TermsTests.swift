import Domain
import GridCodes
import Testing

/// What is refused in a pack and in a market, with a reason that names what to do.
@Suite struct TermsTests {
    private static var faults: [(finding: String, change: (inout Product) -> Void)] {
        [
            ("blockSeconds divides the day", { $0.terms?.calendar.blockSeconds = 5_000 }),
            ("blockSeconds divides the day", { $0.terms?.calendar.blockSeconds = 0 }),
            ("window is two seconds", { $0.terms?.calendar.window = [68_400, 50_400] }),
            ("dayStartSeconds lies within", { $0.terms?.calendar.dayStartSeconds = -90_000 }),
            ("months are the first", { $0.terms?.calendar.months = [0, 13] }),
            ("gate: give daysBefore", { $0.terms?.gate.secondsBefore = 60 }),
            ("gate: daysBefore is at least 0", { $0.terms?.gate.secondOfDay = 86_400 }),
            ("initiationMilliseconds lies", { $0.terms?.response.initiationMilliseconds = 1_001 }),
            ("rampMilliseconds lies", { $0.terms?.response.rampMilliseconds = 2_000 }),
            ("initiationMinimumMilliseconds is at most", { $0.terms?.response.initiationMinimumMilliseconds = 900 }),
            ("reserveSeconds is at least", { $0.terms?.energy.reserveSeconds = 899 }),
            ("powerPerMille is at least 1000", { $0.terms?.energy.powerPerMille = 900 }),
            ("maximumWatts is at least", { $0.terms?.bid.maximumWatts = 999_999 }),
            ("minimumPrice is at most", { $0.terms?.bid.minimumPrice = .max }),
            ("availabilityPrice lies between", { $0.terms?.bid.maximumPrice = 0 }),
            ("isJoint joins", { $0.terms?.bid.isJoint = true }),
            ("activation is localCurve", { $0.terms?.mechanism = .instruction }),
            ("triggerMilliHertz is given", { $0.terms?.response.triggerMilliHertz = 49_700 }),
            ("signalPeriodMilliseconds is given", { $0.terms?.response.signalPeriodMilliseconds = 4_000 }),
            ("noticeSeconds is given", { $0.terms?.response.noticeSeconds = 60 }),
            ("dispatchReason says why", { $0.terms?.dispatch = .none }),
            ("both periods are above 0", { $0.terms?.telemetry.periodMilliseconds = 0 }),
            ("only day matching and a control group have days", { $0.terms?.baseline.days = 10 }),
            ("day matching has highest", { $0.terms?.baseline.highest = 1 }),
            ("leastPoints is at least 1", { $0.terms?.baseline.leastPoints = 5 }),
            ("an envelope's full error", { $0.terms?.performance.full = 700 }),
            ("damages.scoreBelow and", { $0.terms?.payment.damages?.scoreBelow = 10_001 }),
            ("damages are parts of", { $0.terms?.payment.penalty = .none }),
            ("2026-02-30 is no day", { $0.terms?.validTo = "2026-02-30" }),
            (
                "validTo 2025-01-01 lies before",
                {
                    $0.terms?.validFrom = "2025-01-02"
                    $0.terms?.validTo = "2025-01-01"
                }
            ),
        ]
    }

    @Test func eachFaultOfTheTermsIsNamed() throws {
        let pack = try Packs.pack("gb")
        #expect(pack.findings.isEmpty)
        for fault in Self.faults {
            var changed = pack
            fault.change(&changed.products[0])
            #expect(
                changed.findings.contains { $0.hasPrefix("GB-DCL: ") && $0.contains(fault.finding) },
                "\(fault.finding): \(changed.findings)")
        }
        var zoneless = pack
        zoneless.zone = nil
        #expect(zoneless.findings.contains { $0.hasPrefix("zone: products with terms") })
        var turned = pack
        turned.zone?.daylight?.ends.month = 3
        #expect(turned.findings.contains { $0.contains("different months") })
        var rule = pack
        rule.interconnection?[0].connectMilliHertz = [50_100, 47_500]
        #expect(rule.findings.contains { $0.contains("connectMilliHertz is a low and a high") })
    }

    @Test func versionsDoNotOverlap() throws {
        var old = try Packs.pack("gb")
        var new = old
        new.validFrom = "2026-10-01"
        #expect(PackShelf([old, new]).findings.first?.contains("end the earlier with validTo") == true)
        old.validTo = "2026-09-30"
        let shelf = PackShelf([old, new])
        #expect(shelf.findings.isEmpty)
        let days = ["2025-08-27", "2026-09-30", "2026-10-01"].compactMap { CivilDate($0) }
        #expect(days.map { shelf.pack("gb", on: $0)?.validFrom } == [nil, "2025-08-28", "2026-10-01"])
        new.region = "other"
        new.validFrom = "2025-01-01"
        #expect(PackShelf([old, new]).findings.isEmpty)
    }

    @Test func pricesAreFiniteAndMayBeNegative() throws {
        let product = try #require(try Packs.pack("gb").product("GB-DRH"))
        #expect(product.availabilityPrice == -3_420_000, "providers pay for the charging")
        #expect(product.price(-3.42) == .success(-3_420_000))
        for price in [-Double.infinity, .infinity, .nan, -1e300, 100_000] {
            guard case .failure(let refusal) = product.price(price) else {
                Issue.record("\(price) was taken")
                continue
            }
            #expect(refusal.code == .price && refusal.reason.contains("send"), "\(refusal)")
        }
        #expect(soundProduct().price(-.infinity) != .success(.min))
    }

    @Test func quantitiesKeepTheShape() throws {
        let product = try #require(try Packs.pack("gb").product("GB-DCL"))
        let reasons = [999_999, 1_500_000, 101_000_000].map { product.refusal(quantity: Power(watts: $0)) ?? "" }
        for (reason, advice) in zip(reasons, ["or nothing", "whole steps", "split it"]) {
            #expect(reason.contains(advice), "\(reason)")
        }
        #expect(product.refusal(quantity: Power(watts: 2_000_000)) == nil)
    }

    private static func award(_ id: AwardID, of bid: Bid) -> Award {
        Award(
            id: id, bid: bid.id, resource: bid.call.resource, product: bid.call.product, block: bid.call.block,
            direction: bid.direction, quantity: bid.quantity, pricePerMegawattHour: bid.pricePerMegawattHour,
            energyPricePerMegawattHour: .zero(.gbp))
    }

    @Test func awardsThatDoNotFitAreRefused() throws {
        var product = try #require(try Packs.pack("gb").product("GB-DRH"))
        let block = product.block(containing: Instant(seconds: 1_767_225_600))
        let bid = Bid(
            id: "b", tenant: "t",
            call: .init(
                resource: "R", product: "GB-DRH", block: block, gateClosure: product.gate(block), reference: "r"),
            direction: .down, quantity: Power(watts: 2_000_000),
            pricePerMegawattHour: Money(microUnits: -3_420_000, currency: .gbp), confidence: 9_900,
            firmHeadroom: Power(watts: 2_500_000), state: .received, explanation: "")
        let good = Self.award("a", of: bid)
        #expect(product.refusal(of: good, bid: bid, at: block.start) == nil, "a negative price is normal")
        #expect(product.refusal(of: good, bid: bid, at: block.end)?.code == .past)
        var large = good
        large.quantity = Power(watts: 2_000_001)
        #expect(product.refusal(of: large, bid: bid, at: block.start)?.reason.contains("award at most the bid") == true)
        large.quantity = .zero
        #expect(product.refusal(of: large, bid: bid, at: block.start)?.code == .quantity)
        var other = good
        other.direction = .up
        #expect(product.refusal(of: other, bid: bid, at: block.start)?.code == .otherBid)
        let twice = Self.award("a2", of: bid)
        #expect(product.refusal(of: twice, bid: bid, held: [good], at: block.start)?.code == .overlap)
        #expect(product.refusal(of: good, bid: bid, held: [good], at: block.start) == nil, "the same award again")
        var part = good
        part.quantity = Power(watts: 1_000_000)
        #expect(product.refusal(of: part, bid: bid, at: block.start) == nil)
        product.terms?.bid.isDivisible = false
        #expect(product.refusal(of: part, bid: bid, at: block.start)?.reason.contains("or nothing") == true)
    }

    @Test func whatIsNotDispatchedIsNotSold() throws {
        let product = try #require(try Packs.pack("gb").product("GB-SFFR"))
        let block = product.block(containing: Instant(seconds: 1_767_225_600))
        #expect(product.unsold(block)?.contains("not dispatched") == true)
        #expect(product.refusal(capability: .residentCurve, responseTime: .zero)?.contains("not dispatched") == true)
        var contained = try #require(try Packs.pack("gb").product("GB-DCL"))
        #expect(contained.unsold(block) == nil)
        contained.terms?.validTo = "2025-12-31"
        #expect(contained.unsold(block)?.contains("was bought until 2025-12-31") == true)
        contained.terms?.validTo = nil
        contained.terms?.validFrom = "2026-02-01"
        #expect(contained.unsold(block)?.contains("bid for a later day") == true)
        contained.terms?.validFrom = nil
        let half = MarketInterval(start: block.start, end: block.end - .seconds(60))
        #expect(contained.unsold(half)?.contains("no such block") == true)
    }
}
