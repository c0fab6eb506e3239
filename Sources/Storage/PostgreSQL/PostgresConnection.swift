import CPostgres
import Foundation
import Glibc

/// One connection through libpq: prepared statements, and a deadline of ours on every wait, since a
/// frozen server would hold a client for ever. Used by one thread only.
@safe final class PostgresConnection {
    private var handle: OpaquePointer?
    private var prepared: [String: String] = [:]
    private let deadline: Double

    init(url: String, deadline: Double) throws {
        self.deadline = deadline
        unsafe self.handle = PQconnectStart(url)
        let end = Self.now() + deadline
        do {
            while true {
                guard unsafe PQstatus(self.handle) != CONNECTION_BAD else { throw self.unreachable() }
                switch unsafe PQconnectPoll(self.handle) {
                case PGRES_POLLING_OK: return
                case PGRES_POLLING_READING: try self.wait(Int16(POLLIN), until: end)
                case PGRES_POLLING_WRITING: try self.wait(Int16(POLLOUT), until: end)
                default: throw self.unreachable()
                }
            }
        } catch {
            self.close()
            throw error
        }
    }

    deinit { self.close() }

    func close() {
        if let handle = unsafe self.handle { unsafe PQfinish(handle) }
        unsafe self.handle = nil
    }

    var isBroken: Bool {
        guard let handle = unsafe self.handle else { return true }
        return unsafe PQstatus(handle) == CONNECTION_BAD
    }

