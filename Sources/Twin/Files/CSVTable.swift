public import Domain

/// A CSV file with a header: UTF-8, comma, quoted fields where needed (RFC 4180), lines of `#` are comments.
public struct CSVTable: Sendable {
    /// More lines than this are refused (a day at one second is 86,400).
    public static let mostRows = 5_000_000
    public let name: String
    public let header: [String]
    /// Each with the number of its line in the file, from 1.
    public let rows: [(line: Int, fields: [Substring])]

    public init(name: String, text: String) throws(TwinError) {
        self.name = name
        var header: [String]?
        var rows: [(line: Int, fields: [Substring])] = []
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            guard !line.isEmpty, line.first != "#" else { continue }
            let fields = Self.fields(of: line)
            guard let names = header else {
                header = fields.map { String($0).lowercased() }
                continue
            }
            guard fields.count == names.count else {
                throw TwinError(
                    .malformedFile,
                    "\(name):\(number): \(fields.count) fields where the header has \(names.count)")
            }
            guard rows.count < Self.mostRows else {
                throw TwinError(
                    .malformedFile, "\(name): more than \(Self.mostRows) rows: split it")
            }
            rows.append((number, fields))
        }
        guard let header else {
            throw TwinError(.malformedFile, "\(name): empty: it needs a header line")
        }
        self.header = header
        self.rows = rows
    }

    /// Index of a column that must be there.
    public func column(_ column: String) throws(TwinError) -> Int {
        guard let index = self.header.firstIndex(of: column) else {
            throw TwinError(.malformedFile, "\(self.name): column \(column) is missing")
        }
        return index
    }

    /// A field as it is written: in quotes where it needs them.
    public static func quoted(_ field: String) -> String {
        guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else {
            return field
        }
        let doubled = field.split(separator: "\"", omittingEmptySubsequences: false)
        return "\"" + doubled.joined(separator: "\"\"") + "\""
    }

    /// Splits at commas outside quotes; a doubled quote inside quotes is one.
    static func fields(of line: Substring) -> [Substring] {
        guard line.contains("\"") else {
            return line.split(separator: ",", omittingEmptySubsequences: false).map(Self.trimmed)
        }
        var fields: [Substring] = []
        var field = ""
        var quoted = false
        var last: Character = ","
        for character in line {
            if character == "\"" {
                if !quoted, last == "\"" { field.append("\"") }
                quoted.toggle()
            } else if character == ",", !quoted {
                fields.append(Self.trimmed(field[...]))
                field = ""
            } else {
                field.append(character)
            }
            last = character
        }
        fields.append(Self.trimmed(field[...]))
        return fields
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let head = text.drop { $0 == " " || $0 == "\t" || $0 == "\u{FEFF}" }
        guard let end = head.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return head[...end]
    }
}

/// Reads typed fields of one row and says where one is wrong.
public struct CSVRow {
    let table: CSVTable
    let line: Int
    let fields: [Substring]

    public init(table: CSVTable, row: (line: Int, fields: [Substring])) {
        self.table = table
        self.line = row.line
        self.fields = row.fields
    }

    public func text(_ column: Int) -> String { String(self.fields[column]) }

    public func number(_ column: Int, in range: ClosedRange<Double>) throws(TwinError) -> Double {
        guard let value = Double(self.fields[column]), range.contains(value) else {
            throw self.error(column, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    public func instant(_ column: Int) throws(TwinError) -> Instant {
        guard let value = Timestamp.parse(self.fields[column]) else {
            throw self.error(column, "a time such as 2026-11-26T08:00:00Z")
        }
        return value
    }

    public func error(_ column: Int, _ wanted: String) -> TwinError {
        TwinError(
            .malformedFile,
            "\(self.table.name):\(self.line): \(self.table.header[column]) must be \(wanted)")
    }
}
