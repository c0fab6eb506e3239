package import Domain

/// A row of the meter at a site's boundary: everything behind it, cars included.
package struct SiteMeterRow: Hashable, Sendable {
    package var site: SiteID
    package var at: Instant
    /// How long it holds, s, and the mean over it, W, + = load.
    package var seconds: Int
    package var watts: Int
    package var receivedAt: Instant

    package init(site: SiteID, at: Instant, seconds: Int, watts: Int, receivedAt: Instant) {
        self.site = site
        self.at = at
        self.seconds = seconds
        self.watts = watts
        self.receivedAt = receivedAt
    }
}

// Which charging points stand at which site, and what its own meter measured.
extension Store {
    /// The charging points of a resource's sites that were read in a time, by site.
    package func sitePoints(
        tenant: TenantID, resource: ResourceID, in period: MarketInterval
    ) async throws -> [(site: SiteID, station: StationID, evse: Int)] {
        try await self.rows(
            tenant,
            "SELECT DISTINCT sites.id AS site, readings.station AS station, readings.evse AS evse FROM readings"
                + " JOIN stations ON stations.id = readings.station AND stations.tenant = readings.tenant"
                + " JOIN sites ON sites.id = stations.site AND sites.tenant = stations.tenant"
                + " WHERE readings.tenant = ? AND readings.at >= ? AND readings.at < ? AND sites.resource = ?"
                + " ORDER BY site, station, evse",
            period.values + [.text(resource.rawValue)]
        ) { (SiteID(try $0.text("site")), StationID(try $0.text("station")), try $0.integer("evse")) }
    }

    /// What became of rows that came: stored, known already, and known as something else, where the first stands.
    package struct SiteMeterOutcome: Hashable, Sendable, Codable {
        package var stored = 0
        package var doubled = 0
        package var differing = 0
    }

    /// Keeps rows of sites' meters, all of them or, where a site is none of the tenant's, none.
    package func keep(_ rows: [SiteMeterRow], tenant: TenantID) async throws -> SiteMeterOutcome {
        let sites = try await self.regions(tenant: tenant)
        for site in Set(rows.map(\.site)).sorted() where sites[site] == nil {
            throw StorageError(.invalid, "\(site) is no site of \(tenant): enrol it first, or correct its name")
        }
        var outcome = SiteMeterOutcome()
        for first in stride(from: 0, to: rows.count, by: Record.mostInPart) {
            let part = Array(rows[first..<min(first + Record.mostInPart, rows.count)])
            let more = try await self.database.transaction(as: .service) { session in
                try session.keep(part, tenant: tenant, sites)
            }
            outcome.stored += more.stored
            outcome.doubled += more.doubled
            outcome.differing += more.differing
        }
        return outcome
    }

    /// Rows that hold somewhere in a time, by site and time; those of a day before it are looked through.
    package func siteMeterRows(tenant: TenantID, in period: MarketInterval) async throws -> [SiteMeterRow] {
        try await self.rows(
            tenant,
            "SELECT * FROM site_meters WHERE tenant = ? AND at >= ? AND at < ? AND at + seconds * 1000000 > ?"
                + " ORDER BY site, at",
            [
                .integer((period.start - .hours(24)).microseconds), .integer(period.end.microseconds),
                .integer(period.start.microseconds),
            ]
        ) { row in
            SiteMeterRow(
                site: SiteID(try row.text("site")), at: Instant(microseconds: try row.integer("at")),
                seconds: try row.integer("seconds"), watts: try row.integer("watts"),
                receivedAt: Instant(microseconds: try row.integer("received_at")))
        }
    }

    /// The regions and zones of a tenant's sites.
    private func regions(tenant: TenantID) async throws -> [SiteID: (region: RegionID, zone: String)] {
        let rows = try await self.rows(tenant, "SELECT id, region, zone FROM sites WHERE tenant = ?", []) {
            (SiteID(try $0.text("id")), (region: RegionID(try $0.text("region")), zone: try $0.text("zone")))
        }
        return Dictionary(rows, uniquingKeysWith: { first, _ in first })
    }
}

extension SQLSession {
    fileprivate func keep(
        _ rows: [SiteMeterRow], tenant: TenantID, _ sites: [SiteID: (region: RegionID, zone: String)]
    ) throws -> Store.SiteMeterOutcome {
        var outcome = Store.SiteMeterOutcome()
        for row in rows {
            let known = try self.query(
                "SELECT watts, seconds FROM site_meters WHERE tenant = ? AND site = ? AND at = ?",
                [.text(tenant.rawValue), .text(row.site.rawValue), .integer(row.at.microseconds)]
            ).first
            if let known {
                outcome.doubled += 1
                let isSame = try known.integer("watts") == row.watts && known.integer("seconds") == row.seconds
                outcome.differing += isSame ? 0 : 1
                continue
            }
            try self.insertOnce(
                "site_meters", tenant: tenant, zone: sites[row.site]?.zone ?? "",
                region: sites[row.site]?.region.rawValue ?? "",
                [
                    ("site", .text(row.site.rawValue)), ("at", .integer(row.at.microseconds)),
                    ("seconds", .integer(row.seconds)), ("watts", .integer(row.watts)),
                    ("received_at", .integer(row.receivedAt.microseconds)),
                ])
            outcome.stored += 1
        }
        return outcome
    }
}
