import Domain
import Ledger
import Runtime
import Storage
import Twin

/// Sets what chargers delivered beside what the meters at their sites' boundaries saw of it.
struct SettleSites {
    var store: Store
    var tenant: TenantID
    /// Of a file; nil: what is stored counts.
    var file: SiteMeterTable?
    var reference: TimeSpan
    var tolerance: SiteReconciliation.Tolerance

    /// Reads the boundaries' meters; the error names the file.
    static func table(_ path: String) throws -> SiteMeterTable {
        let text = try TwinFiles.read(path)
        do {
            return try SiteMeterTable(csv: text) { Timestamp.parse($0) }
        } catch {
            throw RuntimeError(.failed, "\(path): \(error.message)")
        }
    }

    /// What the boundaries' meters say around a block.
    private func table(_ period: MarketInterval) async throws -> SiteMeterTable {
        if let file { return file }
        let rows = try await self.store.siteMeterRows(tenant: self.tenant, in: period)
        return SiteMeterTable(
            rows: Dictionary(grouping: rows, by: \.site).mapValues { own in
                own.map { .init(at: $0.at, watts: $0.watts, seconds: $0.seconds, receivedAt: $0.receivedAt) }
            })
    }

    /// Each site of the block that has a meter.
    func outcomes(_ block: BlockResult) async throws -> [SiteReconciliation.Outcome] {
        let empty = SiteReconciliation(award: block.award, site: "", reference: self.reference)
        let table = try await self.table(empty.wanted)
        guard !table.rows.isEmpty else { return [] }
        let points = try await self.store.sitePoints(
            tenant: self.tenant, resource: block.award.resource, in: empty.wanted)
        var sites: [SiteID: SiteReconciliation] = [:]
        /// Readings of each vehicle inside the block by site: it is counted where it has the most.
        var seen: [VehicleID: [SiteID: Int]] = [:]
        for point in points where table.rows[point.site] != nil {
            var site =
                sites[point.site]
                ?? SiteReconciliation(
                    award: block.award, site: point.site, reference: self.reference, settledAt: block.settledAt)
            let rows = try await self.store.readings(
                tenant: self.tenant, station: point.station, evse: point.evse, in: empty.wanted)
            site.take(rows.map(\.reading))
            sites[point.site] = site
            for row in rows where block.award.block.contains(row.reading.at) {
                if let vehicle = row.vehicle { seen[vehicle, default: [:]][point.site, default: 0] += 1 }
            }
        }
        let home = seen.compactMapValues { $0.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key }
        var delivered: [SiteID: Energy] = [:]
        for share in block.shares {
            guard let site = home[share.vehicle] else { continue }
            delivered[site] = (delivered[site] ?? .zero) + share.delivered
        }
        return sites.sorted { $0.key < $1.key }.map { site, reconciliation in
            reconciliation.outcome(table, delivered: delivered[site] ?? .zero, tolerance: self.tolerance)
        }
    }
}
