import Domain
import GridCodes
import Planning
import Testing
import Twin

/// A plan knows the price of energy, what is firm, what a shortfall costs, and what excludes what.
@Suite struct BidRiskTests {
    private func hours(_ files: DayFiles) throws -> [Int] {
        let (day, plan) = try files.planned()
        return zip(day.problem.offers, plan.choice.quantities).filter { $0.1 > 0 }.map { $0.0.slots.lowerBound }
    }

    /// Cars that only charge can hold up what they draw: what is sold follows the hours in which energy is cheap.
    @Test func thePriceOfEnergyAloneMovesTheHoursSold() throws {
        var files = DayFiles(hours: 8, products: ["HOUR"], cars: 4, discharge: 0, availability: 5)
        files.energy = { $0 < 3 ? 20 : 90 }
        let early = try self.hours(files)
        files.energy = { $0 > 4 ? 20 : 90 }
        let late = try self.hours(files)
        #expect(!early.isEmpty && early.allSatisfy { $0 < 4 } && late.allSatisfy { $0 > 3 } && !late.isEmpty)
    }

    /// Under fourteen days the risks are assumed: as much more is held as cars may leave, and no day is named as measured.
    @Test func fewDaysBeforeLeaveRisksAssumed() throws {
        let (day, plan) = try DayFiles(hours: 2, products: ["HOUR"], daysBefore: 9).planned()
        let entry = try #require(day.plan(plan, for: "R", at: DayFiles.start).entries.first)
        let risk = try #require(entry.risk)
        #expect(day.daysJudged < 14 && risk.source == .coldStart && risk.quantile == 100)
        #expect(risk.vehicles > 0 && risk.contributors.count == min(5, risk.vehicles))
        #expect(day.problem.offers.allSatisfy { $0.risk > 0 && $0.scenarios.count == 200 })
    }

    /// From fourteen days on what came on them is what is firm, at the product's own quantile.
    @Test func daysBeforeAreMeasured() throws {
        let sure = try DayFiles(hours: 2, products: ["HOUR"], daysBefore: 40).planned()
        let bold = try DayFiles(hours: 2, products: ["HOUR"], daysBefore: 40, confidence: 9_000).planned()
        #expect(sure.day.daysJudged >= 14 && sure.day.problem.findings == [])
        for (a, b) in zip(sure.day.problem.offers, bold.day.problem.offers) {
            let (firm, other) = (try #require(a.firm), try #require(b.firm))
            #expect(0 < firm && firm < other && other < 30 * 22_000 && a.risk == 0 && a.spare == 100)
        }
        #expect(zip(sure.plan.choice.quantities, bold.plan.choice.quantities).allSatisfy { 0 < $0 && $0 < $1 })
        let entry = try #require(bold.day.plan(bold.plan, for: "R", at: DayFiles.start).entries.first)
        let risk = try #require(entry.risk)
        #expect(risk.source == .measured && risk.quantile == 1_000 && risk.believedAt < DayFiles.start)
        #expect(1...2_000 ~= risk.shortfallProbability, "\(risk.explanation)")
    }

    /// On one day of ten less is there than is firm at 90 %: a shortfall that is dear makes the bid smaller, and the
    /// product's own rule (what is missing is not paid) does not.
    @Test func aPenaltyMovesWhatIsSold() throws {
        var files = DayFiles(hours: 2, products: ["HOUR"], daysBefore: 40, confidence: 9_000, spare: 0)
        let plain = try files.planned()
        #expect(plain.day.problem.offers.allSatisfy { $0.penalty > 0 })
        files.penalty = 3_000_000_000
        let dear = try files.planned()
        let sold = zip(plain.plan.choice.quantities, dear.plan.choice.quantities)
        #expect(sold.allSatisfy { 0 < $1 && $1 < $0 }, "\(Array(sold))")
        #expect(dear.plan.choice.gain < plain.plan.choice.gain)
        let bids = dear.day.plan(dear.plan, for: "R", at: DayFiles.start)
        let stated = bids.entries.compactMap { $0.risk?.expectedPenalty.microUnits }
        #expect(stated.count == bids.entries.count && stated.allSatisfy { 0 <= $0 && $0 < 12_000_000 })
    }

    /// Products that exclude each other are not sold beside each other, whatever their blocks: one that pays more and
    /// wants more energy behind it is sold beside one that wants power only, unless the one excludes the other.
    @Test func whatExcludesEachOtherIsNotSoldTogether() throws {
        func sold(_ files: DayFiles) throws -> [ProductID: Int] {
            let (day, plan) = try files.planned()
            var sold: [ProductID: Int] = [:]
            for (offer, watts) in zip(day.problem.offers, plan.choice.quantities) {
                sold[offer.product, default: 0] += watts
            }
            return sold
        }
        var files = DayFiles(hours: 4, products: ["UP", "LONG"], cars: 8, availability: 0)
        #expect(try sold(files).values.allSatisfy { $0 > 0 })
        files.exclusive = [["UP", "LONG"]]
        let found = try sold(files)
        #expect(found.values.contains(0) && found.values.contains { $0 > 0 }, "\(found)")
    }

    /// Each bid says what it is worth and what would stand in its place, and an engine takes it so.
    @Test func aBidSaysWhatIsNextBest() throws {
        let (day, plan) = try DayFiles(hours: 3, products: ["HOUR", "LONG"], cars: 8, availability: 0).planned()
        var solver = DenseSimplex()
        let reasons = day.reasons(plan, of: BidPlanner(), with: &solver)
        let bids = day.plan(plan, for: "R", reasons: reasons, at: DayFiles.start)
        #expect(!bids.entries.isEmpty && bids.finding(at: DayFiles.start) == nil)
        for entry in bids.entries {
            let reason = try #require(entry.reason)
            #expect(reason.hasPrefix("worth ") && reason.contains(" EUR more than the next best, which is "))
        }
        #expect(bids.entries.contains { $0.reason?.contains("kW more of ") == true })
    }
}
