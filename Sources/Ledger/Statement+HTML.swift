import Domain

extension Statement {
    /// A page that prints well on A4: totals, rules of computation, then every row.
    package var html: String {
        let rows = self.rows.map { row in
            let block = row.block
            let share = row.share
            let cells = [
                iso(block.award.block.start), block.award.product.rawValue, share.vehicle.rawValue,
                kilowattHours(share.headroomHeld), kilowattHours(share.delivered),
                kilowattHours(share.discharged), tenThousandths(block.performance),
                share.availability.decimal, share.energy.decimal, share.wear.decimal,
                share.fee.decimal, share.earned.decimal,
            ]
            return "<tr>" + cells.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
        }
        let heads = [
            "Block (UTC)", "Product", "Vehicle", "Headroom held kWh", "Delivered kWh",
            "Discharged kWh",
            "Performance", "Availability", "Energy", "Of it wear", "Fee", "Earned",
        ]
        return """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Statement \(escaped(self.period))</title>
            <style>body{font:11pt/1.4 system-ui,sans-serif;margin:2cm;color:#14212b}table{border-collapse:collapse;
            width:100%;font-size:8.5pt;font-variant-numeric:tabular-nums}td,th{border-bottom:1px solid #ccc;
            padding:.2em .4em;text-align:right}td:nth-child(-n+3),th:nth-child(-n+3){text-align:left}
            thead{display:table-header-group}tr{break-inside:avoid}@page{size:A4 landscape;margin:1.2cm}
            @media print{body{margin:0}}dt{font-weight:600}</style></head><body>
            <h1>Statement for \(escaped(self.ownerName))</h1>
            <p>Owner \(escaped(self.owner.rawValue)), period \(escaped(self.period)), amounts in \(self.currency.rawValue).</p>
            <dl><dt>Earned</dt><dd id="earned">\(self.total(\.earned).decimal)</dd>
            <dt>Of it compensation for battery wear</dt><dd>\(self.total(\.wear).decimal)</dd>
            <dt>Aggregator's fee (taken before)</dt><dd>\(self.total(\.fee).decimal)</dd></dl>
            <p>How it is computed: a block pays awarded MW × hours × availability price × performance, and delivered
            MWh × energy price. The first is shared by headroom held, the second by energy delivered, both exactly
            (largest remainder). From each vehicle's part wear is compensated first (kWh discharged × the contract's
            rate); of the rest the contract's share is the owner's and the remainder is the fee.</p>
            <table><thead><tr>\(heads.map { "<th>\($0)</th>" }.joined())</tr></thead><tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table></body></html>

            """
    }
}

private func kilowattHours(_ energy: Energy) -> String {
    let thousandths = energy.wattHours
    let rest = String(Int(thousandths.magnitude) % 1000)
    let sign = thousandths < 0 ? "-" : ""
    return
        "\(sign)\(Int(thousandths.magnitude) / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
}

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
