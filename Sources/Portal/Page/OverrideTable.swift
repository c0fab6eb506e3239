import Domain

/// Decisions of drivers, owners, sites and the network over what is moved: who, what, when, and what it was before.
enum OverrideTable {
    /// Most rows of the table.
    static let most = 100

    /// - Parameter records: newest first; nil while the database is away.
    static func html(_ records: [OverrideRecord]?) -> HTML {
        guard let records else { return "<p class=\"empty\">The database is away: the records are there.</p>" }
        let rows = records.prefix(self.most).map { record -> [HTML] in
            let place = record.station.map { "\($0) \(record.evse ?? 0)" } ?? "–"
            return [
                "\(Format.time(record.at))", "\(self.text(record))", "\(record.source)",
                "\(record.vehicle?.rawValue ?? "–")", "\(place)", "\(record.before)", "\(record.after)",
            ]
        }
        return Layout.table(
            ["When", "What", "By", "Vehicle", "Station", "Before", "After"], rows,
            empty: "Nobody else decided over what is moved in the last 24 hours.")
    }

    private static func text(_ record: OverrideRecord) -> String {
        switch (record.kind, record.isOver) {
        case (.priority, false): "priority charging"
        case (.priority, true): "priority charging is over"
        case (.limit, false): "a limit from outside"
        case (.limit, true): "a limit from outside is lifted"
        case (.gridAlarm, false): "a grid alarm"
        case (.gridAlarm, true): "a grid alarm is over"
        case (.departure, _): "another departure"
        case (.target, _): "another target"
        case (.consent, false): "discharge agreed"
        case (.consent, true): "consent to discharge withdrawn"
        }
    }
}
