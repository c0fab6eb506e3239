package import Testing

/// What a test needs from its machine: where that is absent the runner says so, and the test is skipped.
extension Trait where Self == ConditionTrait {
    /// The `headroom` binary.
    package static var wantsHeadroom: Self {
        .enabled(
            if: Program.headroom != nil,
            "wants the headroom binary beside the tests: `swift build --product headroom` makes it")
    }

    /// PostgreSQL 15, of which a test starts a server of its own.
    package static var wantsPostgreSQL: Self {
        .enabled(if: PostgresCluster.isInstalled, "wants PostgreSQL 15: `ops/setup test` installs it")
    }

    /// The Python peers of `Tests/Interop`.
    package static var wantsPeers: Self {
        .enabled(if: Program.peersPython != nil, "wants the peers' Python: `ops/setup test` makes it")
    }
}