    /// Runs one statement with parameters; returns its rows and how many it changed.
    func run(_ sql: String, _ values: [SQLValue]) throws -> ([SQLRow], Int) {
        let end = Self.now() + self.deadline
        let name = try self.prepare(sql, until: end)
        let texts = values.map(Self.parameter)
        var pointers: [UnsafePointer<CChar>?] = unsafe texts.map { text in
            unsafe text.flatMap { unsafe UnsafePointer(strdup($0)) }
        }
        defer { unsafe pointers.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
        let sent = unsafe PQsendQueryPrepared(
            self.handle, name, Int32(values.count), &pointers, nil, nil, 0)
        guard sent == 1 else { throw self.unreachable() }
        return try self.result(until: end)
    }

    private func prepare(_ sql: String, until end: Double) throws -> String {
        if let name = self.prepared[sql] { return name }
        if self.prepared.count >= 500 {
            self.prepared = [:]
            guard unsafe PQsendQuery(self.handle, "DEALLOCATE ALL") == 1 else { throw self.unreachable() }
            _ = try self.result(until: end)
        }
        let name = "s\(self.prepared.count)"
        guard unsafe PQsendPrepare(self.handle, name, Self.numbered(sql), 0, nil) == 1 else {
            throw self.unreachable()
        }
        _ = try self.result(until: end)
        self.prepared[sql] = name
        return name
    }

    /// Waits for everything that the statement answers and turns it into rows or an error.
    private func result(until end: Double) throws -> ([SQLRow], Int) {
        var rows: [SQLRow] = []
        var changed = 0
        var failure: StorageError?
        while true {
            while unsafe PQisBusy(self.handle) == 1 {
                try self.wait(Int16(POLLIN), until: end)
                guard unsafe PQconsumeInput(self.handle) == 1 else { throw self.unreachable() }
            }
            guard let result = unsafe PQgetResult(self.handle) else { break }
            defer { unsafe PQclear(result) }
            switch unsafe PQresultStatus(result) {
            case PGRES_TUPLES_OK: rows = unsafe Self.rows(result)
            case PGRES_COMMAND_OK: changed = unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
            default: failure = unsafe self.error(of: result)
            }
        }
        if let failure { throw failure }
        return (rows, changed)
    }

    /// Runs a COPY FROM STDIN with all of its lines.
    func copy(_ sql: String, _ bytes: [UInt8]) throws {
        let end = Self.now() + self.deadline
        guard unsafe PQsendQuery(self.handle, sql) == 1 else { throw self.unreachable() }
        while unsafe PQisBusy(self.handle) == 1 {
            try self.wait(Int16(POLLIN), until: end)
            guard unsafe PQconsumeInput(self.handle) == 1 else { throw self.unreachable() }
        }
        guard let begun = unsafe PQgetResult(self.handle) else { throw self.unreachable() }
        let isReady = unsafe PQresultStatus(begun) == PGRES_COPY_IN
        let failure = unsafe isReady ? nil : self.error(of: begun)
        unsafe PQclear(begun)
        if let failure {
            _ = try? self.result(until: end)
            throw failure
        }
        // Else a server that does not read would hold the thread for ever.
        _ = unsafe PQsetnonblocking(self.handle, 1)
        defer { _ = unsafe PQsetnonblocking(self.handle, 0) }
        try unsafe bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = min(1 << 16, buffer.count - sent)
                let start = unsafe buffer.baseAddress?.advanced(by: sent).assumingMemoryBound(to: CChar.self)
                switch unsafe PQputCopyData(self.handle, start, Int32(count)) {
                case 1: sent += count
                case 0: try self.wait(Int16(POLLOUT), until: end)
                default: throw self.unreachable()
                }
            }
        }
        while true {
            let done = unsafe PQputCopyEnd(self.handle, nil)
            if done == 1 { break }
            guard done == 0 else { throw self.unreachable() }
            try self.wait(Int16(POLLOUT), until: end)
        }
        while true {
            let left = unsafe PQflush(self.handle)
            if left == 0 { break }
            guard left == 1 else { throw self.unreachable() }
            try self.wait(Int16(POLLOUT), until: end)
        }
        _ = try self.result(until: end)
    }

    private func wait(_ events: Int16, until end: Double) throws {
        let left = end - Self.now()
        var entry = unsafe pollfd(fd: PQsocket(self.handle), events: events, revents: 0)
        let ready = left <= 0 ? 0 : unsafe poll(&entry, 1, Int32(left * 1000) + 1)
        if ready == 0 {
            self.close()
            throw StorageError(
                .unavailable, "the database gave no answer in \(self.deadline) s: check that it runs")
        }
    }

    private func unreachable() -> StorageError {
        let text = unsafe self.handle.map { unsafe String(cString: PQerrorMessage($0)) } ?? "closed"
        let line = text.split(separator: "\n").first.map(String.init) ?? "no reason given"
        return StorageError(
            .unavailable, "cannot reach the database (\(line)): start it or correct HEADROOM_DATABASE")
    }

    private func error(of result: OpaquePointer) -> StorageError {
        let state = unsafe PQresultErrorField(result, 67).map { unsafe String(cString: $0) } ?? ""
        let text = unsafe PQresultErrorField(result, 77).map { unsafe String(cString: $0) } ?? "no reason"
        if state.hasPrefix("23") { return StorageError(.constraint, text) }
        if state.hasPrefix("08") || state.hasPrefix("57P") || state.isEmpty {
            return StorageError(.unavailable, "the database went away: \(text)")
        }
        if state.hasPrefix("53") { return StorageError(.full, "the database has no room: \(text)") }
        return StorageError(.refused, "the database refused a statement: \(text)")
    }

    private static func rows(_ result: OpaquePointer) -> [SQLRow] {
        let columns = (0..<(unsafe PQnfields(result))).map { column in
            (unsafe String(cString: PQfname(result, column)), unsafe PQftype(result, column))
        }
        return (0..<(unsafe PQntuples(result))).map { row in
            var values: [String: SQLValue] = [:]
            for (column, (name, type)) in columns.enumerated() {
                let isNull = unsafe PQgetisnull(result, row, Int32(column)) == 1
                values[name] =
                    isNull
                    ? .null
                    : Self.value(unsafe String(cString: PQgetvalue(result, row, Int32(column))), type)
            }
            return SQLRow(values)
        }
    }

    /// Type numbers: 16 bool, 17 bytea, 20/21/23 integers, 1700 numeric (sums of integers).
    private static func value(_ text: String, _ type: Oid) -> SQLValue {
        switch type {
        case 16: .integer(text == "t" ? 1 : 0)
        case 20, 21, 23, 1700: Int(text).map(SQLValue.integer) ?? .text(text)
        case 17: .blob(Self.bytes(ofHex: text.dropFirst(2)))
        default: .text(text)
        }
    }

    private static func bytes(ofHex text: Substring) -> [UInt8] {
        let digits = text.utf8.map { $0 >= 97 ? $0 - 87 : $0 - 48 }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static func parameter(_ value: SQLValue) -> String? {
        switch value {
        case .null: nil
        case .integer(let number): String(number)
        case .text(let text): text
        case .blob(let bytes):
            "\\x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    /// `?` becomes `$1`, `$2`, …; our statements hold no question marks in literals.
    private static func numbered(_ sql: String) -> String {
        let parts = sql.split(separator: "?", omittingEmptySubsequences: false)
        return parts.enumerated().map { $0.offset == 0 ? String($0.element) : "$\($0.offset)" + $0.element }
            .joined()
    }

    private static func now() -> Double { ProcessInfo.processInfo.systemUptime }
}
