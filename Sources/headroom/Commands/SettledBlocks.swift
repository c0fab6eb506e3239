import Domain
import Ledger
import Storage

/// The settled blocks of a tenant, of which one at a time is in memory: those of a large fleet are too long for more.
struct SettledBlocks {
    private let store: Store
    private let tenant: TenantID
    /// Awards with when their blocks begin, in the order of their ids.
    let awards: [(id: AwardID, start: Instant)]
    /// How often a block was computed again.
    private let later: [AwardID: Int]

    init(_ store: Store, _ tenant: TenantID) async throws {
        (self.store, self.tenant) = (store, tenant)
        self.awards = try await pages { try await store.settledAwards(tenant: tenant, after: $0?.id) }
        self.later = Dictionary(
            try await store.revisionNumbers(tenant: tenant).map { ($0.award, $0.revision) }, uniquingKeysWith: max)
    }

    /// A block as it was settled at first.
    func first(_ award: AwardID) async throws -> BlockResult? {
        try await self.store.settledBlock(tenant: self.tenant, award: award)
    }

    /// Its last computation.
    func latest(_ award: AwardID) async throws -> BlockResult? {
        guard let revision = self.later[award] else { return try await self.first(award) }
        return try await self.store.settledBlock(tenant: self.tenant, award: award, revision: revision)
    }

    /// Every computation of every block.
    func each(_ body: (BlockResult) async throws -> Void) async throws {
        for award in self.awards.map(\.id) {
            if let first = try await self.first(award) { try await body(first) }
            guard let last = self.later[award] else { continue }
            for revision in 0...last {
                let again = try await self.store.settledBlock(tenant: self.tenant, award: award, revision: revision)
                if let again { try await body(again) }
            }
        }
    }

    /// What is posted for a computation, by id.
    func postings(of block: BlockResult) async throws -> [String: LedgerTransaction] {
        var found: [String: LedgerTransaction] = [:]
        for id in Settlement.postingIDs(of: block) {
            found[id] = try await self.store.transaction(tenant: self.tenant, id: id)
        }
        return found
    }
}
