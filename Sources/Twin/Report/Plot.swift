/// A line plot as inline SVG: no script, no outside file, colours by class so that a page can theme it.
struct Plot {
    struct Line {
        var label: String
        /// 1 … 4, the class `c1` … `c4` of the page's style.
        var colour: Int
        /// (seconds since the start, value)
        var points: [(x: Double, y: Double)]
    }
    /// More points than this a line are drawn as the extremes of equal stretches.
    static let mostPoints = 1_200
    static let size = (width: 960.0, height: 260.0)
    static let margin = (left: 64.0, right: 12.0, top: 14.0, bottom: 26.0)

    var title: String
    var unit: String
    var lines: [Line]

    func svg() -> String {
        let points = self.lines.flatMap(\.points)
        guard let first = points.first else { return "" }
        var low = (x: first.x, y: first.y)
        var high = low
        for point in points {
            low = (min(low.x, point.x), min(low.y, point.y))
            high = (max(high.x, point.x), max(high.y, point.y))
        }
        if high.y - low.y < 1e-9 { (low.y, high.y) = (low.y - 1, high.y + 1) }
        if high.x - low.x < 1e-9 { high.x = low.x + 1 }
        let scale = Scale(low: low, high: high)
        let step = Self.tick(for: high.y - low.y)
        var body = ""
        var value = (low.y / step).rounded(.up) * step
        while value <= high.y + step / 1_000 {
            let y = Self.text(scale.y(value))
            body +=
                "<line class=\"grid\" x1=\"64\" x2=\"948\" y1=\"\(y)\" y2=\"\(y)\"/>"
                + "<text class=\"tick\" x=\"58\" y=\"\(y)\" text-anchor=\"end\">\(Self.label(value, step))</text>"
            value += step
        }
        body += self.hours(scale, from: low.x, to: high.x)
        for line in self.lines {
            let path = Self.thinned(line.points)
                .map { "\(Self.text(scale.x($0.x))),\(Self.text(scale.y($0.y)))" }
                .joined(separator: " ")
            body += "<polyline class=\"line c\(line.colour)\" points=\"\(path)\"/>"
        }
        return
            "<figure><figcaption>\(self.title) <span class=\"unit\">\(self.unit)</span>\(self.legend)</figcaption>"
            + "<svg viewBox=\"0 0 960 260\" role=\"img\" aria-label=\"\(self.title)\">\(body)</svg></figure>\n"
    }

    private var legend: String {
        guard self.lines.count > 1 else { return "" }
        return self.lines.map { "<span class=\"key k\($0.colour)\">\($0.label)</span>" }.joined()
    }

    private struct Scale {
        var low: (x: Double, y: Double)
        var high: (x: Double, y: Double)

        func x(_ value: Double) -> Double {
            let width = Plot.size.width - Plot.margin.left - Plot.margin.right
            return Plot.margin.left + (value - self.low.x) / (self.high.x - self.low.x) * width
        }

        func y(_ value: Double) -> Double {
            let height = Plot.size.height - Plot.margin.top - Plot.margin.bottom
            return Plot.size.height - Plot.margin.bottom
                - (value - self.low.y) / (self.high.y - self.low.y) * height
        }
    }

    private func hours(_ scale: Scale, from start: Double, to end: Double) -> String {
        let span = end - start
        let choices = [10.0, 30, 60, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400]
        let step = choices.first { span / $0 <= 10 } ?? 86_400 * 7
        var text = ""
        var value = (start / step).rounded(.up) * step
        while value <= end {
            let label =
                step < 60
                ? "\(Int(value)) s"
                : step < 3_600 ? "\(Int(value / 60)) min" : "\(Int(value / 3_600)) h"
            text +=
                "<text class=\"tick\" x=\"\(Self.text(scale.x(value)))\" y=\"252\" text-anchor=\"middle\">\(label)</text>"
            value += step
        }
        return text
    }

    /// Keeps the least and the greatest of each of equal stretches, in their order.
    static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        guard points.count > self.mostPoints else { return points }
        let stretch = (points.count + self.mostPoints / 2 - 1) / (self.mostPoints / 2)
        var kept: [(x: Double, y: Double)] = []
        for start in stride(from: 0, to: points.count, by: stretch) {
            let part = points[start..<min(start + stretch, points.count)]
            guard let least = part.min(by: { $0.y < $1.y }),
                let most = part.max(by: { $0.y < $1.y })
            else { continue }
            kept += least.x <= most.x ? [least, most] : [most, least]
        }
        return kept
    }

    /// 1, 2 or 5 times a power of ten, so that about five lines are drawn.
    static func tick(for span: Double) -> Double {
        var unit = 1.0
        while unit * 10 < span / 2 { unit *= 10 }
        while unit > span { unit /= 10 }
        return [1.0, 2, 5, 10].map { $0 * unit }.first { span / $0 <= 6 } ?? unit * 10
    }

    /// Two places, written without a locale.
    static func text(_ value: Double) -> String {
        DecimalText.fraction(Int((value * 100).rounded()), of: 100)
    }

    private static func label(_ value: Double, _ step: Double) -> String {
        step >= 1
            ? String(Int(value.rounded()))
            : DecimalText.thousandths(Int((value * 1_000).rounded()))
    }
}
