import CTelemetry
import Control

// A fleet's points are more than any cache holds, and a point is ten cache lines: who goes through many of them in their
// order asks for those further on, so that memory works while he does.
extension Point {
    /// How many points ahead.
    static let ahead = 4

    /// Where some points begin in memory. They may be elsewhere once they are changed: nobody may look there.
    static func address(of points: [Point]) -> UInt {
        unsafe points.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    }

    /// Asks for all of a point.
    @inline(__always)
    static func prefetch(_ slot: Int, from first: UInt) {
        headroom_prefetch(first &+ UInt(bitPattern: slot &* MemoryLayout<Point>.stride), MemoryLayout<Point>.size)
    }

    /// Asks for what the next readings of a worker touch: `slot` is the one whose turn is now.
    @inline(__always)
    static func prefetch(_ points: [Point], _ slot: Int, from first: UInt) {
        let point = first &+ UInt(bitPattern: (slot &+ Self.ahead) &* MemoryLayout<Point>.stride)
        headroom_prefetch(point, MemoryLayout<MeterTrace>.size)
        headroom_prefetch(point &+ Self.proofOffset, MemoryLayout<UInt>.size * 2)
        let near = slot &+ 1
        guard near < points.count, let samples = points.span[near].meter.nextTouched else { return }
        headroom_prefetch(samples, 320)
    }

    private static let proofOffset = UInt(MemoryLayout<Point>.offset(of: \.proof) ?? 0)
}
