/// Shares of blocks that were computed again, in rows of their own: a block of a large fleet is too long for one.
extension Migration {
    static let again = Migration(
        id: 6,
        statements: [
            "CREATE TABLE revision_shares (\(place), award TEXT NOT NULL, revision BIGINT NOT NULL,"
                + " place BIGINT NOT NULL, vehicle TEXT NOT NULL, owner TEXT NOT NULL, starts BIGINT NOT NULL,"
                + " currency TEXT NOT NULL, earned BIGINT NOT NULL, body TEXT NOT NULL,"
                + " PRIMARY KEY (award, revision, place))",
            "CREATE INDEX revision_shares_owner ON revision_shares (tenant, owner, starts)",
        ], sqlite: appendOnly("revision_shares", .sqlite),
        postgreSQL: appendOnly("revision_shares", .postgreSQL) + rowSecurity("revision_shares"))
}
