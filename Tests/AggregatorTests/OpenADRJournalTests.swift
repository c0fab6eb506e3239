import Foundation
import OpenADR
import Testing

@testable import Aggregator

@Suite("OpenADR VTN: what a restart keeps")
struct OpenADRJournalTests {
    private func path() -> String {
        FileManager.default.temporaryDirectory.appending(path: "openadr-\(UUID().uuidString).jsonl")
            .path
    }

    @Test func objectsSurviveARestart() async throws {
        let path = self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try VTNBench(journal: try FileObjectJournal(path: path))
        let program = try await first.make("programs", #"{"programName":"P","x":0.10}"#)
        let gone = try await first.make("events", #"{"programID":"\#(program)"}"#)
        let event = try await first.make("events", #"{"programID":"\#(program)"}"#)
        let ven = try await first.make("vens", #"{"venName":"v"}"#, as: "ven_client")
        _ = try await first.send("DELETE", "events/\(gone)")
        first.advance(7)
        _ = try await first.send(
            "PUT", "events/\(event)", #"{"programID":"\#(program)","eventName":"late"}"#)
        let before = try await first.send("GET", "events").json

        let second = try VTNBench(journal: try FileObjectJournal(path: path))
        #expect(try await second.ids("programs") == [program])
        #expect(try await second.send("GET", "events").json == before)
        #expect(try await second.ids("vens", as: "ven_client") == [ven])
        #expect(try await second.ids("vens", as: "ven_client2").isEmpty)
    }

    @Test func aTornLastLineIsDropped() async throws {
        let path = self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try VTNBench(journal: try FileObjectJournal(path: path))
        let program = try await first.make("programs", #"{"programName":"P"}"#)
        _ = try await first.make("programs", #"{"programName":"Q"}"#)
        let bytes = try Data(contentsOf: URL(filePath: path))
        // Wherever the last write was cut, what came before it is there.
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        let cut = bytes.count - lines[1].count / 2
        try bytes[..<cut].write(to: URL(filePath: path))
        let second = try VTNBench(journal: try FileObjectJournal(path: path))
        #expect(try await second.ids("programs") == [program])
    }

    @Test func damageInTheMiddleIsSaid() throws {
        let path = self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("{\"put\"\n{}\n".utf8).write(to: URL(filePath: path))
        #expect { try FileObjectJournal(path: path) } throws: {
            "\($0)".contains("line 1 is damaged")
        }
    }
}
