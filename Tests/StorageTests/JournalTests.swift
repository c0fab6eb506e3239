import Domain
import Foundation
import Storage
import TestSupport
import Testing

private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = try Program.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
}

private func everything(_ journal: Journal) throws -> [JournalEntry] {
    var reader = journal.reader(from: journal.firstIndex)
    return try reader.next(count: 100_000, bytes: 1 << 30)
}

/// Entries of different lengths, each durable before the next: every one of them was acknowledged.
private func fill(_ journal: Journal, _ count: Int) async throws {
    for number in 0..<count {
        let index = try journal.append(
            kind: UInt8(number % 7), at: Instant(seconds: number),
            payload: Array(repeating: UInt8(truncatingIfNeeded: number), count: number % 23))
        try await journal.durable(index)
    }
}

private func segments(_ folder: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".hrj") }
        .sorted().map { URL(filePath: folder).appending(path: $0) }
}

@Suite(.ownThreads) struct JournalTests {
    @Test func entriesAndIndicesOutliveARestart() async throws {
        try await withFolder { folder in
            let journal = try Journal(folder: folder, configuration: .lossless)
            try await fill(journal, 50)
            let before = try everything(journal)
            journal.close()
            let again = try Journal(folder: folder, configuration: .lossless)
            defer { again.close() }
            #expect(try everything(again) == before)
            #expect(before.map(\.index) == Array(1...50))
            #expect(before[30].at == Instant(seconds: 30) && before[30].kind == 2)
            #expect(again.nextIndex == 51)
        }
    }

    @Test func closingWritesWhatWaits() async throws {
        try await withFolder { folder in
            let journal = try Journal(folder: folder, configuration: .events)
            for number in 0..<1_000 {
                try journal.append(kind: 0, at: Instant(seconds: number), payload: [1])
            }
            journal.close()
            let again = try Journal(folder: folder, configuration: .events)
            defer { again.close() }
            #expect(try everything(again).count == 1_000)
        }
    }

    /// A crash may leave any prefix of the last write: whole entries stay, the rest is cut, writing goes on.
    @Test func aFileCutAtEveryByteOpensWithItsWholeEntries() async throws {
        try await withFolder { folder in
            let journal = try Journal(folder: folder + "/a", configuration: .lossless)
            try await fill(journal, 8)
            let entries = try everything(journal)
            journal.close()
            let file = try #require(try segments(folder + "/a").first)
            let bytes = try Data(contentsOf: file)
            for length in 0...bytes.count {
                let copy = "\(folder)/cut\(length)"
                try FileManager.default.createDirectory(
                    atPath: copy, withIntermediateDirectories: true)
                try bytes.prefix(length).write(
                    to: URL(filePath: copy).appending(path: file.lastPathComponent))
                let cut = try Journal(folder: copy, configuration: .lossless)
                var whole = 0
                var end = 20
                while whole < entries.count, end + 36 + entries[whole].payload.count <= length {
                    end += 36 + entries[whole].payload.count
                    whole += 1
                }
                #expect(try everything(cut) == Array(entries.prefix(whole)), "cut at \(length)")
                let index = try cut.append(kind: 9, at: Instant(seconds: 99), payload: [9])
                try await cut.durable(index)
                #expect(try everything(cut).last?.payload == [9])
                cut.close()
            }
        }
    }

