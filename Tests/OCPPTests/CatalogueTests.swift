import Foundation
import TestSupport
import Testing

@testable import OCPP

/// The tables of all messages, held against what others published.
@Suite(.ownThreads) struct CatalogueTests {
    static func lines(_ version: OCPPVersion) -> [String] {
        Catalogue.all.filter { $0.versions.contains(version) }.flatMap { $0.shape(version) }
    }

    /// Every action of the version is known, and no other; each field has the bounds of the published schema.
    @Test(arguments: OCPPVersion.allCases)
    func theTablesAreThoseOfTheSchemas(_ version: OCPPVersion) throws {
        guard let python = Program.peersPython else {
            print("skipped: no peers' Python (ops/setup test makes it)")
            return
        }
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "tables.txt")
        try (Self.lines(version).joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
        let outcome = try Program.run(python, ["Tests/Interop/ocpp_tables.py", version.number, file.path])
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }

    @Test func numbersOfActions() {
        func count(_ version: OCPPVersion) -> Int { Catalogue.all.count { $0.versions.contains(version) } }
        #expect(count(.v16) == 39)
        #expect(count(.v201) == 64)
        #expect(count(.v21) == 91)
    }

    /// Each message both ways, the least and all of it: read, written to the same bytes, free of faults, also where
    /// bounds, words and unknown fields are looked at. `UPDATE_GOLDEN=1` rewrites the files.
    @Test(arguments: OCPPVersion.allCases)
    func goldenMessages(_ version: OCPPVersion) throws {
        var frames: [String] = []
        for entry in Catalogue.all.sorted(by: { $0.action < $1.action }) where entry.versions.contains(version) {
            let lines = entry.shape(version)
            for (name, read) in [("Request", Optional(entry.request)), ("Response", entry.answer)] {
                guard let read, let samples = MessageSamples(entry.action + name, lines: lines) else { continue }
                let texts = [samples.json(isFull: false), samples.json(isFull: true)]
                for text in texts.first == texts.last ? [texts[0]] : texts {
                    let written = try self.roundTrip(text, read, version)
                    #expect(written == text, "\(entry.action)\(name)")
                    frames.append(
                        name == "Request"
                            ? "[\(entry.answer == nil ? 6 : 2),\"m-1\",\"\(entry.action)\",\(text)]"
                            : "[\"\(entry.action)\",[3,\"m-1\",\(text)]]")
                }
            }
        }
        let text = "[\n" + frames.joined(separator: ",\n") + "\n]\n"
        let url = Workspace.root.appending(path: "Protocols/ocpp/messages-\(version.number).json")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: url, encoding: .utf8)
        #expect(golden == text, "UPDATE_GOLDEN=1 rewrites \(url.lastPathComponent)")
    }

    private func roundTrip(
        _ text: String, _ read: (JSONValue) throws(OCPPError) -> any Payload, _ version: OCPPVersion
    ) throws -> String {
        let (document, fault) = JSONDocument.parse(Array(text.utf8), version: version, isStrict: true)
        #expect(fault == nil)
        let message = try read(document.root)
        let wrong = message.fault(in: version)
        #expect(wrong == nil, "\(text)")
        var out = JSONWriter(version: version)
        out.object { message.write(to: &$0) }
        return String(decoding: out.bytes, as: UTF8.self)
    }

    /// The golden messages satisfy the schemas that others published.
    @Test(arguments: OCPPVersion.allCases)
    func theSchemasRefuseNoGoldenMessage(_ version: OCPPVersion) throws {
        guard let python = Program.peersPython else {
            print("skipped: no peers' Python (ops/setup test makes it)")
            return
        }
        let file = "Protocols/ocpp/messages-\(version.number).json"
        let outcome = try Program.run(python, ["Tests/Interop/ocpp_schema.py", version.number, file])
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("0 faults"))
    }
}
