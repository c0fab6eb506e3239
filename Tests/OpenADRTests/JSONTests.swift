import OpenADR
import Testing

@Suite("JSON that comes back as it went in")
struct JSONTests {
    @Test(
        arguments: [
            #"{"b":1,"a":[0.10,1e3,-0,9007199254740993,-1.5E-7],"c":{"z":null,"y":true}}"#,
            #"["P9999Y","0001-01-01T00:00:00","ü€𝄞","tab\tquote\"back\\slash\n"]"#,
            #"{"deep":[[[[{"x":[]}]]]],"empty":{},"s":"\u0001"}"#, "-12.50", #""""#,
        ])
    func roundTrip(text: String) throws {
        #expect(JSONWriter.text(try JSONParser.parse(text)) == text)
    }

    @Test func escapesAndSurrogates() throws {
        let value = try JSONParser.parse(#""\u00e9\ud834\udd1e\/\b\f""#)
        #expect(value.string == "é𝄞/\u{8}\u{c}")
    }

    @Test(
        arguments: [
            "", "{", "[1,]", "{\"a\":}", "{\"a\" 1}", "01", "1.", ".5", "+1", "nul", "\"a",
            "\"\\x\"",
            "\"\\ud834\"", "\"\\ud834\\u0041\"", "\"\u{1}\"", "1 2", "{1:2}", "--1", "\"\\u+123\"",
        ])
    func malformed(text: String) {
        #expect { try JSONParser.parse(text) } throws: {
            ($0 as? OpenADRError)?.code == .malformedJSON
        }
    }

    @Test func limits() {
        let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect { try JSONParser.parse(deep) } throws: { ($0 as? OpenADRError)?.code == .limit }
        #expect { try JSONParser.parse(Array("[1,2,3]".utf8), maximumBytes: 6) } throws: {
            ($0 as? OpenADRError)?.code == .limit
        }
    }

    /// Every prefix and every one-byte change of a real text either parses or throws; none may trap.
    @Test func mutatedBytesNeverTrap() {
        let text = Array(#"{"a":[1.5e3,"\u00e9\ud834\udd1e",true,null],"b":{"c":-0.1}}"#.utf8)
        var refused = 0
        for length in 0..<text.count where (try? JSONParser.parse(Array(text[..<length]))) == nil {
            refused += 1
        }
        #expect(refused == text.count)
        for index in text.indices {
            for byte in [UInt8(0), 0x22, 0x5C, 0x7B, 0x39, 0xC3, 0xFF] {
                var changed = text
                changed[index] = byte
                if let value = try? JSONParser.parse(changed) {
                    #expect((try? JSONParser.parse(JSONWriter.bytes(value))) == value)
                }
            }
        }
    }

    @Test func numbersWeSendHaveAPoint() {
        #expect(JSONNumber(scaled: -250_000, decimals: 3).text == "-250.0")
        #expect(JSONNumber(scaled: 41_500_000, decimals: 6).text == "41.5")
        #expect(JSONNumber(scaled: 7, decimals: 3).text == "0.007")
        #expect(JSONNumber(scaled: 0, decimals: 3).text == "0.0")
        #expect(JSONNumber(decimal: 250).text == "250.0")
        #expect(JSONNumber(5).text == "5")
    }

    @Test(
        arguments: [
            ("41.5", 6, 41_500_000), ("-250", 3, -250_000), ("0.0005", 3, 1), ("0.00049", 3, 0),
            ("-0.0005", 3, -1), ("1e3", 0, 1_000), ("12.5e-1", 2, 125), ("0.05", 0, 0),
            ("9.5", 0, 10),
            ("0", 6, 0), ("5e-30", 3, 0), ("0e999", 3, 0),
        ])
    func scaledIsExact(text: String, decimals: Int, expected: Int) throws {
        let number = try #require(try JSONParser.parse(text).number)
        #expect(number.scaled(decimals: decimals) == expected)
    }

    @Test func scaledRefusesWhatDoesNotFit() throws {
        #expect(try JSONParser.parse("1e30").number?.scaled(decimals: 3) == nil)
        #expect(try JSONParser.parse("92233720368547758070").number?.int == nil)
        #expect(try JSONParser.parse("1.5").number?.int == nil)
        #expect(try JSONParser.parse("5.0").number?.int == 5)
    }

    @Test func membersKeepTheirOrder() {
        var object: JSONObject = ["b": .bool(true), "a": .null]
        object["c"] = .string("x")
        object["b"] = .bool(false)
        object["a"] = nil
        #expect(JSONWriter.text(.object(object)) == #"{"b":false,"c":"x"}"#)
    }

    @Test func nullsAreAbsent() throws {
        let value = try JSONParser.parse(#"{"a":null,"b":[{"c":null,"d":1}]}"#)
        #expect(JSONWriter.text(value.withoutNulls) == #"{"b":[{"d":1}]}"#)
    }
}