    /// Rot in bytes that a later entry confirms is reported, never cut off in silence.
    @Test func aFlippedBitInConfirmedBytesIsReported() async throws {
        try await withFolder { folder in
            let journal = try Journal(folder: folder + "/a", configuration: .lossless)
            try await fill(journal, 12)
            let entries = try everything(journal)
            journal.close()
            let file = try #require(try segments(folder + "/a").first)
            let bytes = try Data(contentsOf: file)
            let lastTwo = entries.suffix(2).map { 36 + $0.payload.count }.reduce(0, +)
            for offset in 20..<bytes.count - lastTwo {
                var rotten = bytes
                rotten[offset] ^= 1 << UInt8(offset % 8)
                let copy = "\(folder)/flip\(offset)"
                try FileManager.default.createDirectory(
                    atPath: copy, withIntermediateDirectories: true)
                try rotten.write(to: URL(filePath: copy).appending(path: file.lastPathComponent))
                let error = #expect(throws: StorageError.self, "flip at \(offset)") {
                    try Journal(folder: copy, configuration: .lossless).close()
                }
                #expect(error?.code == .corrupt)
            }
        }
    }

    /// A copy taken at any time is what `kill -9` leaves: all that was acknowledged by then is in it.
    @Test func whatWasAcknowledgedIsInAnyLaterImage() async throws {
        try await withFolder { folder in
            var configuration = JournalConfiguration.lossless
            configuration.segmentBytes = 2_000
            let journal = try Journal(folder: folder + "/a", configuration: configuration)
            defer { journal.close() }
            for round in 0..<20 {
                for number in 0..<10 {
                    try journal.append(
                        kind: 0, at: Instant(seconds: number), payload: Array(repeating: 7, count: 30))
                }
                let acknowledged = journal.nextIndex - 1
                try await journal.durable(acknowledged)
                // More is in flight while the image is taken.
                for _ in 0..<5 { try journal.append(kind: 1, at: Instant(seconds: 0), payload: [1]) }
                let image = "\(folder)/image\(round)"
                try FileManager.default.copyItem(atPath: folder + "/a", toPath: image)
                let opened = try Journal(folder: image, configuration: configuration)
                #expect(opened.durableIndex >= acknowledged)
                #expect(try everything(opened).count == Int(opened.durableIndex))
                opened.close()
            }
        }
    }

    @Test func truncationFreesSegmentsAndAFullJournalRefuses() async throws {
        try await withFolder { folder in
            var configuration = JournalConfiguration.lossless
            configuration.segmentBytes = 1_000
            configuration.maximumBytes = 5_000
            let journal = try Journal(folder: folder, configuration: configuration)
            defer { journal.close() }
            var refused: StorageError?
            while refused == nil {
                do {
                    let index = try journal.append(
                        kind: 0, at: Instant(seconds: 0), payload: Array(repeating: 0, count: 64))
                    try await journal.durable(index)
                } catch let error as StorageError { refused = error }
            }
            #expect(refused?.code == .full)
            #expect(journal.size <= 5_000)
            let last = journal.durableIndex
            try journal.truncate(before: last)
            #expect(journal.firstIndex > 1 && journal.firstIndex <= last)
            let index = try journal.append(kind: 0, at: Instant(seconds: 0), payload: [1])
            try await journal.durable(index)
            #expect(index == last + 1)
            var reader = journal.reader(from: 1)
            #expect(throws: StorageError.self) { _ = try reader.next() }
        }
    }

    @Test func rollingRetentionDropsOldestButNotWhatIsProtected() async throws {
        try await withFolder { folder in
            var configuration = JournalConfiguration.events
            configuration.segmentBytes = 500
            configuration.maximumBytes = 3_000
            let journal = try Journal(folder: folder, configuration: configuration)
            defer { journal.close() }
            try await fill(journal, 300)
            #expect(journal.size <= 3_600)
            let kept = journal.firstIndex
            #expect(kept > 1)
            journal.protect(from: kept)
            try await fill(journal, 200)
            #expect(journal.firstIndex <= kept)
            journal.protect(from: .max)
            let index = try journal.append(kind: 0, at: Instant(seconds: 49 * 3600), payload: [])
            try await journal.durable(index)
            let next = try journal.append(kind: 0, at: Instant(seconds: 98 * 3600), payload: [])
            try await journal.durable(next)
            #expect(journal.firstIndex > kept)
        }
    }

    @Test func limitsAndTheLock() async throws {
        try await withFolder { folder in
            var configuration = JournalConfiguration.lossless
            configuration.maximumPayload = 10
            configuration.maximumPending = 40
            let journal = try Journal(folder: folder, configuration: configuration)
            let large = #expect(throws: StorageError.self) {
                try journal.append(
                    kind: 0, at: Instant(seconds: 0), payload: Array(repeating: 0, count: 11))
            }
            #expect(large?.code == .invalid)
            let waiting = #expect(throws: StorageError.self) {
                try journal.append(
                    kind: 0, at: Instant(seconds: 0), payload: Array(repeating: 0, count: 5))
            }
            #expect(waiting?.code == .overloaded)
            let second = #expect(throws: StorageError.self) {
                try Journal(folder: folder, configuration: configuration).close()
            }
            #expect(second?.code == .locked)
            await #expect(throws: StorageError.self) { try await journal.durable(5) }
            journal.close()
            let closed = #expect(throws: StorageError.self) {
                try journal.append(kind: 0, at: Instant(seconds: 0), payload: [])
            }
            #expect(closed?.code == .closed)
        }
    }

    /// A real file system without room: nothing is acknowledged, and it goes on once there is room again.
    @Test func aFullDiskIsAnErrorAndNothingIsAcknowledged() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/disk", withIntermediateDirectories: true)
            let mounted = try Program.run(
                "/usr/bin/mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder + "/disk"])
            guard mounted.status == 0 else {
                print("skipped: a full disk needs the right to mount a tmpfs")
                return
            }
            defer { _ = try? Program.run("/usr/bin/umount", ["-l", folder + "/disk"]) }
            let journal = try Journal(folder: folder + "/disk/j", configuration: .lossless)
            defer { journal.close() }
            try await fill(journal, 5)
            let ballast = folder + "/disk/ballast"
            try Data(repeating: 1, count: 200 << 10).write(to: URL(filePath: ballast))
            var acknowledged = journal.durableIndex
            var refused: StorageError?
            for _ in 0..<100 where refused == nil {
                do {
                    let index = try journal.append(
                        kind: 0, at: Instant(seconds: 0), payload: Array(repeating: 3, count: 4_000))
                    try await journal.durable(index)
                    acknowledged = index
                } catch let error as StorageError { refused = error }
            }
            #expect(refused?.code == .full)
            #expect(journal.durableIndex == acknowledged)
            try FileManager.default.removeItem(atPath: ballast)
            try journal.recover()
            let index = try journal.append(kind: 4, at: Instant(seconds: 0), payload: [4])
            try await journal.durable(index)
            #expect(index == acknowledged + 1)
            journal.close()
            let again = try Journal(folder: folder + "/disk/j", configuration: .lossless)
            defer { again.close() }
            let entries = try everything(again)
            #expect(entries.map(\.index) == Array(1...index) && entries.last?.payload == [4])
        }
    }
}
