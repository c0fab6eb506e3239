/// Decisions of drivers, owners, sites and the network over what is moved: they are only added.
extension Migration {
    static let overrides = Migration(
        id: 3,
        statements: [
            "CREATE TABLE overrides (\(place), at BIGINT NOT NULL, kind TEXT NOT NULL, is_over BIGINT NOT NULL,"
                + " source TEXT NOT NULL, vehicle TEXT NOT NULL, owner TEXT NOT NULL, station TEXT NOT NULL,"
                + " evse BIGINT NOT NULL, body TEXT NOT NULL,"
                + " PRIMARY KEY (at, kind, is_over, source, vehicle, station, evse))",
            "CREATE INDEX overrides_at ON overrides (tenant, at)",
        ], sqlite: appendOnly("overrides", .sqlite),
        postgreSQL: appendOnly("overrides", .postgreSQL) + rowSecurity("overrides"))
}
