package import Domain

/// A fleet owner's statement for a period: every settled block and vehicle, with what is needed to recompute it.
package struct Statement: Hashable, Sendable {
    package var owner: OwnerID
    package var ownerName: String
    /// `2026-11` or any label of the caller.
    package var period: String
    package var rows: [Row]

    package struct Row: Hashable, Sendable {
        package var block: BlockResult
        package var share: BlockResult.Share
    }

    /// Picks an owner's shares out of settled blocks, in order of time, product and vehicle.
    package init(owner: OwnerID, ownerName: String, period: String, blocks: [BlockResult]) {
        self.owner = owner
        self.ownerName = ownerName
        self.period = period
        self.rows = blocks.sorted {
            ($0.award.block.start, $0.award.id) < ($1.award.block.start, $1.award.id)
        }
        .flatMap { block in
            block.shares.filter { $0.owner == owner }.sorted { $0.vehicle < $1.vehicle }
                .map { Row(block: block, share: $0) }
        }
    }

    package var currency: Currency {
        self.rows.first?.share.earned.currency ?? .eur
    }

    /// Sum of one amount over all rows.
    package func total(_ path: KeyPath<BlockResult.Share, Money>) -> Money {
        self.rows.reduce(Money.zero(self.currency)) { $0 + $1.share[keyPath: path] }
    }

    package static let columns = [
        "block_start", "block_end", "product", "vehicle_id", "contract_id", "awarded_w",
        "performance",
        "block_requested_ws", "block_delivered_ws", "price_per_mw_h", "energy_price_per_mwh",
        "headroom_held_ws", "delivered_ws", "discharged_ws", "availability", "energy", "wear",
        "fee",
        "earned", "currency",
    ]

    private static func fields(_ row: Row) -> [String] {
        let block = row.block
        let share = row.share
        return [
            iso(block.award.block.start), iso(block.award.block.end), block.award.product.rawValue,
            share.vehicle.rawValue, share.contract.rawValue, String(block.award.quantity.watts),
            tenThousandths(block.performance), String(block.requested.wattSeconds),
            String(block.delivered.wattSeconds), block.award.pricePerMegawattHour.decimal,
            block.award.energyPricePerMegawattHour.decimal, String(share.headroomHeld.wattSeconds),
            String(share.delivered.wattSeconds), String(share.discharged.wattSeconds),
            share.availability.decimal, share.energy.decimal, share.wear.decimal, share.fee.decimal,
            share.earned.decimal, share.earned.currency.rawValue,
        ]
    }

    /// RFC 4180, one line a block and vehicle. A field that a spreadsheet would run is quoted as text.
    package var csv: String {
        let lines = [Self.columns] + self.rows.map(Self.fields)
        return lines.map { $0.map(csvField).joined(separator: ",") + "\n" }.joined()
    }

    /// One JSON object; amounts are decimal strings.
    package var json: String {
        let rows = self.rows.map { row in
            "{"
                + zip(Self.columns, Self.fields(row)).map { "\"\($0)\":\"\(jsonText($1))\"" }
                .joined(separator: ",") + "}"
        }
        return
            "{\"owner\":\"\(jsonText(self.owner.rawValue))\",\"period\":\"\(jsonText(self.period))\","
            + "\"currency\":\"\(self.currency.rawValue)\",\"earned\":\"\(self.total(\.earned).decimal)\","
            + "\"wear\":\"\(self.total(\.wear).decimal)\",\"fee\":\"\(self.total(\.fee).decimal)\","
            + "\"rows\":[\(rows.joined(separator: ","))]}\n"
    }
}

/// An instant as `2026-11-26T08:15:00Z`.
package func iso(_ instant: Instant) -> String {
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

private func csvField(_ text: String) -> String {
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
