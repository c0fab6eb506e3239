import Foundation

/// A program of PostgreSQL's client package. The password goes through the environment, never through the arguments,
/// which every user of the machine can read.
struct PostgresTool: Sendable {
    private var path: String
    private var arguments: [String] = []
    private var environment: [String: String]

    /// - Parameter url: of the database; nil for what only reads a file.
    init(_ name: String, url: String?) throws(StorageError) {
        self.environment = ProcessInfo.processInfo.environment
        guard let path = Self.find(name, self.environment["PATH"] ?? "") else {
            throw StorageError(.system, "\(name) is not installed: install postgresql-client, or put it on the PATH")
        }
        self.path = path
        // Row-level security lets the service itself see all rows.
        self.environment["PGOPTIONS"] = "-c headroom.tenant=*"
        guard let url else { return }
        guard var parts = URLComponents(string: url) else {
            throw StorageError(.invalid, "the database's URL cannot be read: correct HEADROOM_DATABASE")
        }
        let query = parts.queryItems ?? []
        if let password = parts.password ?? query.first(where: { $0.name == "password" })?.value {
            self.environment["PGPASSWORD"] = password
        }
        parts.password = nil
        if !query.isEmpty { parts.queryItems = query.filter { $0.name != "password" } }
        self.arguments = ["--dbname=\(parts.string ?? url)", "--no-password"]
    }

    /// On the search path, or where Debian keeps the versions: the newest.
    private static func find(_ name: String, _ search: String) -> String? {
        let debian = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? [])
            .sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }
        let folders = search.split(separator: ":").map(String.init) + versions.map { "\(debian)/\($0)/bin" }
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs it to its end.
    /// - Throws: with the first line that it printed, when it failed.
    func run(_ arguments: [String]) throws {
        let process = self.process(self.arguments + arguments)
        let errors = Pipe()
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let line = said.split(separator: "\n").first.map(String.init) ?? "no reason given"
            throw StorageError(.refused, "\(line): correct that and try again")
        }
    }

    /// How many rows of each table a dump holds, as `pg_restore` reads it.
    func rows(of dump: String) throws -> [String: Int] {
        let process = self.process(["--data-only", "--file=-", dump])
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var count = CopyCount()
        while let data = try output.fileHandleForReading.read(upToCount: 1 << 20), !data.isEmpty { count.take(data) }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw StorageError(.corrupt, "\(dump) cannot be read again: check the disk")
        }
        return count.rows
    }

    private func process(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: self.path)
        process.arguments = arguments
        process.environment = self.environment
        process.standardInput = FileHandle.nullDevice
        return process
    }
}

/// Counts the lines between `COPY public.TABLE (…) FROM stdin;` and `\.` in text that comes in pieces.
struct CopyCount {
    private(set) var rows: [String: Int] = [:]
    private var table: String?
    private var rest: [UInt8] = []

    mutating func take(_ data: Data) {
        var start = data.startIndex
        while let end = data[start...].firstIndex(of: 10) {
            // Of a row only that it is one matters, so just its beginning is kept.
            self.line(self.rest + data[start..<end].prefix(200))
            self.rest = []
            start = end + 1
        }
        self.rest += data[start...].prefix(max(0, 200 - self.rest.count))
    }

    private mutating func line(_ bytes: [UInt8]) {
        if let table {
            if bytes.elementsEqual("\\.".utf8) { self.table = nil } else { self.rows[table, default: 0] += 1 }
        } else if bytes.starts(with: "COPY ".utf8) {
            let name = bytes.dropFirst(5).prefix { $0 != 32 }
            self.table = String(decoding: name, as: UTF8.self).split(separator: ".").last.map(String.init)
        }
    }
}
