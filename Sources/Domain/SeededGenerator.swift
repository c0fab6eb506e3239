/// SplitMix64: the seeded source of randomness that pure modules are handed. Same seed, same sequence.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        self.state = seed
    }

    public mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// FNV-1a over bytes: a fast fingerprint of plans and states, the same on every machine. Not for secrets.
public struct Fingerprint: Sendable {
    public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    public init() {}

    public mutating func add(_ byte: UInt8) {
        self.value = (self.value ^ UInt64(byte)) &* Self.prime
    }

    public mutating func add<Value: FixedWidthInteger>(_ value: Value) {
        var rest = UInt64(truncatingIfNeeded: value)
        // A byte of nought only multiplies: those that are left are done in one step, or two.
        var left = 8
        while rest != 0 {
            self.add(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
            left -= 1
        }
        if left & 4 != 0 { self.value &*= Self.prime4 }
        if left & 2 != 0 { self.value &*= Self.prime2 }
        if left & 1 != 0 { self.value &*= Self.prime }
        if left & 8 != 0 { self.value &*= Self.prime4 &* Self.prime4 }
    }

    private static var prime: UInt64 { 0x0000_0100_0000_01b3 }
    private static var prime2: UInt64 { Self.prime &* Self.prime }
    private static var prime4: UInt64 { Self.prime2 &* Self.prime2 }

    public mutating func add(_ text: String) {
        for byte in text.utf8 { self.add(byte) }
        self.add(UInt8(0))
    }
}
