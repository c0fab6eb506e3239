public import Domain

/// A fleet owner's statement for a period, in one currency: every settled block and vehicle, with all that is
/// needed to recompute it.
public struct Statement: Hashable, Sendable {
    public var owner: OwnerID
    public var ownerName: String
    /// `2026-11` or any label of the caller.
    public var period: String
    public var currency: Currency
    public var rows: [Row]
    /// What contracts paid by the month beside the blocks.
    public var monthly: [MonthSettlement.Line] = []
    /// Its number once it was issued, and the number of the one that it takes the place of. A draft has none.
    public var number: Int?
    public var replaces: Int?

    public struct Row: Hashable, Sendable {
        public var block: BlockResult
        public var share: BlockResult.Share

        /// What largest remainder added to the rounded-down part of a payment: 0 or 1 micro-unit (with the
        /// payment's sign), or all of it where no vehicle has a weight.
        var availabilityRounding: Int {
            Self.rounding(
                self.share.availability, of: self.block.availabilityPayment, self.share.headroomHeld,
                self.block.totalHeld)
        }
        var energyRounding: Int {
            Self.rounding(
                self.share.energy, of: self.block.energyPayment, self.share.delivered, self.block.totalDelivered)
        }

        private static func rounding(_ part: Money, of payment: Money, _ weight: Energy, _ total: Energy) -> Int {
            guard total.wattSeconds > 0 else { return part.microUnits }
            // Int128 division rounds towards zero, as the allocation does.
            let down =
                Int128(payment.microUnits) * Int128(max(0, weight.wattSeconds)) / Int128(total.wattSeconds)
            return part.microUnits - Int(down)
        }
    }

    /// Picks an owner's shares out of settled blocks, in order of time, award and vehicle.
    /// - Parameters:
    ///   - blocks: of one that was computed again the last computation counts.
    ///   - currency: amounts of others are left out; the first block's unless given.
    public init(
        owner: OwnerID, ownerName: String, period: String, blocks: [BlockResult], currency: Currency? = nil
    ) {
        self.owner = owner
        self.ownerName = ownerName
        self.period = period
        let rows = Self.latest(blocks).sorted {
            ($0.award.block.start, $0.award.id) < ($1.award.block.start, $1.award.id)
        }
        .flatMap { block in
            block.shares.filter { $0.owner == owner }.sorted { $0.vehicle < $1.vehicle }
                .map { Row(block: block, share: $0) }
        }
        let chosen = currency ?? rows.first?.share.earned.currency ?? .eur
        self.currency = chosen
        self.rows = rows.filter { $0.share.earned.currency == chosen }
    }

    /// Of each award the last computation.
    public static func latest(_ blocks: [BlockResult]) -> [BlockResult] {
        let last = Dictionary(blocks.map { ($0.award.id, $0.revision ?? 0) }, uniquingKeysWith: max)
        return blocks.filter { last[$0.award.id] == $0.revision ?? 0 }
    }

    /// The currencies that an owner was paid in, in the order of their codes.
    public static func currencies(of owner: OwnerID, in blocks: [BlockResult]) -> [Currency] {
        let all = Set(blocks.flatMap(\.shares).filter { $0.owner == owner }.map(\.earned.currency))
        return all.sorted { $0.rawValue < $1.rawValue }
    }

    /// Sum of one amount over all rows.
    public func total(_ path: KeyPath<BlockResult.Share, Money>) -> Money {
        self.rows.reduce(Money.zero(self.currency)) { $0 + $1.share[keyPath: path] }
    }

    /// The same under a number.
    public func numbered(_ number: Int?, replaces: Int?) -> Statement {
        var statement = self
        (statement.number, statement.replaces) = (number, replaces)
        return statement
    }

    /// All documents by their endings.
    public var documents: [String: String] { ["csv": self.csv, "html": self.html, "json": self.json] }

    /// What the owner gets by blocks and by the month.
    public var due: Money {
        self.monthly.reduce(self.total(\.earned)) { $1.fixed.currency == self.currency ? $0 + $1.sum : $0 }
    }

    /// What the cars earned over smart charging, pay by the month among it.
    public var overSmartCharging: Money { self.due - self.total(\.earned) + self.total(\.overSmartCharging) }

    public static let columns = [
        "block_start", "block_end", "product", "award_id", "direction", "vehicle_id", "contract_id", "awarded_w",
        "performance", "block_requested_ws", "block_delivered_ws", "price_per_mw_h", "energy_price_per_mwh",
        "availability_payment", "energy_payment", "all_held_ws", "all_delivered_ws",
        "headroom_held_ws", "delivered_ws", "discharged_ws", "availability_rounding", "energy_rounding",
        "owner_share", "wear_per_kwh", "availability", "energy", "wear", "fee", "earned", "currency",
        "refund", "losses", "standby", "per_energy", "third_parties", "over_smart_charging", "seconds", "efficiency",
        "computation", "block_penalty", "block_imbalance",
    ]

