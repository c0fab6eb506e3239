package import Domain
package import Twin

/// The stations' passwords, out of a file of `station_id,secret` lines. Never printed.
package struct Secrets: Sendable, CustomStringConvertible {
    private let byStation: [StationID: String]

    package static let none = Secrets(byStation: [:])

    private init(byStation: [StationID: String]) {
        self.byStation = byStation
    }

    package subscript(_ station: StationID) -> String? { self.byStation[station] }

    package var description: String { "\(self.byStation.count) secrets ••••" }

    /// Reads a CSV with a header, or just lines of `station_id,secret`.
    package static func read(_ text: String, name: String = "secrets.csv") throws(TwinError)
        -> Secrets
    {
        let hasHeader = text.hasPrefix("station_id")
        let table = try CSVTable(name: name, text: hasHeader ? text : "station_id,secret\n" + text)
        let station = try table.column("station_id")
        let secret = try table.column("secret")
        var byStation: [StationID: String] = [:]
        for row in table.rows {
            let reader = CSVRow(table: table, row: row)
            byStation[StationID(reader.text(station))] = reader.text(secret)
        }
        return Secrets(byStation: byStation)
    }
}
