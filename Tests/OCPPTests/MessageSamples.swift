@testable import OCPP

/// Makes messages out of their tables: the least that may be said, and all of it. Only tests need it.
struct MessageSamples {
    /// One line of a table.
    private struct Row {
        var path: [String]
        var kind: String
        var isRequired: Bool
        var rules: [String: String] = [:]

        init?(_ line: String) {
            let words = line.split(separator: " ").map(String.init)
            guard words.count >= 3 else { return nil }
            self.path = words[0].split(separator: ".").dropFirst().map(String.init)
            self.kind = words[1]
            self.isRequired = words[2] == "required"
            for word in words.dropFirst(3) {
                let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
                if parts.count == 2 { self.rules[parts[0]] = parts[1] }
            }
        }
    }

    private let rows: [Row]
    private let name: String
    /// Parts that do not go with others, by message.
    static let left: [String: [String]] = [
        "SetDERControlRequest": [
            "enterService", "fixedPFAbsorb", "fixedPFInject", "fixedVar", "freqDroop", "gradient", "limitMaxDischarge",
        ]
    ]

    /// Optional parts that belong to the control type of the sample.
    static let kept = ["SetDERControlRequest": "curve"]

    /// `lines` are those of one message, `XRequest` or `XResponse`.
    init?(_ name: String, lines: [String]) {
        let own = lines.filter { $0.hasPrefix(name + " ") || $0.hasPrefix(name + ".") }
        guard !own.isEmpty, !own.contains("\(name).*") else { return nil }
        self.name = name
        self.rows = own.compactMap { Row($0) }
    }

    /// The message as JSON. `isFull`: with every optional field.
    func json(isFull: Bool) -> String { self.object(under: [], isFull: isFull) }

    private func object(under prefix: [String], isFull: Bool) -> String {
        var parts: [String] = []
        for row in self.rows where row.path.count == prefix.count + 1 && Array(row.path.dropLast()) == prefix {
            let isWanted = row.isRequired || isFull || (prefix.isEmpty && Self.kept[self.name] == row.path.last)
            guard isWanted, let last = row.path.last, !self.isLeft(last, under: prefix) else {
                continue
            }
            parts.append("\"\(last.prefix { $0 != "[" })\":\(self.value(row, isFull: isFull))")
        }
        return "{" + parts.joined(separator: ",") + "}"
    }

    private func isLeft(_ name: String, under prefix: [String]) -> Bool {
        if prefix.isEmpty, Self.left[self.name]?.contains(name) == true { return true }
        // A schedule has one kind of prices.
        return ["absolutePriceSchedule", "priceLevelSchedule"].contains(name)
            && prefix.last?.hasPrefix("chargingSchedule") == true
    }

    private func value(_ row: Row, isFull: Bool) -> String {
        let one =
            switch row.kind {
            case "object": self.object(under: row.path, isFull: isFull)
            // A control that is not the default may have a time.
            case "boolean": row.path.last == "isDefault" ? "false" : "true"
            case "date-time": "\"2026-11-23T20:00:00Z\""
            case "integer", "number": self.number(row)
            case "any": "{\"x\":[1,\"y\"]}"
            default: self.text(row)
            }
        return row.path.last?.hasSuffix("[]") == true ? "[\(one)]" : one
    }

    private func number(_ row: Row) -> String {
        let greatest = row.rules["greatest"].flatMap { Int($0) }
        if let least = row.rules["least"].flatMap({ Int($0) }) { return String(min(least + 1, greatest ?? Int.max)) }
        if let greatest { return String(greatest - 1) }
        // 2.0.1 has whole numbers where we read any.
        return row.kind == "integer" || self.name == "NotifyEVChargingNeedsRequest" ? "7" : "7.5"
    }

    private func text(_ row: Row) -> String {
        let name = row.path.last.map { String($0.prefix { $0 != "[" }) } ?? ""
        if name == "controlType" { return "\"FreqWatt\"" }
        if let words = row.rules["words"] { return "\"\(words.split(separator: "|").first ?? "")\"" }
        if name.hasSuffix("TimeOfDay") { return "\"08:30\"" }
        if name.hasPrefix("valid"), name.hasSuffix("Date") { return "\"2026-11-23\"" }
        return "\"\(name.prefix(row.rules["length"].flatMap { Int($0) } ?? 64))\""
    }
}
