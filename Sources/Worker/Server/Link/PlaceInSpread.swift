import Domain

extension StationID {
    /// Where the station stands among all that let go, or begin again, when they lose us: 0 ..< 1,000, always the same.
    /// Stations are mostly numbered in rows. Those of one row are put as far from each other as can be, by the golden
    /// section: drawn at random, three of twelve would fall into the same second, and that is a step at their site.
    var placeInSpread: Int {
        let bytes = self.rawValue.utf8
        let digits = bytes.reversed().prefix(9).prefix { 0x30...0x39 ~= $0 }
        let number = digits.reversed().reduce(UInt64(0)) { $0 * 10 + UInt64($1 - 0x30) }
        var row = Fingerprint()
        for byte in bytes.dropLast(digits.count) { row.add(UInt64(byte)) }
        // What is added last hardly reaches the highest bits by itself.
        let start = (row.value ^ row.value >> 32) &* Self.goldenSection
        let place = start &+ number &* Self.goldenSection
        return Int(place.multipliedFullWidth(by: 1_000).high)
    }

    /// 2^64 divided by the golden ratio.
    private static let goldenSection: UInt64 = 0x9E37_79B9_7F4A_7C15
}
