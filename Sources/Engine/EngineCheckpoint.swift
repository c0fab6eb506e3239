/// The engine's whole state, to go on from without the journal before it. What follows from the rest is left out
/// and looked up anew.
public struct EngineCheckpoint: Sendable, Codable {
    /// Of the layout below; another one is not read.
    public static let version = 6

    private let version: Int
    /// ``AggregatorEngine/fingerprint`` of the state.
    public let fingerprint: UInt64
    private var engine: AggregatorEngine

    /// Points of one worker, in the order of their slots: most of a state, and of a large fleet too much to be written down
    /// at once.
    public struct Part: Sendable, Codable {
        fileprivate let worker: Int
        fileprivate let points: [Point]
    }

    public init(_ engine: AggregatorEngine) {
        self.version = Self.version
        self.fingerprint = engine.fingerprint
        self.engine = engine
    }

    /// Hands over the points, at most `most` a part.
    /// - Returns: the checkpoint without them.
    public func split(by most: Int, _ body: (Part) throws -> Void) rethrows -> EngineCheckpoint {
        for (worker, points) in self.engine.points.enumerated() {
            for first in stride(from: 0, to: points.count, by: most) {
                try body(Part(worker: worker, points: Array(points[first..<min(first + most, points.count)])))
            }
        }
        var bare = self
        bare.engine.points = self.engine.points.map { _ in [] }
        return bare
    }

    /// Takes the next part back; false where it is of no worker that is known.
    public mutating func add(_ part: Part) -> Bool {
        guard self.engine.points.indices.contains(part.worker) else { return false }
        self.engine.points[part.worker] += part.points
        return true
    }

    /// The engine, or nil where the layout is another or the state is not the one that was kept.
    public var restored: AggregatorEngine? {
        guard self.version == Self.version else { return nil }
        var engine = self.engine
        engine.derive()
        return engine.fingerprint == self.fingerprint ? engine : nil
    }
}
