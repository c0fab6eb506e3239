import Control
import Domain
import Foundation
import Logging
import Testing

@testable import Worker

/// Activations as files in a bounded folder.
@Suite struct ProofRecorderTests {
    /// Three activations of ten seconds, two minutes apart, at 20 Hz.
    private func record(_ recorder: ProofRecorder) {
        for tick in 0..<360 * 20 {
            let now = Instant(microseconds: 1_000_000_000_000 + tick * ProofRecorder.period * 1_000)
            let asked = (60..<70).contains(tick / 20 % 120) ? 5_000 : 0
            let moment = EdgeMoment(
                resource: "R", product: "P", awardWatts: 10_000, requestedWatts: asked, setpointWatts: 7_000 - asked,
                meteredWatts: recorder.isMeterDue(now) ? 7_000 - asked : nil)
            recorder.take([moment], milliHertz: 49_950, at: now)
        }
        recorder.close()
    }

    private func withFolder(_ body: (String) throws -> Void) rethrows {
        let folder = FileManager.default.temporaryDirectory.appending(path: "proof-\(UInt64.random(in: 0 ... .max))")
            .path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func names(_ folder: String) -> [ProofName] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap(ProofName.init).sorted()
    }

    @Test func eachActivationIsAFile() throws {
        try self.withFolder { folder in
            self.record(ProofRecorder(folder: folder, mostBytes: 1 << 20, logger: self.logger))
            let names = self.names(folder)
            #expect(names.map(\.began.seconds) == [1_000_060, 1_000_180, 1_000_300])
            let text = try String(contentsOfFile: "\(folder)/\(names[1].file)", encoding: .utf8)
            let samples = try ProofFile.samples(text)
            #expect(samples.count == 100 * 20 && samples.count { $0.meteredWatts != nil } == 100)
            #expect(samples.count { $0.requestedWatts == 5_000 && $0.setpointWatts == 2_000 } == 200)
        }
    }

    /// A file is about 65 kB: of three two fit.
    @Test func theOldestGo() {
        self.withFolder { folder in
            self.record(ProofRecorder(folder: folder, mostBytes: 150_000, logger: self.logger))
            #expect(self.names(folder).map(\.began.seconds) == [1_000_180, 1_000_300])
        }
    }

    /// A disk that takes nothing stops nothing.
    @Test func aFolderThatCannotBeIsOnlyCounted() {
        self.record(ProofRecorder(folder: "/proc/none/proof", mostBytes: 1 << 20, logger: self.logger))
    }
}
