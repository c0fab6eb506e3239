package import Domain
import Foundation

/// The rows of the product in a ``Database``: records in, queries out. Thin: one value, no state.
package struct Store: Sendable {
    package let database: any Database

    package init(database: any Database) {
        self.database = database
    }

    /// Applies records in order as one transaction, each once however often it comes, and moves the
    /// watermark of `source` up to `watermark`. Rows get `zone`.
    /// - Throws: `fenced` when the zone has a newer epoch than `epoch`; nothing is applied then.
    package func apply(
        _ records: [Record], zone: ZoneID, epoch: Epoch?, source: String, upTo watermark: UInt64
    ) async throws {
        try await self.database.transaction(as: .service) { session in
            // The row stays locked until the commit, so no newer epoch is minted between check and write.
            let lock = session.dialect == .postgreSQL ? " FOR SHARE" : ""
            let minted = try session.query(
                "SELECT epoch FROM epochs WHERE zone = ?" + lock, [.text(zone.rawValue)])
            if let epoch, let newest = try minted.first?.integer("epoch"), newest > Int(epoch.value) {
                throw StorageError(
                    .fenced, "zone \(zone) is led under epoch \(newest): epoch \(epoch.value) may not write")
            }
            try session.insert(records, zone: zone.rawValue)
            try session.execute(
                "INSERT INTO watermarks (source, value) VALUES (?, ?) ON CONFLICT (source) DO UPDATE"
                    + " SET value = excluded.value WHERE watermarks.value < excluded.value",
                [.text(source), .integer(Int(watermark))])
        }
    }

    /// Up to where the records of `source` have been applied; 0 at first.
    package func watermark(of source: String) async throws -> UInt64 {
        try await self.database.transaction(as: .service) { session in
            let rows = try session.query(
                "SELECT value FROM watermarks WHERE source = ?", [.text(source)])
            return UInt64(try rows.first?.integer("value") ?? 0)
        }
    }

    /// Mints the next epoch of a zone if `expected` is the newest one (0: none yet); nil when another was faster.
    package func mintEpoch(of zone: ZoneID, expecting expected: Epoch) async throws -> Epoch? {
        try await self.database.transaction(as: .service) { session in
            try session.execute(
                "INSERT INTO epochs (zone, epoch) VALUES (?, 0) ON CONFLICT DO NOTHING",
                [.text(zone.rawValue)])
            let changed = try session.execute(
                "UPDATE epochs SET epoch = epoch + 1 WHERE zone = ? AND epoch = ?",
                [.text(zone.rawValue), .integer(Int(expected.value))])
            return changed == 1 ? Epoch(expected.value + 1) : nil
        }
    }

    /// The newest epoch of a zone; 0 when none was minted.
    package func epoch(of zone: ZoneID) async throws -> Epoch {
        try await self.database.transaction(as: .service) { session in
            let rows = try session.query(
                "SELECT epoch FROM epochs WHERE zone = ?", [.text(zone.rawValue)])
            return Epoch(UInt32(try rows.first?.integer("epoch") ?? 0))
        }
    }
}

func json(_ value: some Encodable) throws -> SQLValue {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return .text(String(decoding: try encoder.encode(value), as: UTF8.self))
}

func decoded<Value: Decodable>(_ row: SQLRow, _ type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(try row.text("body").utf8))
}
