import Foundation
import Logging
import Synchronization

/// A CSV file of two or more columns by key, read anew where its content has changed. What cannot be read at the start
/// is an error; later it changes nothing and is logged once.
final class WatchedTable<Row: Sendable>: Sendable {
    private struct State {
        var rows: [String: Row]
        var seen: Data?
        var failed: Data?
    }
    private let file: String
    private let header: String
    private let row: @Sendable ([String]) -> Row?
    private let rule: String
    private let state: Mutex<State>

    /// - Parameters:
    ///   - header: the file's first line.
    ///   - rule: what a line has to be, for the error.
    ///   - row: reads a line's cells behind the key; nil where they break the rule.
    init(
        file: String, header: String, rule: String, row: @escaping @Sendable ([String]) -> Row?
    ) throws(OCPPServerError) {
        self.file = file
        self.header = header
        self.rule = rule
        self.row = row
        let content = FileManager.default.contents(atPath: file)
        guard let content else {
            throw OCPPServerError(.invalidConfiguration, "cannot read \(file): give an existing, readable file")
        }
        let rows = try Self.read(content, file, header, rule, row)
        self.state = Mutex(State(rows: rows, seen: content))
    }

    /// The row of the key, else that of `*`.
    subscript(_ key: String) -> Row? { self.state.withLock { $0.rows[key] ?? $0.rows["*"] } }

    /// Reads a file: not on an event loop.
    func reload(_ logger: Logger) {
        let content = FileManager.default.contents(atPath: self.file)
        let isNew = self.state.withLock { $0.seen != content && $0.failed != content }
        guard isNew, let content else { return }
        do throws(OCPPServerError) {
            let rows = try Self.read(content, self.file, self.header, self.rule, self.row)
            self.state.withLock { $0 = State(rows: rows, seen: content) }
            logger.notice("a list was read anew", metadata: ["file": "\(self.file)", "rows": "\(rows.count)"])
        } catch {
            self.state.withLock { $0.failed = content }
            logger.error("the old list stays in use", metadata: ["file": "\(self.file)", "reason": "\(error.message)"])
        }
    }

    private static func read(
        _ content: Data, _ file: String, _ header: String, _ rule: String, _ row: ([String]) -> Row?
    ) throws(OCPPServerError) -> [String: Row] {
        let lines = String(decoding: content, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard lines.first.map(String.init) == header else {
            throw OCPPServerError(.invalidConfiguration, "\(file): the first line is \(header): write it so")
        }
        var rows: [String: Row] = [:]
        for (number, line) in lines.enumerated().dropFirst() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard let key = cells.first, !key.isEmpty, let value = row(Array(cells.dropFirst())) else {
                throw OCPPServerError(.invalidConfiguration, "\(file):\(number + 1): \(rule)")
            }
            guard rows.updateValue(value, forKey: key) == nil else {
                throw OCPPServerError(.invalidConfiguration, "\(file):\(number + 1): \(key) is there twice: keep one")
            }
        }
        return rows
    }
}