    private static func fields(_ row: Row) -> [String] {
        let block = row.block
        let award = block.award
        let share = row.share
        return [
            iso(award.block.start), iso(award.block.end), award.product.rawValue, award.id.rawValue,
            award.direction.rawValue, share.vehicle.rawValue, share.contract.rawValue, String(award.quantity.watts),
            tenThousandths(block.performance), String(block.requested.wattSeconds),
            String(block.delivered.wattSeconds), award.pricePerMegawattHour.decimal,
            award.energyPricePerMegawattHour.decimal, block.availabilityPayment.decimal, block.energyPayment.decimal,
            String(block.totalHeld.wattSeconds), String(block.totalDelivered.wattSeconds),
            String(share.headroomHeld.wattSeconds), String(share.delivered.wattSeconds),
            String(share.discharged.wattSeconds), String(row.availabilityRounding), String(row.energyRounding),
            tenThousandths(share.ownerShare),
            Money(microUnits: share.wearPerKilowattHour, currency: share.earned.currency).decimal,
            share.availability.decimal, share.energy.decimal, share.wear.decimal, share.fee.decimal,
            share.earned.decimal, share.earned.currency.rawValue,
        ] + self.conditioned(row)
    }

    private static func conditioned(_ row: Row) -> [String] {
        let own = row.share.conditioned
        let zero = Money.zero(row.share.earned.currency)
        let third = own?.thirdParties.reduce(zero, +) ?? zero
        let amounts = [own?.refund, own?.losses, own?.standby, own?.perEnergy, third, row.share.overSmartCharging]
        return amounts.map { ($0 ?? zero).decimal } + [
            String(own?.seconds ?? row.block.award.block.duration.seconds), tenThousandths(own?.efficiency ?? 10_000),
            String(row.block.revision ?? 0), (row.block.penalty ?? zero).decimal, (row.block.imbalance ?? zero).decimal,
        ]
    }

    /// RFC 4180, one line a block and vehicle. A field that a spreadsheet would run is quoted as text.
    public var csv: String {
        let lines = [Self.columns] + self.rows.map(Self.fields)
        return lines.map { $0.map(csvField).joined(separator: ",") + "\n" }.joined()
    }

    private var monthlyJSON: String {
        self.monthly.filter { $0.fixed.currency == self.currency }.map { line in
            "{\"vehicle_id\":\"\(jsonText(line.vehicle.rawValue))\",\"fixed\":\"\(line.fixed.decimal)\","
                + "\"floor\":\"\(line.floor.decimal)\",\"damages\":\"\(line.damages.decimal)\"}"
        }.joined(separator: ",")
    }

    /// One JSON object; amounts are decimal strings.
    public var json: String {
        let rows = self.rows.map { row in
            "{"
                + zip(Self.columns, Self.fields(row)).map { "\"\($0)\":\"\(jsonText($1))\"" }
                .joined(separator: ",") + "}"
        }
        return
            "{\"owner\":\"\(jsonText(self.owner.rawValue))\",\"period\":\"\(jsonText(self.period))\","
            + "\"currency\":\"\(self.currency.rawValue)\",\"earned\":\"\(self.total(\.earned).decimal)\","
            + "\"number\":\(self.number.map(String.init) ?? "null"),"
            + "\"replaces\":\(self.replaces.map(String.init) ?? "null"),"
            + "\"due\":\"\(self.due.decimal)\",\"over_smart_charging\":\"\(self.overSmartCharging.decimal)\","
            + "\"monthly\":[\(self.monthlyJSON)],"
            + "\"wear\":\"\(self.total(\.wear).decimal)\",\"fee\":\"\(self.total(\.fee).decimal)\","
            + "\"rows\":[\(rows.joined(separator: ","))]}\n"
    }
}

/// An instant as `2026-11-26T08:15:00Z`.
public func iso(_ instant: Instant) -> String {
    let (days, second) = instant.seconds.quotientAndRemainder(dividingBy: 86_400)
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let part = (5 * dayOfYear + 2) / 153
    let month = part < 10 ? part + 3 : part - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let date = "\(year)-\(two(month))-\(two(dayOfYear - (153 * part + 2) / 5 + 1))"
    return "\(date)T\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
}

/// 1/10,000 as a decimal fraction such as `0.9731`.
func tenThousandths(_ value: Int) -> String {
    let text = String(value % 10_000)
    return "\(value / 10_000).\(String(repeating: "0", count: 4 - text.count))\(text)"
}

/// A field of a CSV file as RFC 4180 wants it; what a spreadsheet would take for a formula begins with an apostrophe.
public func csvField(_ text: String) -> String {
    let risky = text.first.map { "=+@\t".contains($0) } ?? false
    let safe = risky ? "'" + text : text
    guard safe.contains(where: { ",\"\n\r".contains($0) }) else { return safe }
    return "\""
        + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        + "\""
}

private func jsonText(_ text: String) -> String {
    text.flatMap { character -> [Character] in
        switch character {
        case "\"": ["\\", "\""]
        case "\\": ["\\", "\\"]
        case "\n": ["\\", "n"]
        default: character.unicodeScalars.contains { $0.value < 32 } ? [" "] : [character]
        }
    }.reduce(into: "") { $0.append($1) }
}
