/// The first step: every durable row carries tenant, zone and region.
extension Migration {
    static let place =
        "tenant TEXT NOT NULL, zone TEXT NOT NULL DEFAULT '', region TEXT NOT NULL DEFAULT ''"

    /// Tables by name with their own columns; ``place`` comes first in each.
    private static let tenantTables: [(name: String, columns: String)] = [
        ("owners", "id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (tenant, id)"),
        (
            "contracts",
            "id TEXT NOT NULL, owner TEXT NOT NULL, currency TEXT NOT NULL, owner_share BIGINT NOT NULL,"
                + " wear_per_kwh BIGINT NOT NULL, PRIMARY KEY (tenant, id)"
        ),
        (
            "sites",
            "id TEXT NOT NULL PRIMARY KEY, resource TEXT NOT NULL, import_limit BIGINT NOT NULL,"
                + " export_limit BIGINT NOT NULL, stale_load BIGINT NOT NULL, default_stay BIGINT NOT NULL,"
                + " default_target BIGINT NOT NULL"
        ),
        ("stations", "id TEXT NOT NULL PRIMARY KEY, site TEXT NOT NULL"),
        (
            "vehicles",
            "id TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, contract TEXT NOT NULL,"
                + " capacity BIGINT NOT NULL, max_charge BIGINT NOT NULL, max_discharge BIGINT NOT NULL,"
                + " reserve BIGINT NOT NULL, efficiency BIGINT NOT NULL"
        ),
        ("tokens", "id TEXT NOT NULL PRIMARY KEY, shown TEXT NOT NULL, vehicle TEXT NOT NULL"),
        (
            "consents",
            "vehicle TEXT NOT NULL, seq BIGINT NOT NULL, agreed_at BIGINT, noted_at BIGINT NOT NULL,"
                + " PRIMARY KEY (vehicle, seq)"
        ),
        (
            "departures",
            "vehicle TEXT NOT NULL, departure BIGINT NOT NULL, target BIGINT NOT NULL,"
                + " PRIMARY KEY (vehicle, departure)"
        ),
        (
            "departure_outcomes",
            "vehicle TEXT NOT NULL, at BIGINT NOT NULL, met BIGINT NOT NULL, reason TEXT NOT NULL,"
                + " PRIMARY KEY (vehicle, at)"
        ),
        (
            "readings",
            "worker TEXT NOT NULL, sequence BIGINT NOT NULL, station TEXT NOT NULL, evse BIGINT NOT NULL,"
                + " token TEXT, vehicle TEXT, at BIGINT NOT NULL, received_at BIGINT NOT NULL,"
                + " power BIGINT NOT NULL, import_register BIGINT NOT NULL,"
                + " export_register BIGINT NOT NULL, soc BIGINT, PRIMARY KEY (worker, sequence)"
        ),
        (
            "bids",
            "id TEXT NOT NULL, state TEXT NOT NULL, seq BIGINT NOT NULL, resource TEXT NOT NULL,"
                + " starts BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (id, seq)"
        ),
        (
            "awards",
            "id TEXT NOT NULL PRIMARY KEY, resource TEXT NOT NULL, starts BIGINT NOT NULL, body TEXT NOT NULL"
        ),
        (
            "baselines",
            "resource TEXT NOT NULL, starts BIGINT NOT NULL, submitted_at BIGINT NOT NULL,"
                + " body TEXT NOT NULL, PRIMARY KEY (resource, starts, submitted_at)"
        ),
        (
            "signals",
            "resource TEXT NOT NULL, product TEXT NOT NULL, sequence BIGINT NOT NULL,"
                + " sent_at BIGINT NOT NULL, body TEXT NOT NULL,"
                + " PRIMARY KEY (resource, product, sequence, sent_at)"
        ),
        (
            "samples",
            "resource TEXT NOT NULL, product TEXT NOT NULL, at BIGINT NOT NULL,"
                + " requested BIGINT NOT NULL, delivered BIGINT NOT NULL, baseline BIGINT NOT NULL,"
                + " metered BIGINT NOT NULL, PRIMARY KEY (resource, product, at)"
        ),
        (
            "blocks",
            "award TEXT NOT NULL PRIMARY KEY, resource TEXT NOT NULL, starts BIGINT NOT NULL,"
                + " settled_at BIGINT NOT NULL, body TEXT NOT NULL"
        ),
        (
            "shares",
            "award TEXT NOT NULL, place BIGINT NOT NULL, vehicle TEXT NOT NULL, owner TEXT NOT NULL,"
                + " starts BIGINT NOT NULL, currency TEXT NOT NULL, earned BIGINT NOT NULL,"
                + " body TEXT NOT NULL, PRIMARY KEY (award, place)"
        ),
        (
            "transactions",
            "id TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, memo TEXT NOT NULL, reverses TEXT"
        ),
        (
            "entries",
            "txn TEXT NOT NULL, place BIGINT NOT NULL, account TEXT NOT NULL, unit TEXT NOT NULL,"
                + " amount BIGINT NOT NULL, vehicle TEXT, PRIMARY KEY (txn, place)"
        ),
        (
            "users",
            "name TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL, owner TEXT, password TEXT NOT NULL"
        ),
        (
            "sessions",
            "id BLOB NOT NULL PRIMARY KEY, user_name TEXT NOT NULL, started BIGINT NOT NULL,"
                + " seen BIGINT NOT NULL"
        ),
        (
            "audit",
            "seq BIGINT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, who TEXT NOT NULL,"
                + " what TEXT NOT NULL, detail TEXT NOT NULL"
        ),
    ]

