import Domain

extension Statement {
    /// A page that prints well on A4: totals, the rules of computation, blocks, contracts, then every vehicle's row.
    public var html: String {
        """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Statement \(escaped(self.period))</title>
        <style>\(Self.style)</style></head><body>
        <h1>Statement for \(escaped(self.ownerName))</h1>
        <p>Owner \(escaped(self.owner.rawValue)), period \(escaped(self.period)), amounts in \(self.currency.rawValue).</p>
        <dl><dt>Earned</dt><dd id="earned">\(self.total(\.earned).decimal)</dd>
        <dt>Of it compensation for battery wear</dt><dd>\(self.total(\.wear).decimal)</dd>
        <dt>Aggregator's fee (taken before)</dt><dd>\(self.total(\.fee).decimal)</dd></dl>
        \(Self.rules)
        <h2>Blocks</h2>
        \(self.blockTable)
        <h2>Contracts</h2>
        \(self.contractTable)
        <h2>Vehicles</h2>
        \(self.vehicleTable)
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
        is the fee. The CSV has every figure unrounded.</p>
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
                kilowattHours(block.totalDelivered),
            ]
        }
        return table(
            [
                "Begin (UTC)", "Product", "Direction", "End (UTC)", "Awarded kW", "Performance", "Requested kWh",
                "Delivered kWh", "Price per MW h", "Price per MWh", "Availability paid", "Energy paid",
                "Held by all kWh", "Delivered by all kWh",
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
                share.wear.decimal, share.fee.decimal, share.earned.decimal,
            ]
        }
        return table(
            [
                "Block (UTC)", "Product", "Vehicle", "Direction", "Contract", "Headroom held kWh", "Delivered kWh",
                "Discharged kWh", "Availability", "+1", "Energy", "+1", "Of it wear", "Fee", "Earned",
            ], rows)
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
