import Domain
import Foundation
import OCPP
import TestSupport
import Testing

@testable import Worker

/// `Protocols/ocpp/malformed.json`: a frame a row, with the answer of 1.6, 2.0.1 and 2.1: `4 id code`, `5 id code`,
/// `3 id`, nothing, or null where the row does not apply. `{{x*N}}` stands for N times x (`#` = its number), `hex:`
/// opens bytes.
@Suite struct MalformedFrameTests {
    private struct Row {
        var name: String
        var frame: [UInt8]
        var answers: [OCPPVersion: String]
    }

    private static func expanded(_ text: String) -> [UInt8] {
        if text.hasPrefix("hex:") {
            let digits = Array(text.dropFirst(4))
            return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
        }
        var out = ""
        var rest = Substring(text)
        while let start = rest.range(of: "{{"), let end = rest[start.upperBound...].range(of: "}}"),
            let star = rest[start.upperBound..<end.lowerBound].lastIndex(of: "*"),
            let count = Int(rest[rest.index(after: star)..<end.lowerBound])
        {
            let piece = String(rest[start.upperBound..<star])
            out += rest[..<start.lowerBound]
            for number in 0..<count { out += piece.replacing("#", with: String(number)) }
            rest = rest[end.upperBound...]
        }
        return Array((out + rest).utf8)
    }

    private func rows() throws -> [Row] {
        let url = Workspace.root.appending(path: "Protocols/ocpp/malformed.json")
        let all = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [[Any]] ?? []
        return all.map { row in
            var answers: [OCPPVersion: String] = [:]
            for (version, answer) in zip(OCPPVersion.allCases, row.dropFirst(2)) {
                answers[version] = answer as? String
            }
            return Row(
                name: row[0] as? String ?? "", frame: Self.expanded(row[1] as? String ?? ""), answers: answers)
        }
    }

    private func newLink(_ version: OCPPVersion) -> StationLink {
        StationLink(
            station: "CP1", version: version, configuration: LinkConfiguration(), record: StationRecord(), salt: 1,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }))
    }

    /// What was said, in the notation of the file.
    private func told(_ outputs: [LinkOutput]) -> String {
        outputs.compactMap { output in
            guard case .send(let bytes) = output else { return nil }
            let parts = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [Any] ?? []
            let type = parts.first as? Int ?? 0
            let words = type == 3 ? parts.prefix(2) : parts.prefix(3)
            return words.map { "\($0)" }.joined(separator: " ")
        }.joined(separator: ", ")
    }

    @Test(arguments: OCPPVersion.allCases)
    func eachGetsItsAnswerAndChangesNothing(_ version: OCPPVersion) throws {
        var count = 0
        for row in try self.rows() {
            guard let wanted = row.answers[version] else { continue }
            var link = self.newLink(version)
            let before = link.record.transactions
            let outputs = link.receive(row.frame, at: Instant(seconds: 1_795_464_000))
            #expect(self.told(outputs) == wanted, "\(row.name)")
            let facts = outputs.contains { if case .facts = $0 { true } else { false } }
            #expect(!facts || wanted == "3 a", "\(row.name) told facts")
            #expect(link.record.transactions == before && link.record.boot == nil, "\(row.name)")
            #expect(link.session.isFree, "\(row.name)")
            count += 1
        }
        #expect(count >= 60)
    }

    /// After all of them on one connection, with ids that come again, the next good frame is answered.
    @Test(arguments: OCPPVersion.allCases)
    func theLinkGoesOn(_ version: OCPPVersion) throws {
        var link = self.newLink(version)
        for row in try self.rows() { _ = link.receive(row.frame, at: Instant(seconds: 1_795_464_000)) }
        let outputs = link.receive(Array(#"[2,"good","Heartbeat",{}]"#.utf8), at: Instant(seconds: 1_795_464_001))
        #expect(self.told(outputs) == "3 good")
    }
}
