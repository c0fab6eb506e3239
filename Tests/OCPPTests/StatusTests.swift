import Foundation
import TestSupport
import Testing

/// `Protocols/ocpp/STATUS.md` says what is so: every use case is there, and every test that it names exists.
@Suite struct StatusTests {
    /// The use cases of OCPP 2.1 part 2 by block: the first and the last number.
    static let blocks: [(String, ClosedRange<Int>)] = [
        ("A", 0...5), ("B", 1...13), ("C", 1...25), ("D", 1...2), ("E", 1...17), ("F", 1...7), ("G", 1...5),
        ("H", 1...4), ("I", 1...12), ("J", 1...3), ("K", 1...29), ("L", 1...4), ("M", 1...7), ("N", 1...15),
        ("O", 1...6), ("P", 1...2), ("Q", 1...12), ("R", 1...5), ("S", 1...4),
    ]

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Workspace.root.appending(path: path), encoding: .utf8)
    }

    private func swiftFiles(_ folder: String) throws -> [String: String] {
        let root = Workspace.root.appending(path: folder)
        let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        var found: [String: String] = [:]
        for path in paths where path.hasSuffix(".swift") {
            found[URL(fileURLWithPath: path).lastPathComponent] = try self.text("\(folder)/\(path)")
        }
        return found
    }

    /// `K28.FR.07` and the like.
    private func requirements(_ text: String) -> Set<String> {
        let pieces = text.components(separatedBy: ".FR.")
        return Set(
            zip(pieces, pieces.dropFirst()).map { before, after in
                "\(before.suffix(3)).FR.\(after.prefix { $0.isASCII && $0.isNumber })"
            })
    }

    /// `TC_B_01_CSMS` and the like.
    private func cases(_ text: String) -> Set<String> {
        let others = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "_")).inverted
        return Set(text.components(separatedBy: others).filter { $0.hasPrefix("TC_") && $0.hasSuffix("_CSMS") })
    }

    private func rows(_ text: String) -> [[String]] {
        text.split(separator: "\n").filter { $0.hasPrefix("| ") }.map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    @Test func everyTestThatIsNamedExists() throws {
        let status = try self.text("Protocols/ocpp/STATUS.md")
        let files = try self.swiftFiles("Tests")
        var named: Set<String> = []
        for match in status.matches(of: /`(\w+Tests)\/(\w+)`/) {
            let (suite, test) = (String(match.output.1), String(match.output.2))
            guard named.insert("\(suite)/\(test)").inserted else { continue }
            let exists = files["\(suite).swift"]?.contains("func \(test)(") ?? false
            #expect(exists, "STATUS.md names \(suite)/\(test): there is no such test")
        }
        #expect(named.count > 30)
    }

    @Test func everyUseCaseIsThereWithItsTests() throws {
        let rows = self.rows(try self.text("Protocols/ocpp/STATUS.md"))
        for (block, numbers) in Self.blocks {
            for number in numbers {
                let id = block + (number < 10 ? "0\(number)" : "\(number)")
                let found = rows.filter { $0.first == id }
                #expect(found.count == 1, "\(id) stands \(found.count) times in STATUS.md")
                guard let row = found.first, row.count == 5 else { continue }
                let words = ["done", "partly: ", "not for us", "not in 2.0.1"]
                #expect(row[2...3].allSatisfy { cell in words.contains { cell.hasPrefix($0) } }, "\(id): \(row)")
                let isHeld = row[4].contains("`") || row[2...3].allSatisfy { $0.hasPrefix("not ") }
                #expect(isHeld, "\(id) names no test")
            }
        }
    }

    /// A requirement that is claimed is named where it is held: in a test, in the cases or in the rules.
    @Test func everyRequirementThatIsClaimedIsHeldSomewhere() throws {
        let status = try self.text("Protocols/ocpp/STATUS.md")
        var held: Set<String> = []
        for folder in ["Tests/OCPPTests", "Tests/WorkerTests", "Sources/OCPP"] {
            for text in try self.swiftFiles(folder).values { held.formUnion(self.requirements(text)) }
        }
        for file in ["cases.json", "TRANSPORT.md"] {
            held.formUnion(self.requirements(try self.text("Protocols/ocpp/\(file)")))
        }
        let claimed = self.requirements(status)
        #expect(claimed.isSubset(of: held), "nothing names \(claimed.subtracting(held).sorted())")
        #expect(claimed.count > 60)
    }

    /// Every conformance case is listed: with the test that covers it, or with the reason why none does.
    @Test func everyConformanceCaseIsListed() throws {
        let status = try self.text("Protocols/ocpp/STATUS.md")
        let listed = self.cases(status)
        let ours = self.cases(try self.text("Protocols/ocpp/cases.json"))
        #expect(ours.isSubset(of: listed), "\(ours.subtracting(listed).sorted())")
        guard let url = Workspace.sharedData("../facts/ocpp-csms-cases.txt") else {
            print("skipped: ../shared/facts/ocpp-csms-cases.txt is absent")
            return
        }
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        let wanted = Set(lines.filter { $0.hasPrefix("TC_") }.map { String($0.prefix { $0 != " " }) })
        #expect(wanted.count > 300)
        #expect(wanted.isSubset(of: listed), "\(wanted.subtracting(listed).sorted())")
    }
}
