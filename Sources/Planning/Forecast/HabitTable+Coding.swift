import Domain

// Written down as one text of hexadecimal digits a column: a fleet has many cells, and most of them are 0.
extension HabitTable: Codable {
    private enum CodingKeys: String, CodingKey {
        case rows, counts, plugged, up, down, arrivals, departures, energy, energySpread, sessions
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        let rows = try values.decode(Int.self, forKey: .rows)
        guard (0...1 << 27).contains(rows) else {
            throw DecodingError.dataCorruptedError(forKey: .rows, in: values, debugDescription: "no count of rows")
        }
        self.rows = rows
        func column<Value: FixedWidthInteger & UnsignedInteger>(_ key: CodingKeys, _ perRow: Int) throws -> [Value] {
            // As one text, or as several: see `encode`.
            let texts =
                try (try? [values.decode(String.self, forKey: key)])
                ?? values.superDecoder(forKey: key).parted(String.self)
            let count = rows * perRow
            var column: [Value] = []
            for text in texts {
                let most = texts.count == 1 ? count : min(mostOfText, count - column.count)
                guard let part: [Value] = unpacked(text, count: most) else {
                    column = []
                    break
                }
                column += part
            }
            guard column.count == count else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: values, debugDescription: "not a column of \(rows) rows")
            }
            return column
        }
        self.counts = try column(.counts, Self.cells)
        self.plugged = try column(.plugged, Self.cells)
        self.up = try column(.up, Self.cells)
        self.down = try column(.down, Self.cells)
        self.arrivals = try column(.arrivals, 24)
        self.departures = try column(.departures, 24)
        self.energy = (try column(.energy, 1) as [UInt32]).map { Int32(bitPattern: $0) }
        self.energySpread = (try column(.energySpread, 1) as [UInt32]).map { Int32(bitPattern: $0) }
        self.sessions = try column(.sessions, 1)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(self.rows, forKey: .rows)
        func column<Value: FixedWidthInteger & UnsignedInteger>(_ column: [Value], _ key: CodingKeys) throws {
            let texts = stride(from: 0, to: max(1, column.count), by: mostOfText).map { $0 }.lazy.map {
                packed(Array(column[$0..<min($0 + mostOfText, column.count)]))
            }
            try values.encode(Parted(texts, most: 1), forKey: key)
        }
        try column(self.counts, .counts)
        try column(self.plugged, .plugged)
        try column(self.up, .up)
        try column(self.down, .down)
        try column(self.arrivals, .arrivals)
        try column(self.departures, .departures)
        try column(self.energy.map { UInt32(bitPattern: $0) }, .energy)
        try column(self.energySpread.map { UInt32(bitPattern: $0) }, .energySpread)
        try column(self.sessions, .sessions)
    }
}

/// Numbers of one text: a column of many rows is several.
private let mostOfText = 1 << 18

/// Numbers as hexadecimal digits, the highest first; a run of zeros as `z`, its length in hexadecimal, and a point.
func packed<Value: FixedWidthInteger & UnsignedInteger>(_ values: [Value]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    var zeros = 0
    func endRun(_ text: inout [UInt8]) {
        guard zeros > 0 else { return }
        text.append(UInt8(ascii: "z"))
        text += Array(String(zeros, radix: 16).utf8)
        text.append(UInt8(ascii: "."))
        zeros = 0
    }
    for value in values {
        guard value != 0 else {
            zeros += 1
            continue
        }
        endRun(&text)
        var shift = Value.bitWidth - 4
        while shift >= 0 {
            text.append(digits[Int(truncatingIfNeeded: value >> Value(shift)) & 15])
            shift -= 4
        }
    }
    endRun(&text)
    return String(decoding: text, as: UTF8.self)
}

/// The inverse of ``packed(_:)``; nil for anything else, or another count of numbers.
func unpacked<Value: FixedWidthInteger & UnsignedInteger>(_ text: String, count: Int) -> [Value]? {
    func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        default: nil
        }
    }
    guard count >= 0 else { return nil }
    var values: [Value] = []
    values.reserveCapacity(min(count, 1 << 24))
    var (value, digits, zeros, isRun) = (Value(0), 0, 0, false)
    for byte in text.utf8 {
        if isRun {
            if byte == UInt8(ascii: ".") {
                guard zeros <= count - values.count else { return nil }
                values += Array(repeating: 0, count: zeros)
                isRun = false
            } else {
                guard let next = digit(byte), zeros <= count else { return nil }
                zeros = zeros * 16 + next
            }
        } else if byte == UInt8(ascii: "z"), digits == 0 {
            (isRun, zeros) = (true, 0)
        } else {
            guard let next = digit(byte) else { return nil }
            value = value << 4 | Value(next)
            digits += 1
            if digits * 4 == Value.bitWidth {
                values.append(value)
                (value, digits) = (0, 0)
            }
        }
    }
    return !isRun && digits == 0 && values.count == count ? values : nil
}

extension HabitTable {
    func fingerprint(into mark: inout Fingerprint) {
        mark.add(self.rows)
        for cell in self.counts.indices where self.counts[cell] > 0 {
            mark.add(cell)
            for value in [Int(self.counts[cell]), Int(self.plugged[cell]), Int(self.up[cell]), Int(self.down[cell])] {
                mark.add(value)
            }
        }
        for row in 0..<self.rows where self.sessions[row] > 0 { mark.add(self.energy[row]) }
        for count in self.arrivals + self.departures { mark.add(count) }
    }
}
