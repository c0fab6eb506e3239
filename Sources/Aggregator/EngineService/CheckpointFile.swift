import Engine
import FleetLink
import Foundation

/// The bytes of a checkpoint: magic `HRK1`, then frames of a length (UInt32, little-endian) and as many bytes of JSON:
/// parts of the points first, what is left of the state last. Written down at once, 100,000 points took 2 GB, which the
/// process then kept. What begins otherwise is one JSON text, as it was written before.
enum CheckpointFile {
    private static let magic = Array("HRK1".utf8)
    /// Points of a part: some megabyte.
    static let mostPoints = 512

    static func encode(_ engine: AggregatorEngine, by most: Int = Self.mostPoints) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var writer = ByteWriter(reserving: 1 << 20)
        writer.put(raw: Self.magic)
        let bare = try EngineCheckpoint(engine).split(by: most) { writer.put(frame: try encoder.encode($0)) }
        writer.put(frame: try encoder.encode(bare))
        return writer.bytes
    }

    /// The engine; nil where the bytes are no checkpoint, or not of the state that was kept.
    static func decode(_ bytes: [UInt8]) -> AggregatorEngine? {
        guard bytes.starts(with: Self.magic) else {
            return try? JSONDecoder().decode(EngineCheckpoint.self, from: Data(bytes)).restored
        }
        var frames: [Range<Int>] = []
        var place = Self.magic.count
        while place + 4 <= bytes.count {
            let count = bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
            guard place + 4 + count <= bytes.count else { return nil }
            frames.append(place + 4..<place + 4 + count)
            place += 4 + count
        }
        guard place == bytes.count, let last = frames.popLast() else { return nil }
        let decoder = JSONDecoder()
        guard var checkpoint = try? decoder.decode(EngineCheckpoint.self, from: Data(bytes[last])) else { return nil }
        for frame in frames {
            guard let part = try? decoder.decode(EngineCheckpoint.Part.self, from: Data(bytes[frame])),
                checkpoint.add(part)
            else { return nil }
        }
        return checkpoint.restored
    }
}

extension ByteWriter {
    fileprivate mutating func put(frame data: Data) {
        self.put(UInt32(data.count))
        self.put(raw: Array(data))
    }
}
