package import Domain
import Foundation

extension Store {
    /// Issues a statement under the tenant's next number. Where the latest of the owner, period and currency says the
    /// same, that one stands and is returned.
    /// - Parameter documents: by the number that it gets (nil: as a draft says it) and the one that it takes the place of.
    package func issue(
        tenant: TenantID, owner: OwnerID, period: String, currency: Currency, at now: Instant,
        documents: @escaping @Sendable (_ number: Int?, _ replaces: Int?) -> [String: String]
    ) async throws -> IssuedStatement {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            let before = try session.statements(
                "owner = ? AND period = ? AND currency = ? ORDER BY number DESC LIMIT 1",
                [.text(owner.rawValue), .text(period), .text(currency.rawValue)], tenant: tenant
            ).first
            if let before, before.documents == documents(before.number, before.replaces) { return before }
            let last = try session.query(
                "SELECT MAX(number) AS n FROM statements WHERE tenant = ?", [.text(tenant.rawValue)]
            ).first?.optionalInteger("n")
            let number = (last ?? 0) + 1
            let issued = IssuedStatement(
                number: number, owner: owner, period: period, currency: currency, issuedAt: now,
                replaces: before?.number, documents: documents(number, before?.number))
            let isNew = try session.insertOnce(
                "statements", tenant: tenant, zone: "", region: "",
                [
                    ("number", .integer(number)), ("owner", .text(owner.rawValue)), ("period", .text(period)),
                    ("currency", .text(currency.rawValue)), ("issued_at", .integer(now.microseconds)),
                    ("replaces", SQLValue(issued.replaces)), ("body", try json(issued.documents)),
                ])
            guard isNew else {
                throw StorageError(.constraint, "another statement got number \(number) just now: issue it again")
            }
            return issued
        }
    }

    /// An owner's issued statements, the newest first.
    package func statements(tenant: TenantID, owner: OwnerID, limit: Int = 100) async throws -> [IssuedStatement] {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            try session.statements(
                "owner = ? ORDER BY number DESC LIMIT ?", [.text(owner.rawValue), .integer(limit)], tenant: tenant)
        }
    }

    /// A statement by its number.
    package func statement(tenant: TenantID, number: Int) async throws -> IssuedStatement? {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            try session.statements("number = ?", [.integer(number)], tenant: tenant).first
        }
    }
}

extension SQLSession {
    fileprivate func statements(
        _ condition: String, _ values: [SQLValue], tenant: TenantID
    ) throws -> [IssuedStatement] {
        try self.query("SELECT * FROM statements WHERE tenant = ? AND \(condition)", [.text(tenant.rawValue)] + values)
            .map { row in
                IssuedStatement(
                    number: try row.integer("number"), owner: OwnerID(try row.text("owner")),
                    period: try row.text("period"), currency: Currency(rawValue: try row.text("currency")),
                    issuedAt: Instant(microseconds: try row.integer("issued_at")),
                    replaces: row.optionalInteger("replaces"),
                    documents: try decoded(row, [String: String].self))
            }
    }
}
