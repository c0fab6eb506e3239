import Domain
import Foundation
import Testing

@testable import Storage

/// A checkpoint is on the disk whole or not at all, however it is written and whatever happens meanwhile.
@Suite struct CheckpointBytesTests {
    private struct Gone: Error {}

    private func journal(_ body: (Journal, _ folder: String) throws -> Void) throws {
        let folder = "/tmp/headroom-checkpoint-\(UInt64.random(in: 1...UInt64.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let journal = try Journal(folder: folder, configuration: .events)
        defer { journal.close() }
        try body(journal, folder)
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("checkpoint-") }.sorted()
    }

    /// In pieces of any size, more than the writer and the reader hold at once.
    @Test(arguments: [0, 1, 4_095, 700_000]) func whatWasWrittenInPiecesIsReadInPieces(_ size: Int) throws {
        try self.journal { journal, _ in
            let pieces = (0..<4).map { piece in (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ piece) } }
            try journal.keepCheckpoint(after: 7, at: Instant(seconds: 9)) { writer in
                for piece in pieces { try writer.write(piece) }
                #expect(writer.count == 4 * size)
            }
            let kept = try #require(try journal.checkpoints().first)
            let reader = try #require(try journal.read(kept))
            #expect(kept.index == 7 && reader.count == 4 * size)
            #expect(try reader.read(.max, at: 0) == pieces.flatMap { $0 })
            #expect(try reader.read(10, at: max(0, 4 * size - 3)).count == min(3, 4 * size), "no checksum in it")
        }
    }

    /// One bit anywhere, the checksum's among them.
    @Test func damageIsFound() throws {
        try self.journal { journal, folder in
            try journal.keepCheckpoint(after: 1, at: Instant(seconds: 1)) { try $0.write(Array(0...99)) }
            let kept = try #require(try journal.checkpoints().first)
            let path = URL(filePath: "\(folder)/\(try #require(try self.files(folder).first))")
            let bytes = try Data(contentsOf: path)
            for place in [0, 57, 99, 100, 103] {
                var damaged = bytes
                damaged[place] ^= 4
                try damaged.write(to: path)
                #expect(try journal.read(kept) == nil)
            }
            for count in [0, 3, 4, 103] {
                try bytes.prefix(count).write(to: path)
                #expect(try journal.read(kept) == nil, "\(count) bytes")
            }
        }
    }

    /// Neither what failed nor what a killed process left behind takes room, and the one before stands.
    @Test func whatWasNotFinishedGoes() throws {
        try self.journal { journal, folder in
            try journal.keepCheckpoint(after: 1, at: Instant(seconds: 1)) { try $0.write([1]) }
            let before = try self.files(folder)
            #expect(throws: Gone.self) {
                try journal.keepCheckpoint(after: 2, at: Instant(seconds: 2)) { writer in
                    try writer.write(Array(repeating: 0, count: 3 << 20))
                    throw Gone()
                }
            }
            #expect(try self.files(folder) == before)
            let left = "\(folder)/checkpoint-00000000000000000003-3.hrc.new"
            try Data([1, 2, 3]).write(to: URL(filePath: left))
            try journal.keepCheckpoint(after: 4, at: Instant(seconds: 4)) { try $0.write([4]) }
            #expect(try self.files(folder).count == 2 && !FileManager.default.fileExists(atPath: left))
        }
    }
}
