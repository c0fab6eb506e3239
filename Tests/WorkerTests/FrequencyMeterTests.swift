import Domain
import Foundation
import Logging
import NIOCore
import Runtime
import TestSupport
import Testing

@testable import Worker

/// A depot's own frequency meter on Modbus/TCP.
@Suite struct FrequencyMeterTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let terms = FrequencyMeterConfiguration(host: "meter", register: 19_050)

    private func bytes(_ frame: [UInt8]) -> ByteBuffer { ByteBuffer(bytes: frame) }

    /// From the specification: transaction, protocol 0, length, unit, function, address, count.
    @Test func theQuestion() {
        #expect(
            Array(self.terms.question(0x0102).bytes.readableBytesView)
                == [0x01, 0x02, 0, 0, 0, 6, 1, 4, 0x4A, 0x6A, 0, 2])
        var holding = self.terms
        holding.table = .holding
        holding.format = .uint16
        #expect(
            Array(holding.question(7).bytes.readableBytesView) == [0, 7, 0, 0, 0, 6, 1, 3, 0x4A, 0x6A, 0, 1])
    }

    @Test func theAnswerInPieces() {
        let question = self.terms.question(5)
        let whole: [UInt8] = [0, 5, 0, 0, 0, 7, 1, 4, 4, 0x42, 0x48, 0x0C, 0x4A]
        for cut in 0..<whole.count {
            var buffer = self.bytes(Array(whole[..<cut]))
            #expect(question.answer(from: &buffer) == .more, "\(cut) bytes")
            buffer.writeBytes(whole[cut...])
            #expect(question.answer(from: &buffer) == .registers([0x4248, 0x0C4A]), "cut at \(cut)")
            #expect(buffer.readableBytes == 0)
        }
    }

    @Test func answersThatAreNone() {
        let question = self.terms.question(5)
        func answer(_ frame: [UInt8]) -> ModbusRead.Answer {
            var buffer = self.bytes(frame)
            return question.answer(from: &buffer)
        }
        #expect(answer([0, 5, 0, 0, 0, 3, 1, 0x84, 2]) == .exception(2))
        #expect(answer([0, 4, 0, 0, 0, 7, 1, 4, 4, 0, 0, 0, 0]) == .other, "an older question's")
        let broken: [[UInt8]] = [
            [0, 5, 0, 1, 0, 7, 1, 4, 4, 0, 0, 0, 0], [0, 5, 0, 0, 0, 2, 1, 4], [0, 5, 0, 0, 0xFF, 0xFF, 1, 4],
            [0, 5, 0, 0, 0, 7, 2, 4, 4, 0, 0, 0, 0], [0, 5, 0, 0, 0, 7, 1, 3, 4, 0, 0, 0, 0],
            [0, 5, 0, 0, 0, 5, 1, 4, 2, 0, 0], [0, 5, 0, 0, 0, 6, 1, 4, 4, 0, 0, 0], Array("HTTP/1.1 400".utf8),
        ]
        for frame in broken {
            guard case .broken = answer(frame) else {
                Issue.record("\(frame) was taken")
                continue
            }
        }
    }

    @Test func numbers() {
        var terms = self.terms
        #expect(terms.milliHertz(of: [0x4248, 0x0C4A]) == 50_012, "a float of Hz")
        terms.lowWordFirst = true
        #expect(terms.milliHertz(of: [0x0C4A, 0x4248]) == 50_012)
        #expect(terms.milliHertz(of: [0, 0x7FC0]) == nil, "not a number")
        #expect(terms.milliHertz(of: [0, 0x7F80]) == nil, "infinite")
        #expect(terms.milliHertz(of: [0x4248]) == nil)
        terms.format = .uint16
        terms.milliHertzPerUnit = 10
        #expect(terms.milliHertz(of: [4_997]) == 49_970)
        terms.format = .uint32
        terms.milliHertzPerUnit = 1
        terms.lowWordFirst = false
        #expect(terms.milliHertz(of: [0, 49_970]) == 49_970)
    }

    @Test func aMeterThatHangs() {
        var watch = ModbusFrequencyMeter.Watch()
        let patience = TimeSpan.seconds(10)
        func look(_ value: UInt16, _ second: Int, _ patience: TimeSpan) -> Bool {
            watch.isFrozen([value], at: Instant(seconds: second), patience: patience)
        }
        #expect([0, 5, 10].map { look(1, $0, patience) } == [false, false, false])
        #expect(look(1, 11, patience))
        #expect(!look(1, 11, .zero), "switched off")
        #expect(!look(2, 12, patience), "it moves again")
        #expect(!look(2, 22, patience))
    }

    @Test(arguments: [
        ("register: 70000", "register is 70000"), ("everyMilliseconds: 1", "give 20 to 1000"),
        ("milliHertzPerUnit: 0", "milliHertzPerUnit"), ("unit: 256", "unit is 256"), ("frozen: 3", "frozen"),
    ])
    func configurationThatCannotWork(line: String, names: String) {
        let text = "host: meter\n" + (line.hasPrefix("register") ? "" : "register: 1\n") + line + "\n"
        do {
            _ = try StrictYAML.decode(FrequencyMeterConfiguration.self, from: text, name: "test")
            Issue.record("\(line) was taken")
        } catch {
            #expect("\(error)".contains(names), "\(error)")
        }
    }

    /// Against pymodbus: measures 50 times a second, loses it when it is silent or refuses, and finds it again.
    @Test func aRealMeter() async throws {
        guard let python = TestSupport.Program.peersPython else {
            print("skipped: no virtual environment of peers; ops/setup test makes it")
            return
        }
        let folder = try TestSupport.Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let word = folder.appending(path: "word")
        try "49.987".write(to: word, atomically: true, encoding: .utf8)
        let port = Ports.free(1)[0]
        let process = try TestSupport.Program.start(
            python, [Workspace.root.appending(path: "Tests/Interop/modbus_meter.py").path, String(port), word.path],
            log: folder.appending(path: "log"))
        // It may have inherited a mask that keeps the polite signal away.
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        var terms = FrequencyMeterConfiguration(host: "127.0.0.1", port: port, register: 19_050)
        terms.everyMilliseconds = 20
        terms.timeoutMilliseconds = 200
        let meter = ModbusFrequencyMeter(terms, logger: Self.quiet)
        let (news, heard) = AsyncStream<Void>.makeStream()
        let running = Task { await meter.run { heard.yield() } }
        defer { running.cancel() }
        func reads(_ milliHertz: Int, after: Instant = .distantPast) async throws -> Bool {
            try await TestSupport.Program.wait(within: 20) {
                meter.newest(at: after).flatMap { $0.milliHertz == milliHertz && $0.at > after ? true : nil }
            } ?? false
        }
        #expect(try await reads(49_987))
        var count = 0
        for await _ in news {
            count += 1
            if count == 20 { break }
        }
        for trouble in ["silent", "refuse"] {
            try trouble.write(to: word, atomically: true, encoding: .utf8)
            // What was asked before the word was written may still come.
            try await Task.sleep(for: .milliseconds(300))
            let last = meter.newest(at: .distantPast)
            try await Task.sleep(for: .milliseconds(300))
            #expect(meter.newest(at: .distantPast) == last, "\(trouble): nothing is made up")
            try "50.1".write(to: word, atomically: true, encoding: .utf8)
            #expect(try await reads(50_100, after: last?.at ?? .distantPast), "\(trouble): found again")
        }
    }
}
