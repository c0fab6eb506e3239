package import Domain

// Which charging points stand at which site.
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
}
