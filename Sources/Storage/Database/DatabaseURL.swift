package import Domain

/// What `HEADROOM_DATABASE` says: `sqlite:PATH` or `postgresql://…`.
package enum DatabaseURL: Hashable, Sendable {
    case sqlite(path: String)
    case postgreSQL(url: String)

    package init(_ text: String) throws(StorageError) {
        if text.hasPrefix("sqlite:"), text.count > 7 {
            self = .sqlite(path: String(text.dropFirst(7)))
        } else if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") {
            self = .postgreSQL(url: text)
        } else {
            throw StorageError(
                .invalid, "HEADROOM_DATABASE is neither sqlite:PATH nor postgresql://…: correct it")
        }
    }

    /// Opens the database and brings its schema up to date.
    package func open(deadline: TimeSpan = .seconds(10)) async throws -> any Database {
        let database: any Database
        switch self {
        case .sqlite(let path): database = try await SQLiteDatabase(path: path)
        case .postgreSQL(let url):
            database = try PostgresDatabase(url: url, deadline: deadline)
        }
        do {
            try await Migrations.run(on: database)
        } catch {
            await database.close()
            throw error
        }
        return database
    }
}
