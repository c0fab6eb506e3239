/// What the meters at sites' boundaries measured. Of two rows of a site for one instant the first stands.
extension Migration {
    static let siteMeters = Migration(
        id: 7,
        statements: [
            "CREATE TABLE site_meters (\(place), site TEXT NOT NULL, at BIGINT NOT NULL, seconds BIGINT NOT NULL,"
                + " watts BIGINT NOT NULL, received_at BIGINT NOT NULL, PRIMARY KEY (tenant, site, at))"
        ], sqlite: appendOnly("site_meters", .sqlite),
        postgreSQL: appendOnly("site_meters", .postgreSQL) + rowSecurity("site_meters"))
}
