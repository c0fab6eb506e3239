import Domain
import Foundation
import Storage

extension Store {
    /// The newest signals of a resource that were sent since then, newest first.
    func signals(
        tenant: TenantID, resource: ResourceID, since: Instant, limit: Int
    ) async throws -> [GridSignal] {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            try session.query(
                "SELECT body FROM signals WHERE tenant = ? AND resource = ? AND sent_at >= ?"
                    + " ORDER BY sent_at DESC LIMIT ?",
                [
                    .text(tenant.rawValue), .text(resource.rawValue),
                    .integer(since.microseconds), .integer(limit),
                ]
            ).map {
                try JSONDecoder().decode(GridSignal.self, from: Data(try $0.text("body").utf8))
            }
        }
    }

    /// Whether a row of that id is the tenant's, in a table whose ids are unique over all tenants.
    func owns(_ table: EnrolledTable, _ id: String, tenant: TenantID) async throws -> Bool {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            try !session.query(
                "SELECT id FROM \(table.rawValue) WHERE tenant = ? AND id = ?",
                [.text(tenant.rawValue), .text(id)]
            ).isEmpty
        }
    }
}

enum EnrolledTable: String, Sendable {
    case sites
    case vehicles
}
