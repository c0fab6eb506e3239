import Runtime
import Testing

private struct Sample: Decodable, Equatable {
    struct Part: Decodable, Equatable {
        var name: String
        var watts: Int
    }
    var host: String
    var port: Int
    var secure: Bool?
    var parts: [Part]
}

@Suite struct StrictYAMLTests {
    private let good = """
        host: localhost  # comment
        port: 9000
        parts:
          - name: a
            watts: -5
        """

    @Test func readsWhatItShould() throws {
        let sample: Sample = try StrictYAML.decode(from: self.good, name: "a.yaml")
        #expect(sample == Sample(host: "localhost", port: 9000, secure: nil, parts: [.init(name: "a", watts: -5)]))
    }

    @Test(arguments: [
        ("host: a\nport: 1\nparts: []\nprot: 2", "a.yaml:4: unknown key 'prot'"),
        ("host: a\nport: 1\nparts: [{name: x, watts: 1, volts: 2}]", "unknown key 'volts'"),
        ("host: a\nparts: []", "'port' is missing"),
        ("host: a\nport: nine\nparts: []", "'port': expected a whole number"),
        ("host: [a\nport", "not YAML"),
        ("host: a\nport: 1\nparts: 7", "'parts': expected a list"),
    ])
    func badConfigurationIsOneLineThatNamesTheKey(text: String, message: String) throws {
        let error = #expect(throws: RuntimeError.self) {
            let _: Sample = try StrictYAML.decode(from: text, name: "a.yaml")
        }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("\n") == false)
    }

    @Test func missingFileNamesThePath() {
        #expect(throws: RuntimeError.self) { let _: Sample = try StrictYAML.load(from: "/nowhere.yaml") }
    }
}
