import Domain
import Foundation
import OCPP
import TestSupport
import Testing

@testable import Worker

/// Every message that a station may send is answered as its schema wants; every one that is ours is refused.
@Suite(.ownThreads) struct KnownMessageTests {
    private func golden(_ version: OCPPVersion) throws -> [(action: String, frame: [UInt8])] {
        let url = Workspace.root.appending(path: "Protocols/ocpp/messages-\(version.number).json")
        let all = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [[Any]] ?? []
        return try all.compactMap { frame in
            guard let type = frame.first as? Int, type == 2, let action = frame[2] as? String else { return nil }
            return (action, try Array(JSONSerialization.data(withJSONObject: frame)))
        }
    }

    private func answer(_ frame: [UInt8], _ version: OCPPVersion) -> (bytes: [UInt8]?, counts: [String]) {
        var link = StationLink(
            station: "CP1", version: version, configuration: LinkConfiguration(), record: StationRecord(), salt: 1,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }))
        let now = Instant(seconds: 1_795_464_000)
        var outputs = link.receive(frame, at: now)
        if case .facts(_, let ticket?) = outputs.first { outputs += link.acknowledged(ticket, at: now) }
        var bytes: [UInt8]?
        var counts: [String] = []
        for output in outputs {
            if case .send(let sent) = output, bytes == nil { bytes = sent }
            if case .counted(let name) = output { counts.append(name) }
        }
        return (bytes, counts)
    }

    @Test(arguments: OCPPVersion.allCases)
    func stationsAreAnsweredAndOursAreRefused(_ version: OCPPVersion) throws {
        var answers: [String] = []
        var refused = 0
        for (action, frame) in try self.golden(version) {
            let entry = try #require(Catalogue.entry(action, in: version))
            let text = String(decoding: self.answer(frame, version).bytes ?? [], as: UTF8.self)
            if entry.caller == .csms {
                #expect(text.hasPrefix(#"[4,"m-1","NotSupported","#), "\(action): \(text)")
                refused += 1
            } else {
                #expect(text.hasPrefix(#"[3,"m-1",{"#), "\(action): \(text)")
                answers.append("[\"\(action)\",\(text)]")
            }
        }
        #expect(answers.count > 10 && refused > 20)
        try self.holdAgainstSchemas(answers, version)
    }

    private func holdAgainstSchemas(_ answers: [String], _ version: OCPPVersion) throws {
        guard let python = Program.peersPython else {
            print("skipped: no peers' Python (ops/setup test makes it)")
            return
        }
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "answers.json")
        try ("[" + answers.joined(separator: ",") + "]").write(to: file, atomically: true, encoding: .utf8)
        let outcome = try Program.run(python, ["Tests/Interop/ocpp_schema.py", version.number, file.path])
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }

    /// A stream's values (2.1) come as SEND: counted, never answered.
    @Test func streams() {
        let text =
            #"[6,"s","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-11-23T20:00:00Z","data":[{"t":0,"v":"49.97"}]}]"#
        let known = self.answer(Array(text.utf8), .v21)
        #expect(known.bytes == nil && known.counts == ["notify_periodic_event_stream"])
        let broken = self.answer(Array(text.replacing("\"t\":0,", with: "").utf8), .v21)
        #expect(broken.bytes == nil && broken.counts == ["broken_send"])
    }

    /// What this system cannot do is refused by the message's own words.
    @Test(arguments: [
        ("SignCertificate", #"{"csr":"x"}"#, #""status":"Rejected""#),
        (
            "GetCertificateStatus",
            #"{"ocspRequestData":{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"c","responderURL":"d"}}"#,
            #""status":"Failed""#
        ),
        ("DataTransfer", #"{"vendorId":"x"}"#, #""status":"UnknownVendorId""#),
        (
            "OpenPeriodicEventStream",
            #"{"constantStreamData":{"id":1,"params":{"interval":1},"variableMonitoringId":2}}"#,
            #""status":"Accepted""#
        ),
    ])
    func ownWords(_ action: String, _ payload: String, _ wanted: String) {
        let text = String(
            decoding: self.answer(Array("[2,\"a\",\"\(action)\",\(payload)]".utf8), .v21).bytes ?? [], as: UTF8.self)
        #expect(text.contains(wanted), "\(text)")
    }
}
