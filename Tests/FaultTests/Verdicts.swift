import Foundation
import TestSupport
import Testing

/// Faults whose verdicts are not good yet on every machine. They are made and told everywhere; only `ops/soak` and
/// `HEADROOM_FAULTS_ALL=1` fail by them.
enum OnTrial {
    static let isJudged = ProcessInfo.processInfo.environment["HEADROOM_FAULTS_ALL"] != nil

    static func tried(_ body: () async throws -> Void) async throws {
        guard !self.isJudged else { return try await body() }
        await withKnownIssue("on trial", isIntermittent: true) { try await body() }
    }
}

/// The table of faults: one row each, printed at once and kept for `ops/test`, which prints the whole.
enum Verdicts {
    /// A plant with all its faults in a row; each finding fails the test.
    static func tell(_ evidence: Evidence, _ findings: [Invariant.Finding], isOnTrial: Bool = false) {
        let worst = Invariant.steepest(evidence)
        let slowest = evidence.faults.compactMap(\.resumed).max()
        var words = ["rise \(worst.watts) of \(evidence.ramp) W/s"]
        words.append("met again after \(slowest.map(Invariant.rounded) ?? "–") s")
        words.append("performance \(Double(evidence.books.performance) / 10_000)")
        self.row(
            evidence.name, faults: evidence.faults.count, seed: evidence.seed, words.joined(separator: ", "),
            isGood: findings.isEmpty, isOnTrial: isOnTrial)
        for finding in findings { Issue.record("\(evidence.name), seed \(evidence.seed): \(finding)") }
    }

    static func row(
        _ name: String, faults: Int = 1, seed: UInt64? = nil, _ words: String, isGood: Bool, isOnTrial: Bool = false
    ) {
        let verdict = (isGood ? "holds" : "BROKEN") + (isOnTrial ? ", on trial" : "")
        self.write("| \(name) | \(faults) | \(seed.map(String.init) ?? "–") | \(words) | \(verdict) |")
    }

    static func skipped(_ name: String, _ reason: String) {
        self.write("| \(name) | 0 | – | skipped: \(reason) | – |")
    }

    private static func write(_ row: String) {
        print("fault: \(row)")
        let folder = Workspace.root.appending(path: ".build/artefacts/faults")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "\(UInt64.random(in: 0 ... .max)).row")
        try? Data((row + "\n").utf8).write(to: file)
    }
}
