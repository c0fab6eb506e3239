/// What charging points have proven: a history, the last row of each is what holds.
extension Migration {
    static let trust = Migration(
        id: 2,
        statements: [
            "CREATE TABLE trust (\(place), station TEXT NOT NULL, evse BIGINT NOT NULL, at BIGINT NOT NULL,"
                + " verdict TEXT NOT NULL, gain BIGINT NOT NULL, body TEXT NOT NULL,"
                + " PRIMARY KEY (station, evse, at))",
            "CREATE INDEX trust_at ON trust (tenant, at)",
        ], postgreSQL: rowSecurity("trust"))
}
