import Domain
import GridCodes
import TestSupport
import Testing

@testable import Ledger

/// A day that is netted to one entry a car says what its blocks would, to the smallest unit.
@Suite struct DaySettlementTests {
    /// Blocks of a day with everything that money can come from, of either sign.
    private static func blocks(_ seed: UInt64, cars: Int, count: Int = 5) -> [BlockResult] {
        var generator = SeededGenerator(seed: seed)
        func draw(_ below: Int) -> Int { Int(generator.next() % UInt64(below)) }
        let contracts = (0..<7).map { number in
            ContractTerms(
                id: ContractID("c\(number)"), owner: OwnerID("o\(number % 4)"), tenant: "t", currency: .eur,
                ownerShare: draw(10_001), wearPerKilowattHour: draw(90_000),
                conditions: number < 3
                    ? nil
                    : ContractConditions(
                        usesOwnWear: true, energyPrice: draw(400_000), standby: Power(watts: draw(50)),
                        thirdParties: [
                            .init(kind: .tax, name: "state", perKilowattHour: draw(20_000), ofPayment: draw(2_000)),
                            .init(kind: .supplier, name: "s", perKilowattHour: draw(20_000), ofPayment: 0),
                        ]))
        }
        return (0..<count).map { number in
            let start = Instant(seconds: 86_400 * 10 + number * 3_600)
            let vehicles = (0..<cars).filter { _ in draw(10) > 0 }.map { car in
                VehicleDelivery(
                    vehicle: VehicleID("v\(car)"), contract: contracts[(car + (number > 2 ? 1 : 0)) % 7],
                    headroomHeld: Energy(wattSeconds: draw(40_000_000)),
                    delivered: Energy(wattSeconds: draw(3) == 0 ? 0 : draw(9_000_000)),
                    discharged: Energy(wattSeconds: draw(7_000_000)), efficiency: 9_100, seconds: 3_600)
            }
            var settlement = Settlement(
                award: Award(
                    id: AwardID("a\(number)"), bid: "b", resource: number == 1 ? "R2" : "R", product: "P",
                    block: MarketInterval(start: start, end: start + .hours(1)), direction: .up,
                    quantity: Power(watts: draw(5_000_000)),
                    pricePerMegawattHour: Money(microUnits: draw(90_000_000) - 30_000_000, currency: .eur),
                    energyPricePerMegawattHour: Money(microUnits: draw(300_000_000) - 90_000_000, currency: .eur)),
                tenant: "t", region: "demo", settledAt: start + .hours(2), requested: Energy(wattSeconds: 9),
                delivered: Energy(wattSeconds: draw(90_000_000_000)), overDelivered: .zero, performance: draw(10_001),
                vehicles: vehicles)
            settlement.isNetted = true
            settlement.penalty = number == 2 ? Money(microUnits: draw(9_000_000), currency: .eur) : nil
            settlement.imbalance = number == 3 ? Money(microUnits: draw(9_000_000) - 4_500_000, currency: .eur) : nil
            return settlement.result()
        }
    }

    /// Sums by account, unit and, of owners' accounts, car.
    private static func sums(_ transactions: [LedgerTransaction]) -> [String: Int] {
        var sums: [String: Int] = [:]
        for entry in transactions.flatMap(\.entries) {
            let car = entry.account.hasPrefix("owner:") ? entry.vehicle?.rawValue ?? "" : ""
            sums["\(entry.account) \(entry.unit) \(car)", default: 0] += entry.amount
        }
        return sums.filter { $0.value != 0 }
    }