    /// What may only grow.
    private static let appendOnlyTables = ["readings", "transactions", "entries", "consents", "audit"]

    static let first = Migration(
        id: 1,
        statements: ["CREATE TABLE tenants (id TEXT NOT NULL PRIMARY KEY, region TEXT NOT NULL)"]
            + tenantTables.map { "CREATE TABLE \($0.name) (\(place), \($0.columns))" }
            + [
                "CREATE TABLE watermarks (source TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL)",
                "CREATE TABLE epochs (zone TEXT NOT NULL PRIMARY KEY, epoch BIGINT NOT NULL)",
                "CREATE TABLE enrolments (zone TEXT NOT NULL PRIMARY KEY, revision BIGINT NOT NULL)",
                "CREATE INDEX shares_owner ON shares (tenant, owner, starts)",
                "CREATE INDEX vehicles_owner ON vehicles (tenant, owner)",
                "CREATE INDEX tokens_vehicle ON tokens (vehicle)",
                "CREATE INDEX readings_vehicle ON readings (tenant, vehicle, at)",
            ],
        sqlite: appendOnlyTables.flatMap { appendOnly($0, .sqlite) },
        postgreSQL: [
            "CREATE FUNCTION headroom_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                + " RAISE EXCEPTION '% is append-only: reverse instead', TG_TABLE_NAME"
                + " USING ERRCODE = '23000'; END $$"
        ]
            + appendOnlyTables.flatMap { appendOnly($0, .postgreSQL) }
            + tenantTables.flatMap { rowSecurity($0.name) })

    /// The table may only grow.
    static func appendOnly(_ table: String, _ dialect: SQLDialect) -> [String] {
        switch dialect {
        case .sqlite:
            ["UPDATE", "DELETE"].map { verb in
                "CREATE TRIGGER \(table)_no_\(verb.lowercased()) BEFORE \(verb) ON \(table)"
                    + " BEGIN SELECT RAISE(ABORT, '\(table) is append-only: reverse instead'); END"
            }
        case .postgreSQL:
            [
                "CREATE TRIGGER \(table)_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON \(table)"
                    + " FOR EACH STATEMENT EXECUTE FUNCTION headroom_append_only()"
            ]
        }
    }

    /// A tenant sees its own rows of the table only, also where a statement forgets to ask for them.
    static func rowSecurity(_ table: String) -> [String] {
        [
            "ALTER TABLE \(table) ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE \(table) FORCE ROW LEVEL SECURITY",
            "CREATE POLICY tenant_rows ON \(table) USING"
                + " (current_setting('headroom.tenant', true) IN ('*', '=' || tenant))",
        ]
    }
}
