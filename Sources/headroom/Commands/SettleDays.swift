import Domain
import Ledger
import Storage

/// Books days whose blocks have no postings of their own: netted to one entry a car, once the day is over.
struct SettleDays {
    var store: Store
    var tenant: TenantID
    var blocks: SettledBlocks
    /// Days that end after this are not over.
    var limit: Instant

    /// One posting of a day.
    struct Found {
        /// What its first posting is called.
        var id: String
        /// When the day is over.
        var end: Instant
        /// Its postings that are there, by their names.
        var booked: [String]
        /// What is to be posted.
        var postings: [LedgerTransaction]
    }

    /// What is to be posted for each day in which such blocks begin; one day at a time is in memory.
    /// - Parameter isWanted: whether a day is looked at that has a block which begins then.
    func each(
        at now: Instant, isWanted: (AwardID, Instant) -> Bool,
        _ body: (Found) async throws -> Void
    ) async throws {
        let days = Dictionary(grouping: self.blocks.awards) { Self.day($0.start) }
        for (day, awards) in days.sorted(by: { $0.key < $1.key }) {
            let end = Instant(seconds: (day + 1) * 86_400)
            guard end <= self.limit,
                awards.contains(where: { isWanted($0.id, $0.start) })
            else { continue }
            var settlements: [String: DaySettlement] = [:]
            for award in awards {
                // Most have postings of their own: their shares are not asked for.
                let head = try await self.store.settledBlock(tenant: self.tenant, award: award.id, shares: false)
                guard head?.isNetted == true, let block = try await self.blocks.latest(award.id) else { continue }
                let empty = DaySettlement(of: block)
                settlements[empty.ids[0], default: empty].add(block)
            }
            for settlement in settlements.sorted(by: { $0.key < $1.key }).map(\.value) {
                for found in try await self.found(settlement, at: now, end: end) { try await body(found) }
            }
        }
    }

    private func found(_ day: DaySettlement, at now: Instant, end: Instant) async throws -> [Found] {
        var all: [Found] = []
        let wanted = day.transactions(at: now)
        for id in day.ids {
            var known: [String: LedgerTransaction] = [:]
            var name = id
            while let posted = try await self.store.transaction(tenant: self.tenant, id: name) {
                known[name] = posted
                let reversal = "reverse:\(name)"
                known[reversal] = try await self.store.transaction(tenant: self.tenant, id: reversal)
                name = "\(id):r\(known.count { !$0.key.hasPrefix("reverse:") })"
            }
            let postings = DaySettlement.postings(id, wanted: wanted.first { $0.id == id }, at: now) { known[$0] }
            all.append(Found(id: id, end: end, booked: known.keys.filter { $0.hasPrefix(id) }, postings: postings))
        }
        return all
    }

    private static func day(_ instant: Instant) -> Int {
        let seconds = instant.seconds
        return seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    }
}
