import Testing

@testable import OCPP

@Suite struct JSONTests {
    private func fault(_ text: String) -> JSONFault.Kind? {
        JSONDocument.parse(Array(text.utf8)).fault?.kind
    }

    private func root(_ text: String) -> JSONValue {
        JSONDocument.parse(Array(text.utf8)).document.root
    }

    @Test func readsWhatIsThere() {
        let json = root(
            #" {"a": [1, {"b": "x\n\u00e9\ud83d\ude00"}, -7.25e1], "n": null, "t": true} "#)
        let items = json["a"]?.elements ?? []
        #expect(items.count == 3)
        #expect(items[0].int == 1)
        #expect(items[1]["b"]?.string == "x\né😀")
        #expect(items[2].number == Milli(thousandths: -72_500))
        #expect(json["n"] == nil, "null reads as absent")
        #expect(json["t"]?.bool == true)
        #expect(root(#"{"\u0061":5}"#)["a"]?.int == 5, "an escaped key is the same key")
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":}", "{a:1}", "[01]", "[1.]", "[-]", "[1e]", "\"\u{1}\"", "[1] x",
        "tru",
        "[\"\\x\"]", "[\"\\u12g4\"]", "{\"a\" 1}", "[,]", "[1 2]", "{\"a\":1,}",
    ])
    func refusesWhatIsNoJSON(_ text: String) {
        #expect(fault(text) == .malformed)
    }

    @Test func bounds() {
        let depth = JSONDocument.mostDepth
        #expect(
            fault(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
                == nil)
        #expect(
            fault(
                String(repeating: "[", count: depth + 1) + String(repeating: "]", count: depth + 1))
                == .tooDeep)
        #expect(fault(String(repeating: "[", count: 100_000)) == .tooDeep)
        let few = (0..<JSONDocument.mostKeys).map { "\"k\($0)\":1" }.joined(separator: ",")
        #expect(fault("{\(few)}") == nil)
        #expect(fault("{\(few),\"z\":1}") == .tooLarge)
        let many = Array(repeating: "1", count: JSONDocument.mostNodes).joined(separator: ",")
        #expect(fault("[\(many)]") == .tooLarge)
        let long = [UInt8](repeating: 0x20, count: JSONDocument.mostBytes + 1)
        #expect(JSONDocument.parse(long).fault?.kind == .tooLarge)
    }

    @Test func doubledKeys() {
        #expect(fault(#"{"a":1,"a":2}"#) == .duplicateKey)
        #expect(fault(#"{"a":1,"\u0061":2}"#) == .duplicateKey)
        #expect(fault(#"{"a":{"a":1},"b":{"a":1}}"#) == nil)
    }

    @Test func invalidUTF8() {
        let bytes: [UInt8] = Array("[\"".utf8) + [0xC3, 0x28] + Array("\"]".utf8)
        #expect(JSONDocument.parse(bytes).fault?.kind == .invalidUTF8)
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("7400.0", 7_400_000), ("49.9525", 49_953), ("-49.9525", -49_953),
        ("1e3", 1_000_000), ("2.5E-1", 250), ("0.0004", 0),
        ("123456789012.345", 123_456_789_012_345),
    ])
    func numbers(_ text: String, _ thousandths: Int) {
        #expect(Milli(text: text.utf8)?.thousandths == thousandths)
    }

    @Test(arguments: ["", "x", "1x", "--1", "1e", "1e400", "99999999999999999999", "NaN", "1.2.3"])
    func noNumbers(_ text: String) {
        #expect(Milli(text: text.utf8) == nil)
    }

    @Test(arguments: [
        ("2026-11-23T20:00:00Z", 1_795_464_000_000_000),
        ("2026-11-23T21:00:00.250+01:00", 1_795_464_000_250_000),
        ("2026-11-23T20:00:00", 1_795_464_000_000_000), ("1970-01-01T00:00:00.000001Z", 1),
        ("2024-02-29T23:59:59-0030", 1_709_252_999_000_000),
    ])
    func times(_ text: String, _ microseconds: Int) {
        #expect(DateTime(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-23", "2026-11-23T25:00:00Z",
        "2026-11-23T20:00:00.Z", "2026-11-23T20:00:00+1", "1969-12-31T00:00:00Z",
    ])
    func noTimes(_ text: String) {
        #expect(DateTime(text) == nil)
    }

    @Test func timesSurviveTheRoundTrip() {
        for day in stride(from: 0, to: 60_000, by: 37) {
            let time = DateTime(microseconds: day * 86_400_000_000 + 45_296_789_000)
            #expect(DateTime(time.text) == time)
        }
    }

    /// Every prefix of a frame, and thousands of broken ones, end in a verdict and never in a crash.
    @Test func torture() {
        let frame = Array(
            #"[2,"m-1","TransactionEvent",{"eventType":"Updated","seqNo":8,"s":"é\u00e9","v":[{"a":-1.5e3}]}]"#
                .utf8)
        for count in 0..<frame.count {
            guard case .broken(let broken) = Frame.read(Array(frame[..<count]), version: .v21)
            else {
                Issue.record("a frame cut at \(count) was read")
                continue
            }
            if count > 9 { #expect(broken.id == "m-1", "the id is known from byte 9 on") }
        }
        var state: UInt64 = 42
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33)
        }
        var readable = 0
        for _ in 0..<20_000 {
            var mutated = frame
            for _ in 0...(next() % 3) { mutated[next() % mutated.count] = UInt8(next() % 256) }
            if case .call(_, _, let payload) = Frame.read(mutated, version: .v21) {
                readable += 1
                _ = try? V2.TransactionEventRequest(payload)
            }
        }
        #expect(readable > 0 && readable < 20_000)
    }
}
