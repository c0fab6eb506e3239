package import Domain

/// A person who may log in.
package struct User: Hashable, Sendable {
    package enum Role: String, Hashable, Sendable, CaseIterable {
        case fleetOwner = "fleet-owner"
        case gridOperator = "grid-operator"
        case utility
        case vppOperator = "operator"
    }
    package var name: String
    package var tenant: TenantID
    package var role: Role
    /// Whose figures a fleet owner sees.
    package var owner: OwnerID?

    package init(name: String, tenant: TenantID, role: Role, owner: OwnerID?) {
        self.name = name
        self.tenant = tenant
        self.role = role
        self.owner = owner
    }
}

extension Store {
    /// Hashing takes a tenth of a second of CPU: it has a thread of its own, and a bounded queue.
    private static let hashing = WorkThread(name: "passwords", limit: 64)

    /// Adds a user, or gives an existing one of the same tenant a new role and password.
    package func setUser(_ user: User, password: String) async throws {
        guard (12...256).contains(password.utf8.count) else {
            throw StorageError(.invalid, "a password has 12 to 256 bytes: choose another")
        }
        let hash = try await Self.hashing.run { try PasswordHash.make(password) }
        try await self.database.transaction(as: .service) { session in
            let changed = try session.execute(
                "INSERT INTO users (tenant, name, role, owner, password) VALUES (?, ?, ?, ?, ?)"
                    + " ON CONFLICT (name) DO UPDATE SET role = excluded.role,"
                    + " owner = excluded.owner, password = excluded.password"
                    + " WHERE users.tenant = excluded.tenant",
                [
                    .text(user.tenant.rawValue), .text(user.name), .text(user.role.rawValue),
                    SQLValue(user.owner?.rawValue), .text(hash),
                ])
            guard changed == 1 else {
                throw StorageError(.constraint, "the user name \(user.name) is taken: choose another")
            }
        }
    }

    /// The user of that name and password; nil for either being wrong, in the same time.
    package func user(name: String, password: String) async throws -> User? {
        let row = try await self.database.transaction(as: .service) { session in
            try session.query("SELECT * FROM users WHERE name = ?", [.text(name)]).first
        }
        guard let row else {
            _ = try await Self.hashing.run { try PasswordHash.make(password) }
            return nil
        }
        let stored = try row.text("password")
        guard try await Self.hashing.run({ try PasswordHash.matches(password, stored) }),
            let role = User.Role(rawValue: try row.text("role"))
        else { return nil }
        return User(
            name: name, tenant: TenantID(try row.text("tenant")), role: role,
            owner: row.optionalText("owner").map { OwnerID($0) })
    }
}
