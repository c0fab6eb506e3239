import Domain
import Foundation
import Ledger
import Runtime
import Storage

/// Settles again what is known better now, and what contracts pay by the month: each difference is posted by taking the
/// old posting back.
struct SettlePosting {
    var store: Store
    var tenant: TenantID
    var now: Instant
    /// What is found is posted; else only counted.
    var posts: Bool
    var prices = MarketPrices()

    /// What was found, for people and machines.
    struct Outcome: Encodable {
        var again: [AwardID] = []
        var lateReadings = 0
        var doubledReadings = 0
        var missingSeconds = 0
        /// Days that are booked netted, by their postings.
        var days: [String] = []
        var months: [String] = []
        var transactions = 0

        var text: String {
            "\(self.again.count) blocks computed again (\(self.lateReadings) late readings, \(self.doubledReadings) doubled,"
                + " \(self.missingSeconds) seconds of points without readings),"
                + (self.days.isEmpty ? "" : " \(self.days.count) postings of days,")
                + " \(self.months.count) owners paid by the month, \(self.transactions) transactions"
        }
    }

    /// - Parameters:
    ///   - awards: all of them.
    ///   - isWanted: whether a block is looked at, by its award and when it begins.
    func blocks(
        _ blocks: SettledBlocks, _ awards: [Award], into outcome: inout Outcome,
        isWanted: (AwardID, Instant) -> Bool
    ) async throws {
        let settled = Set(blocks.awards.map(\.id))
        for (id, start) in blocks.awards where isWanted(id, start) {
            guard let block = try await blocks.latest(id) else { continue }
            let span = block.award.block
            let points = try await self.store.latePoints(
                tenant: self.tenant, in: span, after: block.settledAt,
                grace: block.revision == nil ? Rerun.grace : nil)
            guard !points.isEmpty || self.prices.covers(span) else { continue }
            var run = Rerun(block)
            let around = MarketInterval(start: span.start - .seconds(900), end: span.end + .seconds(900))
            for point in points {
                run.take(
                    try await self.store.readings(
                        tenant: self.tenant, station: point.station, evse: point.evse, in: around
                    ).map { PointReading($0.reading, vehicle: $0.vehicle) })
            }
            var samples: [DeliverySample] = []
            var from = span.start
            // A score may look a moment behind the block.
            while from < span.end + .seconds(2) {
                let to = min(from + .hours(1), span.end + .seconds(2))
                samples += try await self.store.samples(
                    tenant: self.tenant, resource: block.award.resource, in: MarketInterval(start: from, end: to))
                from = to
            }
            let award = block.award
            let isShared = awards.contains {
                $0.resource == award.resource && $0.product == award.product && $0.direction != award.direction
                    && $0.block.overlaps(span) && settled.contains($0.id)
            }
            let found = run.outcome(samples, at: self.now, prices: self.prices, isShared: isShared)
            outcome.lateReadings += found.late
            outcome.doubledReadings += found.doubled
            outcome.missingSeconds += found.missing
            guard let new = found.block else { continue }
            let postings = Rerun.postings(from: block, to: new)
            outcome.again.append(block.award.id)
            outcome.transactions += postings.count
            guard self.posts else { continue }
            try await self.store.post(postings, again: new, zone: "")
        }
    }

    /// Days whose blocks are booked netted.
    func days(
        _ days: SettleDays, into outcome: inout Outcome, isWanted: (AwardID, Instant) -> Bool
    ) async throws {
        var (booked, count) = ([String](), 0)
        try await days.each(at: self.now, isWanted: isWanted) { day in
            guard !day.postings.isEmpty else { return }
            booked.append(day.id)
            count += day.postings.count
            if self.posts { try await self.store.postInBulk(day.postings, zone: "") }
        }
        outcome.days += booked
        outcome.transactions += count
    }

    /// What contracts pay for a month that is over.
    func month(
        _ period: String, _ month: MarketInterval, _ blocks: SettledBlocks, into outcome: inout Outcome
    ) async throws {
        guard month.end <= self.now else { return }
        let history = try await self.store.contractHistory(tenant: self.tenant)
        var book = TenureBook()
        for version in history.versions { book.note(version, at: .distantPast) }
        let misses = Dictionary(grouping: try await self.store.misses(tenant: self.tenant, in: month), by: \.vehicle)
        let handovers = Dictionary(grouping: history.handovers, by: \.vehicle)
        var earned: [VehicleID: [(at: Instant, contract: ContractID, amount: Money)]] = [:]
        for award in blocks.awards where month.contains(award.start) {
            for share in try await blocks.latest(award.id)?.shares ?? [] {
                earned[share.vehicle, default: []].append((award.start, share.contract, share.earned))
            }
        }
        var stays: [OwnerID: [MonthSettlement.Stay]] = [:]
        var index = 0
        // Cars that were handed over are found with their present owners.
        for owner in try await self.store.owners(tenant: self.tenant) {
            for vehicle in try await self.store.vehicles(tenant: self.tenant, owner: owner.id) {
                for handover in handovers[vehicle.id] ?? [] {
                    book.note(index, until: handover.until, under: handover.contract)
                }
                for stay in Self.stays(
                    vehicle, book.parts(of: index, vehicle.contract, in: month), handovers[vehicle.id] ?? [], month,
                    earned[vehicle.id] ?? [], misses[vehicle.id]?.map(\.at) ?? [])
                {
                    stays[stay.terms.owner, default: []].append(stay)
                }
                index += 1
            }
        }
        try await self.post(stays, period, month, into: &outcome)
    }

    /// One stay for each part of the month that a car was under a contract, with what it earned and missed in it.
    private static func stays(
        _ vehicle: VehicleTerms, _ parts: [TenureBook.Part],
        _ handovers: [(vehicle: VehicleID, until: Instant, contract: ContractID)], _ month: MarketInterval,
        _ earned: [(at: Instant, contract: ContractID, amount: Money)], _ misses: [Instant]
    ) -> [MonthSettlement.Stay] {
        parts.map { part in
            let span = MarketInterval(start: part.start, end: part.start + .seconds(part.seconds))
            let amounts = earned.filter {
                $0.contract == part.terms.id && span.contains($0.at) && $0.amount.currency == part.terms.currency
            }
            return MonthSettlement.Stay(
                vehicle: vehicle.id, terms: part.terms, seconds: part.seconds,
                earned: amounts.reduce(.zero(part.terms.currency)) { $0 + $1.amount },
                misses: misses.count { span.contains($0) })
        }
    }

    private func post(
        _ stays: [OwnerID: [MonthSettlement.Stay]], _ period: String, _ month: MarketInterval,
        into outcome: inout Outcome
    ) async throws {
        let settlement = MonthSettlement(period: period, month: month, tenant: self.tenant, region: "")
        for (owner, own) in stays.sorted(by: { $0.key < $1.key }) {
            for wanted in settlement.transactions(settlement.lines(own), owner: owner, at: self.now) {
                var known: [String: LedgerTransaction] = [:]
                var name = wanted.id
                while let posted = try await self.store.transaction(tenant: self.tenant, id: name) {
                    known[name] = posted
                    name = "\(wanted.id):r\(known.count)"
                }
                let postings = MonthSettlement.postings(wanted) { known[$0] }
                guard !postings.isEmpty else { continue }
                outcome.months.append(owner.rawValue)
                outcome.transactions += postings.count
                if self.posts { try await self.store.post(postings, zone: "") }
            }
        }
    }
}
