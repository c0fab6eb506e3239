import Domain

/// Changes bytes as damage, chance and malice do. Pure and seeded, so that each find can be had again.
struct Mutator {
    var generator: SeededGenerator

    /// What decoders stumble over: ends of ranges, patterns of NaN and infinity, JSON's and YAML's own signs.
    static let words: [[UInt8]] =
        [
            "-", "0", "9", "\"", "{", "}", "[", "]", ",", ":", "\\u0000", "\\ud800", "null", "true", "NaN", "-Infinity",
            "1e400", "1e-400", "-0", "0e1", "9223372036854775807", "-9223372036854775808", "18446744073709551616",
            "1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "222222017-10-27T19:10:11Z", "\n", "\r\n", "\"\"", "&a",
            "*a",
            "<<: *a", "!!binary ", "\u{FEFF}", "é",
        ].map { Array($0.utf8) } + [
            [0], [0xFF], [0x7F], [0x80], [0xC0, 0x80], [0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0x80],
            [0, 0, 0xC0, 0x7F], [0, 0, 0, 0, 0, 0, 0xF8, 0x7F], [0, 0, 0, 0, 0, 0, 0xF0, 0xFF],
            [0, 0, 0, 0, 0, 0, 0, 0x80], Array(repeating: 0xFF, count: 8),
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        ]
    static let mostBytes = 1 << 16

    /// One of the seeds with one to three changes.
    mutating func mutant(of seeds: [[UInt8]]) -> [UInt8] {
        var bytes = seeds.randomElement(using: &self.generator) ?? []
        for _ in 0..<Int.random(in: 1...3, using: &self.generator) { self.change(&bytes, seeds) }
        return Array(bytes.prefix(Self.mostBytes))
    }

    private mutating func range(_ bytes: [UInt8], most: Int) -> Range<Int> {
        let start = Int.random(in: 0...bytes.count, using: &self.generator)
        return start..<min(bytes.count, start + Int.random(in: 1...most, using: &self.generator))
    }

    private mutating func change(_ bytes: inout [UInt8], _ seeds: [[UInt8]]) {
        let word = Self.words.randomElement(using: &self.generator) ?? []
        let place = Int.random(in: 0...bytes.count, using: &self.generator)
        switch Int.random(in: 0..<9, using: &self.generator) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self.generator)
        case 1 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &self.generator)
        case 2: bytes.removeSubrange(self.range(bytes, most: 16))
        case 3: bytes.insert(contentsOf: bytes[self.range(bytes, most: 64)], at: place)
        case 4: bytes.insert(contentsOf: word, at: place)
        case 5: bytes.replaceSubrange(place..<min(bytes.count, place + word.count), with: word)
        case 6: bytes.removeLast(Int.random(in: 0...bytes.count, using: &self.generator))
        case 7:
            let other = seeds.randomElement(using: &self.generator) ?? []
            bytes = Array(bytes.prefix(place)) + other.suffix(Int.random(in: 0...other.count, using: &self.generator))
        default:
            // A number of the text becomes another one.
            let digits = bytes.indices.filter { (48...57).contains(bytes[$0]) }
            guard let digit = digits.randomElement(using: &self.generator) else { return }
            bytes.replaceSubrange(digit...digit, with: word)
        }
    }
}
