import Testing

@testable import Stations

@Suite struct JSONTests {
    @Test(arguments: [
        #"[2,"1","Heartbeat",{}]"#, #"{"a":[1,-2.5,1e3,true,false,null],"b":"x"}"#, #""\"\\""#,
        "[]",
        #"{"s":"ü€"}"#,
    ])
    func survives(text: String) {
        let value = JSONReader.read(Array(text.utf8))
        #expect(value.map { String(decoding: $0.bytes, as: UTF8.self) } == text)
    }

    @Test(arguments: [
        "", "[", "[1,]", "{", #"{"a"}"#, #"{"a":}"#, "tru", "[1] x", #""open"#, "-", #""\ud83d""#,
        String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
    ])
    func refuses(text: String) {
        #expect(JSONReader.read(Array(text.utf8)) == nil)
    }

    @Test func readsEscapes() {
        let text = #""\u0041\n\ud83d\ude97\/""#
        #expect(JSONReader.read(Array(text.utf8)) == .string("A\n🚗/"))
    }

    @Test func numbersInThousandths() {
        #expect(JSON.number("49.985").milli == 49_985)
        #expect(JSON.number("-22000").milli == -22_000_000)
        #expect(JSON.number("5.0").int == 5 && JSON.number("5.5").int == nil)
    }
}
