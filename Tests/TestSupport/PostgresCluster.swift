package import Foundation

/// A PostgreSQL of the test's own: made with `initdb`, reached through a socket in a temporary folder.
package struct PostgresCluster {
    private static let binaries = "/usr/lib/postgresql/15/bin"
    package let folder: URL
    private let port = Int.random(in: 20_000...60_000)

    package static var isInstalled: Bool {
        FileManager.default.isExecutableFile(atPath: self.binaries + "/initdb")
    }

    /// The owner of the database is no superuser, so that row-level security binds it.
    package var url: String {
        "postgresql://headroom@localhost:\(self.port)/headroom?host=\(self.folder.path)"
    }

    package init() throws {
        self.folder = try Program.temporaryFolder()
        _ = try Program.run("/usr/bin/chown", ["postgres", self.folder.path])
        try self.run("\(Self.binaries)/initdb -D \(self.folder.path)/data -A trust -N")
        try self.start()
        let sql = "\(Self.binaries)/psql -h \(self.folder.path) -p \(self.port) -d postgres -c"
        try self.run("\(sql) 'CREATE ROLE headroom LOGIN'")
        try self.run("\(sql) 'CREATE DATABASE headroom OWNER headroom'")
    }

    /// - Parameter options: more for the server, such as `-c fsync=off`.
    package func start(options: String = "") throws {
        try self.run(
            "\(Self.binaries)/pg_ctl -D \(self.folder.path)/data -l \(self.folder.path)/log -w"
                + " -o \"-p \(self.port) -k \(self.folder.path) -c listen_addresses= \(options)\" start")
    }

    /// Kills the server at once, as a power cut would: what it acknowledged is on its disk.
    package func stop() throws {
        try self.run("\(Self.binaries)/pg_ctl -D \(self.folder.path)/data -m immediate -w stop")
    }

    /// Runs a statement as the superuser.
    package func execute(_ sql: String) throws {
        try self.run(
            "\(Self.binaries)/psql -v ON_ERROR_STOP=1 -h \(self.folder.path) -p \(self.port) -d headroom -c '\(sql)'")
    }

    package func remove() {
        try? self.stop()
        try? FileManager.default.removeItem(at: self.folder)
    }

    private func run(_ command: String) throws {
        // The server must not inherit the descriptor by which `Process` notices the end of its child.
        let alone =
            "cd /; for fd in $(ls /proc/$$/fd); do [ $fd -gt 2 ] && eval \"exec $fd>&-\"; done; "
        let outcome = try Program.run(
            "/bin/su", ["postgres", "-s", "/bin/bash", "-c", alone + command])
        struct Failed: Error { var text: String }
        guard outcome.status == 0 else { throw Failed(text: command + ": " + outcome.errors) }
    }
}
