import Domain
import Ledger
import Testing

/// An owner with nothing but the statement's CSV and its README gets the same money.
@Suite struct StatementTests {
    /// A decimal with up to six places in millionths, read without any code of the product.
    private func millionths(_ text: String) throws -> Int128 {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".")
        let fraction = parts.count > 1 ? parts[1] : ""
        let digits = parts[0] + fraction + String(repeating: "0", count: 6 - fraction.count)
        return try #require(Int128(String(digits))) * (isNegative ? -1 : 1)
    }

    private func rounded(_ value: Int128, _ divisor: Int128) -> Int128 {
        (abs(value) * 2 + divisor) / (divisor * 2) * value.signum()
    }

    /// What one line of the CSV is worth, from its own figures.
    private func recomputed(_ line: [String: String]) throws -> (
        availability: Int128, energy: Int128, wear: Int128, fee: Int128
    ) {
        func number(_ column: String) throws -> Int128 { try #require(Int128(line[column] ?? "")) }
        func decimal(_ column: String) throws -> Int128 { try self.millionths(line[column] ?? "") }
        let seconds: Int128 = 300
        let paid = self.rounded(
            try decimal("price_per_mw_h") * number("awarded_w") * seconds * decimal("performance"),
            1_000_000 * 3_600 * 1_000_000)
        let paidEnergy = self.rounded(
            try decimal("energy_price_per_mwh") * number("block_delivered_ws"), 3_600_000_000)
        #expect(try paid == decimal("availability_payment") && paidEnergy == decimal("energy_payment"))
        func part(_ payment: Int128, _ own: String, _ all: String, _ rounding: String) throws -> Int128 {
            let total = try number(all)
            guard total > 0 else { return try number(rounding) }
            #expect((0...1).contains(try number(rounding) * payment.signum()))
            return try payment * number(own) / total + number(rounding)
        }
        let availability = try part(paid, "headroom_held_ws", "all_held_ws", "availability_rounding")
        let energy = try part(paidEnergy, "delivered_ws", "all_delivered_ws", "energy_rounding")
        let wear = self.rounded(try decimal("wear_per_kwh") * number("discharged_ws"), 3_600_000)
        let left = max(0, availability + energy - wear)
        let fee = self.rounded(left * (1_000_000 - (try decimal("owner_share"))), 1_000_000)
        return (availability, energy, wear, fee)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func theOwnersMoneyFollowsFromTheCSVAlone(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let blocks = (0..<20).map { self.block($0, with: &generator) }
        let statement = Statement(owner: "o1", ownerName: "One", period: "2026-11", blocks: blocks)
        let lines = statement.csv.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let columns = try #require(lines.first)
        var sum: Int128 = 0
        for fields in lines.dropFirst() {
            let line = Dictionary(uniqueKeysWithValues: zip(columns, fields))
            let own = try self.recomputed(line)
            #expect(try own.availability == self.millionths(line["availability"] ?? ""))
            #expect(try own.energy == self.millionths(line["energy"] ?? ""))
            #expect(
                try own.wear == self.millionths(line["wear"] ?? "") && own.fee == self.millionths(line["fee"] ?? ""))
            let earned = own.availability + own.energy - own.fee
            #expect(try earned == self.millionths(line["earned"] ?? ""))
            sum += earned
        }
        #expect(lines.count > 20 && sum == Int128(statement.total(\.earned).microUnits))
        let booked = blocks.flatMap { Settlement.transactions(of: $0) }.flatMap(\.entries)
            .filter { $0.account == "owner:o1:earnings" }.reduce(0) { $0 + $1.amount }
        #expect(sum == Int128(-booked), "and it is what stands in the books")
    }

    /// Three owners, odd weights, also blocks without headroom or delivery and with a negative energy price.
    private func block(_ number: Int, with generator: inout SeededGenerator) -> BlockResult {
        let vehicles = (0..<7).map { index in
            VehicleDelivery(
                vehicle: VehicleID("v\(index)"),
                contract: contract(
                    OwnerID("o\(index % 3)"), share: Int.random(in: 0...10_000, using: &generator),
                    wear: Int.random(in: 0...90_001, using: &generator)),
                headroomHeld: Energy(
                    wattSeconds: number % 7 == 0 ? 0 : Int.random(in: 0...9_999_999, using: &generator)),
                delivered: Energy(wattSeconds: number % 5 == 0 ? 0 : Int.random(in: 0...9_999_999, using: &generator)),
                discharged: Energy(wattSeconds: Int.random(in: 0...9_999_999, using: &generator)))
        }
        var award = award(watts: Int.random(in: 1...99, using: &generator) * 10_000)
        award.id = AwardID("a\(number)")
        award.energyPricePerMegawattHour = Money(
            microUnits: Int.random(in: -9_999_999...120_000_001, using: &generator), currency: .eur)
        return Settlement(
            award: award, tenant: "t", region: "demo", settledAt: Instant(seconds: 1_000_320),
            requested: Energy(wattSeconds: 99_999_999),
            delivered: Energy(wattSeconds: Int.random(in: 0...99_999_999, using: &generator)), overDelivered: .zero,
            performance: Int.random(in: 0...10_000, using: &generator), vehicles: vehicles
        ).result()
    }

    /// The page to print has every figure too, and is of one currency.
    @Test func thePageHasBlocksContractsAndVehicles() {
        let result = settlement([
            delivery("A", "o1", held: 60_000, delivered: 10_000, discharged: 10_000),
            delivery("C", "o2", held: 1, delivered: 1, discharged: 1),
        ]).result()
        var pounds = result
        pounds.shares = pounds.shares.map { share in
            var share = share
            share.earned = Money(microUnits: 1, currency: .gbp)
            return share
        }
        let statement = Statement(owner: "o1", ownerName: "One", period: "2026-11", blocks: [result, pounds])
        #expect(Statement.currencies(of: "o1", in: [result, pounds]) == [.eur, .gbp])
        #expect(statement.rows.count == 1 && statement.currency == .eur)
        for text in ["0.9800", "1000.000", "45.000000", "120.000000", "0.8000", "0.040000", "60.001", "10.001"] {
            #expect(statement.html.contains("<td>\(text)</td>"), "\(text)")
        }
        #expect(!statement.html.contains("<td>C</td>"), "nobody else's vehicles")
    }

    /// A canary for `ledger verify`: also a change that still balances is found.
    @Test func tamperedBooksAreFound() throws {
        let result = settlement([
            delivery("A", "o1", held: 60_000, delivered: 10_000, discharged: 10_000),
            delivery("B", "o2", held: 20_000, delivered: 10_000, discharged: 0),
        ]).result()
        let books = Settlement.transactions(of: result)
        #expect(AccountBook.findings(in: books, blocks: [result]).isEmpty)
        var crooked = books
        crooked[0].entries[1].amount -= 5
        #expect(
            AccountBook.findings(in: crooked, blocks: [result]).contains(
                "block:a1 is off by -5 in \(LedgerUnit.money(.eur))"))
        crooked[0].entries[2].amount += 5
        #expect(AccountBook.findings(in: crooked, blocks: [result]) == ["block:a1 is not what its block says"])
        #expect(AccountBook.findings(in: books.dropLast(), blocks: [result]) == ["block:a1:energy is missing"])
        #expect(AccountBook.findings(in: books, blocks: []).count == 2)
        var generous = result
        generous.shares[0].earned = generous.shares[0].earned + Money(microUnits: 1, currency: .eur)
        let postings = Settlement.transactions(of: generous)
        #expect(
            AccountBook.findings(in: postings, blocks: [generous]) == ["block a1 does not follow from its own figures"],
            "books that agree with a block which is itself wrong")
    }
}
