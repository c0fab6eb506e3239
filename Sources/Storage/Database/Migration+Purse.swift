/// Batteries, every version of a contract, settled blocks that were computed again, and statements as they were issued.
extension Migration {
    private static let own: [(name: String, columns: String)] = [
        ("batteries", "vehicle TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL"),
        (
            "contract_terms",
            "id TEXT NOT NULL, valid_from BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id, valid_from)"
        ),
        (
            "handovers",
            "vehicle TEXT NOT NULL, until BIGINT NOT NULL, owner TEXT NOT NULL, contract TEXT NOT NULL,"
                + " PRIMARY KEY (vehicle, until)"
        ),
        (
            "revisions",
            "award TEXT NOT NULL, revision BIGINT NOT NULL, starts BIGINT NOT NULL, settled_at BIGINT NOT NULL,"
                + " body TEXT NOT NULL, PRIMARY KEY (award, revision)"
        ),
        (
            "statements",
            "number BIGINT NOT NULL, owner TEXT NOT NULL, period TEXT NOT NULL, currency TEXT NOT NULL,"
                + " issued_at BIGINT NOT NULL, replaces BIGINT, body TEXT NOT NULL, PRIMARY KEY (tenant, number)"
        ),
    ]
    private static let grows = ["handovers", "revisions", "statements"]

    static let purse = Migration(
        id: 5,
        statements: own.map { "CREATE TABLE \($0.name) (\(place), \($0.columns))" } + [
            "CREATE INDEX readings_at ON readings (tenant, at)",
            "CREATE INDEX revisions_starts ON revisions (tenant, starts)",
            "CREATE INDEX statements_owner ON statements (tenant, owner, period)",
        ], sqlite: grows.flatMap { appendOnly($0, .sqlite) },
        postgreSQL: grows.flatMap { appendOnly($0, .postgreSQL) } + own.flatMap { rowSecurity($0.name) })
}
