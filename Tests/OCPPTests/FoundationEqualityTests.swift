import Foundation
import TestSupport
import Testing

@testable import OCPP

/// Our reader and Foundation's see the same values in every golden frame, and in texts at the edges of JSON.
@Suite struct FoundationEqualityTests {
    /// Where the two differ, as a path; nil where they agree.
    static func difference(_ ours: JSONValue, _ theirs: Any, at path: String = "") -> String? {
        switch theirs {
        case let object as [String: Any]:
            guard ours.isObject else { return "\(path): no object" }
            let keys = ours.keys
            guard Set(keys) == Set(object.keys), keys.count == object.count else { return "\(path): other keys" }
            for (key, value) in zip(keys, ours.members) {
                if let found = self.difference(value, object[key] as Any, at: "\(path)/\(key)") { return found }
            }
            return nil
        case let array as [Any]:
            guard ours.isArray, ours.elements.count == array.count else { return "\(path): other array" }
            for (index, value) in ours.elements.enumerated() {
                if let found = self.difference(value, array[index], at: "\(path)/\(index)") { return found }
            }
            return nil
        case let text as String: return ours.isString && ours.string == text ? nil : "\(path): other string"
        case is NSNull: return ours.isNull ? nil : "\(path): not null"
        case let number as NSNumber:
            if let bool = ours.bool, !ours.isNumber { return bool == number.boolValue ? nil : "\(path): other bool" }
            guard ours.isNumber else { return "\(path): no number" }
            guard let milli = ours.number else {
                // Beyond 10¹⁵ we read no number: nothing on this wire is that large.
                return abs(number.doubleValue) < 1e15 ? "\(path): \(number) was not read" : nil
            }
            let wanted = number.doubleValue * 1_000
            return abs(Double(milli.thousandths) - wanted) <= max(0.5001, abs(wanted) * 1e-14)
                ? nil : "\(path): \(milli.thousandths) for \(number)"
        default: return "\(path): unknown"
        }
    }

    @Test(arguments: OCPPVersion.allCases)
    func goldenFrames(_ version: OCPPVersion) throws {
        let folder = Workspace.root.appending(path: "Protocols/ocpp")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix("-\(version.number).json")
        }
        #expect(!files.isEmpty)
        var count = 0
        for file in files {
            let data = try Data(contentsOf: folder.appending(path: file))
            for frame in try JSONSerialization.jsonObject(with: data) as? [Any] ?? [] {
                let bytes = try Array(JSONSerialization.data(withJSONObject: frame))
                let (document, fault) = JSONDocument.parse(bytes)
                #expect(fault == nil)
                #expect(Self.difference(document.root, frame) == nil, "\(file)")
                count += 1
            }
        }
        #expect(count > 20)
    }

    @Test(arguments: [
        #"["\ud83d\ude00","\u0000","\u00e9","é","😀","\/\b\f\n\r\t\\\""]"#,
        #"[0,-0,0.001,-0.001,1e3,1E+3,1.5e-2,123456789012.345,999999999999999]"#,
        #"{"":{"a":[[],{}]},"\u0061":true,"b":false,"c":null}"#, "[]", "{}", " [ 1 , 2 ] ", "\"x\"", "7", "null",
    ])
    func edges(_ text: String) throws {
        let theirs = try JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed])
        let (document, fault) = JSONDocument.parse(Array(text.utf8))
        #expect(fault == nil)
        #expect(Self.difference(document.root, theirs) == nil)
    }

    /// Texts broken by a seed: what we take, Foundation takes too, with the same values.
    @Test func mutated() {
        let frames = HotPathTests.frames.map { Array($0.1.utf8) }
        var state: UInt64 = 11
        func next(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        var taken = 0
        for round in 0..<5_000 {
            var bytes = frames[round % frames.count]
            for _ in 0...next(2) { bytes[next(bytes.count)] = Array(#"{}[]",:\.-+eE01 x"#.utf8)[next(17)] }
            let (document, fault) = JSONDocument.parse(bytes)
            guard fault == nil else { continue }
            taken += 1
            guard let theirs = try? JSONSerialization.jsonObject(with: Data(bytes)) else {
                Issue.record("only we took \(String(decoding: bytes, as: UTF8.self))")
                continue
            }
            let found = Self.difference(document.root, theirs)
            #expect(found == nil, "\(found ?? "") in \(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(taken > 500)
    }
}
