/// The random offset of an event's start: the same for one reader and event however often it is asked,
/// so that a restart draws nothing anew.
package struct StartDraw: Hashable, Sendable {
    private var seed: UInt64

    /// `reader` is the VEN's own name: VENs must not start together, that is what the offset is for.
    package init(reader: String, event: ObjectID) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Array(reader.utf8) + [0] + Array(event.text.utf8) {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        self.seed = hash
    }

    /// A fraction −1 ..< 1 for the interval at an index.
    package func fraction(_ index: Int) -> Double {
        var mixed = self.seed &+ (UInt64(truncatingIfNeeded: index) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Double(mixed >> 11) / Double(1 << 52) - 1
    }
}
