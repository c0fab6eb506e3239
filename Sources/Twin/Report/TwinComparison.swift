/// Two runs side by side: what `headroom twin compare` writes. Reads the `kpis.json` that ``TwinKPIs`` wrote.
public struct TwinComparison: Hashable, Sendable {
    public struct Row: Hashable, Sendable {
        public var key: String
        public var a: String
        public var b: String
        /// b − a where both are numbers.
        public var change: String?
    }
    public var rows: [Row]

    /// Compares two files; an error names the one that is no `kpis.json`.
    public init(a: String, b: String, names: (a: String, b: String)) throws(TwinError) {
        let left = try Self.members(of: a, name: names.a)
        let right = try Self.members(of: b, name: names.b)
        let values = Dictionary(right, uniquingKeysWith: { first, _ in first })
        self.rows = left.compactMap { key, value in
            guard let other = values[key] else { return nil }
            return Row(key: key, a: value, b: other, change: Self.change(from: value, to: other))
        }
    }

    /// `comparison.json`.
    public var json: String {
        let members = self.rows.map { row in
            let change = row.change.map { ", \"change\": \($0)" } ?? ""
            return "  \"\(row.key)\": {\"a\": \(row.a), \"b\": \(row.b)\(change)}"
        }
        return "{\n" + members.joined(separator: ",\n") + "\n}\n"
    }

    /// `comparison.html`.
    public func html(names: (a: String, b: String)) -> String {
        let rows = self.rows.map { row in
            let cells = [row.key, row.a, row.b, row.change ?? ""].map {
                "<td>\(TwinReport.escaped($0))</td>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>Headroom twin: comparison</title>
            <style>\(TwinReport.style)</style></head>
            <body><main><h1>Two runs side by side</h1>
            <table><tr><th>figure</th><th>\(TwinReport.escaped(names.a))</th><th>\(TwinReport.escaped(names.b))</th><th>change</th></tr>
            \(rows.joined(separator: "\n"))
            </table></main></body></html>

            """
    }

    /// Members in order: each stands on a line of its own in the files that this module writes.
    private static func members(of text: String, name: String) throws(TwinError) -> [(
        String, String
    )] {
        var members: [(String, String)] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard line.hasPrefix("  \""), let mark = line.firstRange(of: "\": ") else { continue }
            var value = line[mark.upperBound...]
            if value.last == "," { value.removeLast() }
            members.append((String(line[..<mark.lowerBound].dropFirst(3)), String(value)))
        }
        guard members.contains(where: { $0.0 == "sessions" }) else {
            throw TwinError(.malformedFile, "\(name): not a kpis.json of `headroom twin run`")
        }
        return members
    }

    private static func change(from a: String, to b: String) -> String? {
        func number(_ text: String) -> Double? {
            Double(text.hasPrefix("\"") ? String(text.dropFirst().dropLast()) : text)
        }
        guard let a = number(a), let b = number(b), abs(a) < 1e12, abs(b) < 1e12 else { return nil }
        return DecimalText.fraction(Int(((b - a) * 1_000_000).rounded()), of: 1_000_000)
    }
}
