/// What stations share below their site's connection point; empty where nothing is said.
extension Migration {
    static let feeders = Migration(
        id: 4,
        statements: [
            "ALTER TABLE stations ADD COLUMN feeder TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE stations ADD COLUMN feeder_w BIGINT NOT NULL DEFAULT 0",
        ])
}