    @Test func aDayIsTheSumOfItsBlocks() throws {
        for seed in UInt64(1)...60 {
            let blocks = Self.blocks(seed, cars: 40)
            var day = DaySettlement(of: blocks[0])
            for block in blocks { day.add(block) }
            let booked = day.transactions(at: Instant(seconds: 1))
            #expect(booked.map(\.id) == day.ids && day.ids[0] == "day:1970-01-11:demo:EUR")
            for transaction in booked { #expect(throws: Never.self) { try verifyBalance(transaction) } }
            let single = blocks.flatMap { Settlement.transactions(of: $0) }
            #expect(Self.sums(booked) == Self.sums(single), "seed \(seed)")
            let cars = booked[0].entries.filter { $0.account.hasSuffix(":earnings") }
            #expect(Set(cars.map { "\($0.account) \($0.vehicle?.rawValue ?? "")" }).count == cars.count, "one a car")
        }
    }

    /// The same again posts nothing; what a block computed again changes is posted by taking the day back.
    @Test func aDayIsBookedOnceAndCorrectedByReversal() throws {
        var blocks = Self.blocks(7, cars: 12)
        var books = AccountBook()
        func wrong(_ blocks: [BlockResult]) -> [LedgerTransaction] {
            var day = DaySettlement(of: blocks[0])
            for block in blocks { day.add(block) }
            let wanted = day.transactions(at: Instant(seconds: 5))
            return day.ids.flatMap { id in
                DaySettlement.postings(id, wanted: wanted.first { $0.id == id }, at: Instant(seconds: 5)) { name in
                    books.transactions.first { $0.id == name }
                }
            }
        }
        for posting in wrong(blocks) { try books.post(posting) }
        #expect(books.transactions.count == 2 && wrong(blocks).isEmpty)
        var again = Settlement(blocks[1])
        #expect(again.result() == blocks[1], "what a result holds is enough to compute it again")
        again.performance -= again.performance > 0 ? 1 : -1
        again.revision = 1
        let new = again.result()
        #expect(Rerun.postings(from: blocks[1], to: new).isEmpty, "it has none of its own")
        blocks[1] = new
        for posting in wrong(blocks) { try books.post(posting) }
        #expect(books.transactions.map(\.id).filter { $0.hasSuffix(":r1") } == ["day:1970-01-11:demo:EUR:r1"])
        #expect(books.total(.money(.eur)) == 0 && wrong(blocks).isEmpty)
        // Nothing moved after all: its energy is taken back, and that once.
        let still = blocks.map { block in
            var settlement = Settlement(block)
            for index in settlement.vehicles.indices { settlement.vehicles[index].delivered = .zero }
            return settlement.result()
        }
        for posting in wrong(still) { try books.post(posting) }
        #expect(books.balances.allSatisfy { $0.key.unit != .energy || $0.value == 0 } && wrong(still).isEmpty)
        for posting in wrong(blocks) { try books.post(posting) }
        #expect(wrong(blocks).isEmpty && books.total(.energy) == 0)
    }

    /// A block that is booked with its day and has a posting of its own, too, would be paid twice.
    @Test func whatIsBookedTwiceIsFound() {
        let blocks = Self.blocks(9, cars: 3, count: 1)
        let twice = Settlement.transactions(of: blocks[0])
        #expect(AccountBook.findings(in: [], blocks: blocks).isEmpty)
        #expect(AccountBook.findings(in: twice, blocks: blocks).contains("block:a0 has no settled block"))
        var day = DaySettlement(of: blocks[0])
        day.add(blocks[0])
        let booked = day.transactions(at: Instant(seconds: 5))
        func findings(_ names: [String], wrong: [LedgerTransaction] = []) -> [String] {
            var audit = BookAudit()
            for transaction in booked { audit.take(transaction, reversing: nil) }
            audit.take(blocks[0]) { _ in nil }
            audit.take(day: day.ids[0], booked: names, wrong: wrong)
            audit.close()
            return audit.findings
        }
        #expect(findings(day.ids).isEmpty)
        #expect(findings([day.ids[0]]) == ["\(day.ids[1]) has no settled block"], "a day that no block asked for")
        #expect(findings(day.ids, wrong: twice).count == 1)
    }
}
