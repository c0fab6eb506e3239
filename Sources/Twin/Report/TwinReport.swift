import Domain

/// What a run has to say: the files of the contract, as text.
public struct TwinReport: Hashable, Sendable {
    public var kpis: TwinKPIs
    /// `time,vehicle_id,setpoint_kw`, on change.
    public var setpointsCSV: String
    /// `time,requested_kw,delivered_kw`: deviations from the baseline, + = up.
    public var deliveredCSV: String
    public var vehiclesCSV: String
    /// The plots, as SVG in figures.
    public var plots: String
    public var title: String

    /// `report.html`: one file, no script, nothing from outside.
    public func html(_ effort: TwinKPIs.Effort) -> String {
        let rows = self.figures(effort).map { name, value in
            "<tr><th>\(name)</th><td>\(value)</td></tr>"
        }.joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Self.escaped(self.title))</title>
            <style>\(Self.style)</style></head>
            <body><main>
            <h1>\(Self.escaped(self.title))</h1>
            <table>\(rows)</table>
            \(self.plots)
            \(self.misses)
            </main></body></html>

            """
    }

    private func figures(_ effort: TwinKPIs.Effort) -> [(String, String)] {
        let kpis = self.kpis
        let share =
            kpis.requested.wattSeconds > 0
            ? DecimalText.fraction(
                kpis.delivered.wattSeconds / 1_000 * 1_000
                    / max(kpis.requested.wattSeconds / 1_000, 1),
                of: 10) + " %" : "nothing was requested"
        var figures = [
            ("Stays", String(kpis.sessions)),
            (
                "Ready at departure",
                "\(kpis.readinessMet) of \(kpis.readinessMet + kpis.readinessMissed.count)"
            ),
            ("Requested", "\(TwinKPIs.kilowattHours(kpis.requested)) kWh"),
            ("Delivered", "\(TwinKPIs.kilowattHours(kpis.delivered)) kWh (\(share))"),
            (
                "Mean tracking error",
                "\(DecimalText.fraction(kpis.trackingMicro / 10, of: 1_000)) % of the award"
            ),
            ("Availability", "\(DecimalText.fraction(kpis.availabilityMicro / 100, of: 100)) %"),
            ("Charged", "\(TwinKPIs.kilowattHours(kpis.charged)) kWh"),
            ("Discharged", "\(TwinKPIs.kilowattHours(kpis.discharged)) kWh"),
            ("Equivalent full cycles", DecimalText.thousandths(kpis.fullCyclesMilli)),
            ("Energy cost", self.money(kpis.energyCost)), ("Wear cost", self.money(kpis.wearCost)),
            ("Capacity revenue", self.money(kpis.capacityRevenue)),
            ("Site limit violations", String(kpis.siteLimitViolations)),
            ("Set-point messages", String(kpis.setpointMessages)),
            ("Steps", "\(kpis.steps) in \(DecimalText.thousandths(effort.wallMilliseconds)) s"),
        ]
        if let score = kpis.score {
            let total = Int((score.total * 1_000).rounded())
            figures.insert(("Performance score", DecimalText.thousandths(total)), at: 5)
        }
        return figures
    }

    private func money(_ money: Money) -> String { "\(money.decimal) \(money.currency.rawValue)" }

    private var misses: String {
        guard !self.kpis.readinessMissed.isEmpty else { return "" }
        let rows = self.kpis.readinessMissed.map {
            "<tr><td>\(Self.escaped($0.vehicle.rawValue))</td><td>\(Self.escaped($0.reason))</td></tr>"
        }
        return "<h2>Targets missed</h2><table>\(rows.joined(separator: "\n"))</table>"
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    static let style = """
        :root{--ink:#1b2430;--paper:#fff;--soft:#6b7683;--grid:#e4e8ec;--c1:#0b6bcb;--c2:#d9480f;--c3:#2b8a3e;--c4:#862e9c}
        @media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--paper:#12171d;--soft:#94a1ae;--grid:#2a333d;--c1:#5aa9f5;--c2:#ff8a50;--c3:#69db7c;--c4:#cc8fe0}}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        main{max-width:60rem;margin:0 auto;padding:1.5rem}
        h1{font-size:1.4rem}h2{font-size:1.1rem}
        table{border-collapse:collapse;margin:1rem 0}th,td{padding:.2rem 1rem .2rem 0;text-align:left;font-weight:400}
        th{color:var(--soft)}td{font-variant-numeric:tabular-nums}
        figure{margin:1.5rem 0}figcaption{font-weight:600}.unit{color:var(--soft);font-weight:400}
        svg{width:100%;height:auto}.grid{stroke:var(--grid)}.tick{fill:var(--soft);font-size:11px;dominant-baseline:middle}
        .line{fill:none;stroke-width:1.5}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}.c4{stroke:var(--c4)}
        .key{margin-left:1rem;font-weight:400}.key::before{content:"— "}
        .k1{color:var(--c1)}.k2{color:var(--c2)}.k3{color:var(--c3)}.k4{color:var(--c4)}
        """
}
