/// The engine's whole state, to go on from without the journal before it. What follows from the rest is left out
/// and looked up anew. What there is of each car goes in parts where the encoder has a `PartSink`.
public struct EngineCheckpoint: Sendable, Codable {
    /// Of the layout below; another one is not read.
    public static let version = 6

    private let version: Int
    /// ``AggregatorEngine/fingerprint`` of the state.
    public let fingerprint: UInt64
    private let engine: AggregatorEngine

    public init(_ engine: AggregatorEngine) {
        self.version = Self.version
        self.fingerprint = engine.fingerprint
        self.engine = engine
    }

    /// The engine, or nil where the layout is another or the state is not the one that was kept.
    public var restored: AggregatorEngine? {
        guard self.version == Self.version else { return nil }
        var engine = self.engine
        engine.derive()
        return engine.fingerprint == self.fingerprint ? engine : nil
    }
}
