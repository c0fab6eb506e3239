import Domain

extension Statement {
    /// A page that prints well on A4: totals, the rules of computation, blocks, contracts, then every vehicle's row.
    public var html: String {
        """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Statement \(escaped(self.period))</title>
        <style>\(Self.style)</style></head><body>
        <h1>\(self.number.map { "Statement no. \($0)" } ?? "Draft of a statement") for \(escaped(self.ownerName))</h1>
        \(self.replaces.map { "<p>It takes the place of no. \($0).</p>" } ?? "")
        <p>Owner \(escaped(self.owner.rawValue)), period \(escaped(self.period)), amounts in \(self.currency.rawValue).</p>
        <dl><dt>Earned</dt><dd id="earned">\(self.total(\.earned).decimal)</dd>
        <dt>Of it compensation for battery wear</dt><dd>\(self.total(\.wear).decimal)</dd>
        <dt>Aggregator's fee (taken before)</dt><dd>\(self.total(\.fee).decimal)</dd>
        <dt>Due, with what contracts pay by the month</dt><dd id="due">\(self.due.decimal)</dd>
        <dt>Earned over smart charging</dt><dd id="over">\(self.overSmartCharging.decimal)</dd></dl>
        \(Self.rules)
        <h2>Blocks</h2>
        \(self.blockTable)
        <h2>Contracts</h2>
        \(self.contractTable)
        <h2>Vehicles</h2>
        \(self.vehicleTable)
        \(self.monthlyTable)
        </body></html>

        """
    }

    private static let style = """
        body{font:11pt/1.4 system-ui,sans-serif;margin:2cm;color:#14212b}table{border-collapse:collapse;
        width:100%;font-size:8.5pt;font-variant-numeric:tabular-nums}td,th{border-bottom:1px solid #ccc;
        padding:.2em .4em;text-align:right}td:nth-child(-n+3),th:nth-child(-n+3){text-align:left}
        thead{display:table-header-group}tr{break-inside:avoid}@page{size:A4 landscape;margin:1.2cm}
        @media print{body{margin:0}}dt{font-weight:600}
        """

    private static let rules = """
        <p>How it is computed. A block pays awarded MW × hours × availability price × performance, and delivered
        MWh × energy price, each rounded to the millionth. The first payment is shared by headroom held, the second by
        energy delivered, of all vehicles in the block: each part is rounded down to the millionth, and the millionths
        that are left go to the largest remainders, one each (the column +1). From a vehicle's part wear is compensated
        first (kWh discharged × the contract's rate); of the rest the contract's share is the owner's and the remainder
        is the fee. Under a contract with conditions the energy bought back, losses, standby and pay per kWh are the
        owner's as well, third parties are paid, and the share is of what is left; the fee may then be negative. Earned
        over smart charging is what was earned less wear, energy, losses and standby. Penalty and imbalance of a block
        are the aggregator's alone: they change nothing that is earned. The CSV has every figure unrounded.</p>
        """

    private var blockTable: String {
        var seen = Set<AwardID>()
        let blocks = self.rows.map(\.block).filter { seen.insert($0.award.id).inserted }
        let rows = blocks.map { block in
            [
                iso(block.award.block.start), block.award.product.rawValue, block.award.direction.rawValue,
                iso(block.award.block.end), kilo(block.award.quantity.watts), tenThousandths(block.performance),
                kilowattHours(block.requested), kilowattHours(block.delivered),
                block.award.pricePerMegawattHour.decimal, block.award.energyPricePerMegawattHour.decimal,
                block.availabilityPayment.decimal, block.energyPayment.decimal, kilowattHours(block.totalHeld),
                kilowattHours(block.totalDelivered), block.penalty?.decimal ?? "–", block.imbalance?.decimal ?? "–",
            ]
        }
        return table(
            [
                "Begin (UTC)", "Product", "Direction", "End (UTC)", "Awarded kW", "Performance", "Requested kWh",
                "Delivered kWh", "Price per MW h", "Price per MWh", "Availability paid", "Energy paid",
                "Held by all kWh", "Delivered by all kWh", "Penalty", "Imbalance",
            ], rows)
    }

    private var contractTable: String {
        var seen = Set<[String]>()
        let rows = self.rows.map { row in
            [
                row.share.contract.rawValue, tenThousandths(row.share.ownerShare),
                Money(microUnits: row.share.wearPerKilowattHour, currency: self.currency).decimal,
            ]
        }.filter { seen.insert($0).inserted }
        return table(["Contract", "Owner's share", "Wear per kWh discharged"], rows)
    }

    private var vehicleTable: String {
        let rows = self.rows.map { row in
            let share = row.share
            return [
                iso(row.block.award.block.start), row.block.award.product.rawValue, share.vehicle.rawValue,
                row.block.award.direction.rawValue, share.contract.rawValue, kilowattHours(share.headroomHeld),
                kilowattHours(share.delivered), kilowattHours(share.discharged), share.availability.decimal,
                String(row.availabilityRounding), share.energy.decimal, String(row.energyRounding),
                share.wear.decimal, share.fee.decimal, share.earned.decimal, share.overSmartCharging.decimal,
            ]
        }
        return table(
            [
                "Block (UTC)", "Product", "Vehicle", "Direction", "Contract", "Headroom held kWh", "Delivered kWh",
                "Discharged kWh", "Availability", "+1", "Energy", "+1", "Of it wear", "Fee", "Earned",
                "Over smart charging",
            ], rows)
    }
}

extension Statement {
    fileprivate var monthlyTable: String {
        let lines = self.monthly.filter { $0.fixed.currency == self.currency }
        guard !lines.isEmpty else { return "" }
        let rows = lines.map {
            [$0.vehicle.rawValue, $0.fixed.decimal, $0.floor.decimal, $0.damages.decimal, $0.sum.decimal]
        }
        return "<h2>By the month</h2>\n"
            + table(["Vehicle", "Fixed", "Up to the floor", "Damages for missed departures", "Sum"], rows)
    }
}

private func table(_ heads: [String], _ rows: [[String]]) -> String {
    let lines = rows.map { "<tr>" + $0.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>" }
    return "<table><thead><tr>\(heads.map { "<th>\($0)</th>" }.joined())</tr></thead><tbody>\n"
        + lines.joined(separator: "\n") + "\n</tbody></table>"
}

/// `12345` as `12.345`.
private func kilo(_ value: Int) -> String {
    let rest = String(Int(value.magnitude) % 1000)
    return
        "\(value < 0 ? "-" : "")\(Int(value.magnitude) / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
}

private func kilowattHours(_ energy: Energy) -> String { kilo(energy.wattHours) }

private func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
        switch character {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        default: result.append(character)
        }
    }
    return result
}
