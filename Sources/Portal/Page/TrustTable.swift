import Domain

/// What the database has of trust records: how many points have which verdict, and those that changed last.
package struct StationTrusts: Hashable, Sendable {
    /// Most of the latest ones.
    static let most = 100

    var counts: [TrustRecord.Verdict: Int]
    var latest: [TrustRecord]
}

/// What stations have proven by their meters, those that changed last first.
enum TrustTable {
    /// - Parameter known: nil while the database is away.
    static func html(_ known: StationTrusts?) -> HTML {
        guard let known else { return "<p class=\"empty\">The database is away: the records are there.</p>" }
        let counts = TrustRecord.Verdict.allCases.compactMap { verdict in
            known.counts[verdict].map { "\($0) \(self.text(verdict))" }
        }
        let table = Layout.table(
            [
                "Station", "Verdict", "First change", "Full response", "Ramp", "Gain", "Offset", "Step",
                "Not followed", "Last change",
            ], known.latest.map(self.row), empty: "No station has answered three dispatches yet.")
        return counts.isEmpty ? table : "<p>\(counts.joined(separator: ", ")) charging points.</p>\(table)"
    }

    private static func row(_ record: TrustRecord) -> [HTML] {
        let isSold = record.verdict == .proven || record.verdict == .unproven
        func number(_ text: String?) -> HTML { "<span class=\"n\">\(text ?? "–")</span>" }
        return [
            "\(record.station) \(record.evse)",
            "<span class=\"\(isSold ? "good" : "bad")\">\(self.text(record.verdict))</span>",
            number(record.delay.map(self.text)), number(record.fullResponse.map(self.text)),
            number(record.rampPerSecond.map { "\(Format.power($0.watts))/s" }),
            number(Format.share(record.gainPerMille * 10)), number(record.offset.map { "\($0.watts) W" }),
            number(record.step.map { "\($0.watts) W" }), number("\(record.missed) of \(record.seen)"),
            "\(Format.time(record.at))",
        ]
    }

    private static func text(_ bounds: ResponseBounds) -> String {
        "\(Format.seconds(bounds.least)) to \(Format.seconds(bounds.most)) s"
    }

    private static func text(_ verdict: TrustRecord.Verdict) -> String {
        switch verdict {
        case .unproven: "not yet proven"
        case .proven: "proven"
        case .derated: "delivers less"
        case .withheld: "not sold"
        case .ignoring: "accepts and ignores"
        }
    }
}
