/// One second of the plot: frequency, requested and delivered power (deviations from baseline, + = up).
package struct PlotPoint: Hashable, Sendable {
    /// Seconds since 1970.
    package var second: Int
    package var milliHertz: Int?
    package var requestedWatts: Int
    package var deliveredWatts: Int

    package init(second: Int, milliHertz: Int?, requestedWatts: Int, deliveredWatts: Int) {
        self.second = second
        self.milliHertz = milliHertz
        self.requestedWatts = requestedWatts
        self.deliveredWatts = deliveredWatts
    }
}

/// Draws frequency over power on one time axis, as inline SVG without any script.
package enum LivePlot {
    private static let width = 900
    private static let left = 62
    private static let right = 880
    private static let frequencyBand = (top: 14, bottom: 120)
    private static let powerBand = (top: 146, bottom: 320)

    /// - Parameter nominal: the region's frequency in mHz, a line of its own.
    package static func svg(_ points: [PlotPoint], nominal: Int = 50_000) -> HTML {
        guard let first = points.first, let last = points.last, last.second > first.second else {
            return "<p class=\"empty\">The plot starts with the first metered seconds.</p>"
        }
        let span = last.second - first.second
        func x(_ second: Int) -> Int { self.left + (second - first.second) * (self.right - self.left) / span }
        let frequencies = points.compactMap(\.milliHertz)
        let low = min(nominal - 200, (frequencies.min() ?? nominal) / 100 * 100)
        let high = max(nominal + 200, ((frequencies.max() ?? nominal) + 99) / 100 * 100)
        let powers = points.flatMap { [$0.requestedWatts, $0.deliveredWatts] }
        let (bottom, top) = self.powerRange(low: powers.min() ?? 0, high: powers.max() ?? 0)
        func hertz(_ value: Int) -> Int { self.scale(value, low, high, self.frequencyBand) }
        func watts(_ value: Int) -> Int { self.scale(value, bottom, top, self.powerBand) }
        let frequency = points.compactMap { point in point.milliHertz.map { (x(point.second), hertz($0)) } }
        return """
            <svg viewBox="0 0 \(self.width) 350" role="img" aria-label="Grid frequency, requested and delivered power">
            \(self.rules([low, nominal, high].map { (hertz($0), self.decimal($0, 1_000, "Hz")) }))
            \(self.rules(Set([bottom, 0, top]).sorted().map { (watts($0), self.decimal($0, 1_000, "kW")) }))
            \(self.clock(first.second, last.second, x))
            \(self.line("frequency", frequency))
            \(self.line("requested", points.map { (x($0.second), watts($0.requestedWatts)) }))
            \(self.line("delivered", points.map { (x($0.second), watts($0.deliveredWatts)) }))
            </svg>
            """
    }

    /// Explains the colours; stands beside the plot.
    package static let key: HTML = """
        <p class="key"><span><i style="background:var(--freq)"></i>Grid frequency</span>
        <span><i style="background:var(--down)"></i>Requested</span>
        <span><i style="background:var(--up)"></i>Delivered, as metered</span></p>
        """

    private static func powerRange(low: Int, high: Int) -> (Int, Int) {
        func step(_ value: Int) -> Int { (value + 99_999) / 100_000 * 100_000 }
        return (low < 0 ? -step(-low) : 0, max(100_000, step(high)))
    }

    private static func scale(_ value: Int, _ low: Int, _ high: Int, _ band: (top: Int, bottom: Int)) -> Int {
        band.bottom - (value - low) * (band.bottom - band.top) / max(1, high - low)
    }

    private static func line(_ name: String, _ points: [(Int, Int)]) -> HTML {
        let path = points.map { "\($0.0),\($0.1)" }.joined(separator: " ")
        return "<polyline class=\"\(name)\" points=\"\(path)\"/>"
    }

    private static func rules(_ rules: [(y: Int, text: String)]) -> HTML {
        .join(
            rules.map { rule in
                """
                <line class="grid" x1="\(self.left)" x2="\(self.right)" y1="\(rule.y)" y2="\(rule.y)"/>
                <text x="\(self.left - 6)" y="\(rule.y + 4)" text-anchor="end">\(rule.text)</text>
                """
            })
    }

    private static func clock(_ first: Int, _ last: Int, _ x: (Int) -> Int) -> HTML {
        let step = [15, 30, 60, 120, 300, 600, 3600].first { (last - first) / $0 <= 8 } ?? 7200
        let marks = stride(from: (first + step - 1) / step * step, through: last, by: step)
        return .join(
            marks.map { second in
                let day = second % 86_400
                let parts = [day / 3600, day / 60 % 60, day % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
                return
                    "<text x=\"\(x(second))\" y=\"342\" text-anchor=\"middle\">\(parts.joined(separator: ":"))</text>"
            })
    }

    private static func decimal(_ value: Int, _ divisor: Int, _ unit: String) -> String {
        let rest = (value.magnitude % UInt(divisor)) / UInt(divisor / 10)
        return "\(value < 0 ? "−" : "")\(value.magnitude / UInt(divisor))\(rest == 0 ? "" : ".\(rest)") \(unit)"
    }
}
