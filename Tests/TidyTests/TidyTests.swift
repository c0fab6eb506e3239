import Foundation
import TestSupport
import Testing

@Suite struct TidyTests {
    @Test func sourcesKeepTheHouseRules() {
        let files = Tree.swiftFiles(under: ["Sources"])
        #expect(files.count > 50, "the walk sees the tree, also below the first level")
        let findings = files.flatMap { Rules.words($0) + Rules.imports($0) + Rules.sizes($0) + Rules.promises($0) }
        #expect(findings.isEmpty, "\(findings.map(\.description).joined(separator: "\n"))")
    }

    @Test func testsKeepTheSizes() {
        let findings = Tree.swiftFiles(under: ["Tests"]).flatMap { Rules.sizes($0) }
        #expect(findings.isEmpty, "\(findings.map(\.description).joined(separator: "\n"))")
    }

    /// Whatever the rules are for must be found when it is there.
    @Test func canary() {
        let long = Array(repeating: Substring("    x"), count: 90)
        let file = SourceFile(
            path: "Sources/Engine/Deep/Canary.swift",
            lines: [
                "package import NIOCore", "func long() {", "    let now = Date()", "    try! go()",
                "    // Date() in prose is fine", "    let n = Int.random(in: 0...1, using: &generator)",
            ] + long + ["}"] + Array(repeating: "", count: 800))
        #expect(
            Rules.words(file).map(\.place) == [
                "Sources/Engine/Deep/Canary.swift:3", "Sources/Engine/Deep/Canary.swift:4",
            ])
        #expect(Rules.imports(file).count == 1)
        #expect(Rules.sizes(file).count == 2)
        let unfinished = SourceFile(path: "Sources/Worker/Canary.swift", lines: ["// TODO: later", "let todo = 1"])
        #expect(Rules.promises(unfinished).map(\.place) == ["Sources/Worker/Canary.swift:1"])
        for module in ["Foundation", "ZeroMQ"] {
            let pure = SourceFile(path: "Sources/Control/Canary.swift", lines: ["import \(module)"])
            #expect(Rules.imports(pure).count == 1)
        }
        let rim = SourceFile(path: "Sources/Worker/Canary.swift", lines: ["import NIOCore", "let d = Date()"])
        #expect(Rules.words(rim).isEmpty && Rules.imports(rim).isEmpty)
    }

    @Test func eachModuleHasAReadmeAndThePlanHasItsRoom() throws {
        let root = Workspace.root
        let modules = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources").path)
        // 24 of DESIGN section 3, and the solver with its library, which the pure modules must not have.
        #expect(modules.count <= 26, "the ceiling")
        for module in modules where !["CZeroMQ", "CPostgres"].contains(module) {
            let readme = root.appending(path: "Sources/\(module)/README.md")
            let text = (try? String(contentsOf: readme, encoding: .utf8)) ?? ""
            #expect(text.count > 200, "\(module) says in its README what it is for")
        }
    }
}
