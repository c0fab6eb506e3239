import Domain
import Engine
import FleetLink
import Foundation
import Storage
import Synchronization

/// The bytes of a checkpoint: magic `HRK1`, then frames of a length (UInt32, little-endian) and as many bytes of JSON: parts
/// of large collections (`PartSink`), and last the state, where they are named by their places. Neither the writer nor the
/// reader ever has more than a part in memory. What begins otherwise is one JSON text, as it was written before.
enum CheckpointFile {
    fileprivate static let magic = Array("HRK1".utf8)

    static func write(_ engine: AggregatorEngine, to put: @escaping @Sendable ([UInt8]) throws -> Void) throws {
        try put(Self.magic)
        _ = try CheckpointFrames(put).put(EngineCheckpoint(engine))
    }

    /// The engine; nil where the bytes are no checkpoint, or not of the state that was kept.
    /// - Parameters:
    ///   - count: of all bytes.
    ///   - get: so many bytes from a place on.
    static func read(_ count: Int, _ get: @escaping @Sendable (Int, Int) throws -> [UInt8]) throws -> AggregatorEngine?
    {
        guard try get(Self.magic.count, 0) == Self.magic else {
            return try? JSONDecoder().decode(EngineCheckpoint.self, from: Data(try get(count, 0))).restored
        }
        guard let parts = try CheckpointParts(count, get), let last = parts.last else { return nil }
        let checkpoint: EngineCheckpoint? = try? parts.part(last)
        return parts.areAllRead ? checkpoint?.restored : nil
    }
}

/// Writes frames one after the other.
private final class CheckpointFrames: PartSink {
    private let sink: @Sendable ([UInt8]) throws -> Void
    private let count = Mutex(0)

    init(_ sink: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.sink = sink
    }

    func put(_ part: some Encodable) throws -> Int {
        let encoder = JSONEncoder()
        encoder.userInfo[.partSink] = self
        // Parts inside of this one go before it.
        let data = try encoder.encode(part)
        var writer = ByteWriter(reserving: 4 + data.count)
        writer.put(UInt32(data.count))
        writer.put(raw: Array(data))
        try self.sink(writer.bytes)
        return self.count.withLock {
            $0 += 1
            return $0 - 1
        }
    }
}

/// Finds frames again, and reads one where it is asked for.
private final class CheckpointParts: PartSource {
    private let frames: [Range<Int>]
    private let get: @Sendable (Int, Int) throws -> [UInt8]
    private let reads = Mutex(0)

    /// Nil where the frames do not fill the bytes.
    init?(_ count: Int, _ get: @escaping @Sendable (Int, Int) throws -> [UInt8]) throws {
        var frames: [Range<Int>] = []
        var place = CheckpointFile.magic.count
        while place < count {
            let length = try get(4, place).reversed().reduce(0) { $0 << 8 | Int($1) }
            guard place + 4 + length <= count else { return nil }
            frames.append(place + 4..<place + 4 + length)
            place += 4 + length
        }
        self.frames = frames
        self.get = get
    }

    var last: Int? { self.frames.indices.last }
    /// Each part is named once: others are not of this state.
    var areAllRead: Bool { self.reads.withLock { $0 } == self.frames.count }

    func part<Value: Decodable>(_ place: Int) throws -> Value {
        guard self.frames.indices.contains(place) else {
            throw AggregatorError(.badRecord, "part \(place) of a checkpoint is missing")
        }
        self.reads.withLock { $0 += 1 }
        let frame = self.frames[place]
        let decoder = JSONDecoder()
        decoder.userInfo[.partSource] = self
        return try decoder.decode(Value.self, from: Data(try self.get(frame.count, frame.lowerBound)))
    }
}
