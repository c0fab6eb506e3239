import Domain

/// Who stands at each index (station, EVSE, token): the names one behind another in one run of bytes, and a column of
/// where each index's are. A million names in arrays of their own would be a million allocations.
struct StationNames: Sendable {
    /// Longest station and token that are kept, in bytes; a registration with a longer one is refused. FleetLink's own
    /// limits are lower.
    static let longestStation = Int(UInt8.max)
    static let longestToken = Int(UInt16.max) / 2

    /// By index: where its record begins, + 1; 0 = nobody.
    private var starts: [UInt32] = []
    /// Records: u16 bytes of room for both names, u16 EVSE, u8 length of the station, u16 length of the token (all ones
    /// = nobody known), then the names.
    private var bytes: [UInt8] = []
    /// Bytes of records that nobody points at any more.
    private var garbage = 0

    private static let header = 7
    private static let noToken = Int(UInt16.max)
    /// Less garbage than this is not worth collecting.
    private static let leastGarbage = 1 << 16

    /// Bytes of all records, garbage included.
    var byteCount: Int { self.bytes.count }

    /// Whether a registration's names can be kept.
    static func fits(_ registration: Registration) -> Bool {
        registration.station.rawValue.utf8.count <= Self.longestStation
            && (registration.token?.rawValue.utf8.count ?? 0) <= Self.longestToken
            && (0...Int(UInt16.max)).contains(registration.evse)
    }

    /// Room for names, without any.
    mutating func grow(by count: Int) {
        self.starts.append(contentsOf: repeatElement(0, count: count))
    }

    func station(_ index: Int) -> StationID? {
        let start = Int(self.starts[index]) - 1
        guard start >= 0 else { return nil }
        return StationID(self.text(start + Self.header, Int(self.bytes[start + 4])))
    }

    func evse(_ index: Int) -> Int? {
        let start = Int(self.starts[index]) - 1
        return start < 0 ? nil : self.word(start + 2)
    }

    func token(_ index: Int) -> TokenID? {
        let start = Int(self.starts[index]) - 1
        guard start >= 0, self.word(start + 5) != Self.noToken else { return nil }
        return TokenID(self.text(start + Self.header + Int(self.bytes[start + 4]), self.word(start + 5)))
    }

    /// Puts names that fit (``fits(_:)``) at an index. They stay in their place where there is room for them: a car that
    /// comes and goes costs nothing new.
    mutating func set(_ index: Int, station: StationID, evse: Int, token: TokenID?) {
        let names = Array(station.rawValue.utf8) + Array((token?.rawValue ?? "").utf8)
        var start = Int(self.starts[index]) - 1
        if start < 0 || self.word(start) < names.count {
            self.clear(index)
            start = self.bytes.count
            precondition(start + Self.header + names.count < Int(UInt32.max), "4 GiB of names")
            self.starts[index] = UInt32(start + 1)
            self.bytes.append(contentsOf: repeatElement(0, count: Self.header + names.count))
            self.put(names.count, at: start)
        }
        self.put(evse, at: start + 2)
        self.bytes[start + 4] = UInt8(station.rawValue.utf8.count)
        self.put(token.map { $0.rawValue.utf8.count } ?? Self.noToken, at: start + 5)
        for (offset, byte) in names.enumerated() { self.bytes[start + Self.header + offset] = byte }
    }

    mutating func clear(_ index: Int) {
        let start = Int(self.starts[index]) - 1
        guard start >= 0 else { return }
        self.garbage += Self.header + self.word(start)
        self.starts[index] = 0
        self.collect()
    }

    mutating func move(_ from: Int, to: Int) {
        self.clear(to)
        self.starts[to] = self.starts[from]
        self.starts[from] = 0
    }

    /// Closes the gaps once they are a quarter of all: seldom enough that it costs little for each record that went.
    private mutating func collect() {
        guard self.garbage >= Self.leastGarbage, self.garbage > self.bytes.count / 4 else { return }
        var kept: [UInt8] = []
        kept.reserveCapacity(self.bytes.count - self.garbage)
        for index in self.starts.indices where self.starts[index] > 0 {
            let start = Int(self.starts[index]) - 1
            self.starts[index] = UInt32(kept.count + 1)
            kept += self.bytes[start..<start + Self.header + self.word(start)]
        }
        self.bytes = kept
        self.garbage = 0
    }

    private func text(_ start: Int, _ length: Int) -> String {
        String(decoding: self.bytes[start..<start + length], as: UTF8.self)
    }

    private func word(_ start: Int) -> Int {
        Int(self.bytes[start]) | Int(self.bytes[start + 1]) << 8
    }

    private mutating func put(_ word: Int, at start: Int) {
        self.bytes[start] = UInt8(truncatingIfNeeded: word)
        self.bytes[start + 1] = UInt8(truncatingIfNeeded: word >> 8)
    }
}
