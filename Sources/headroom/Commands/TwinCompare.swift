import ArgumentParser
import Foundation
import Twin

extension TwinCommand {
    /// Two runs side by side.
    struct Compare: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare the figures of two runs.",
            discussion: """
                Writes comparison.json and comparison.html.
                Example: headroom twin compare out/before out/after --out out/comparison
                """)

        @Argument(help: "Folder of a run.") var a: String
        @Argument(help: "Folder of the other run.") var b: String
        @Option(help: "Folder for the results.") var out: String
        @Flag(help: "Print comparison.json in place of a table.") var json = false

        func run() throws {
            let files = (a: "\(self.a)/kpis.json", b: "\(self.b)/kpis.json")
            let comparison = try TwinComparison(
                a: try TwinFiles.read(files.a), b: try TwinFiles.read(files.b), names: files)
            try TwinFiles.write(
                [
                    ("comparison.json", comparison.json),
                    ("comparison.html", comparison.html(names: (self.a, self.b))),
                ], into: self.out)
            print(self.json ? comparison.json : Self.table(comparison), terminator: "")
        }

        /// Figures in columns; what is long (the list of misses) is left to the files.
        private static func table(_ comparison: TwinComparison) -> String {
            let rows = comparison.rows.filter { $0.a.count <= 24 && $0.b.count <= 24 }
            let heads = ["figure", "a", "b", "change"]
            let cells = [heads] + rows.map { [$0.key, $0.a, $0.b, $0.change ?? ""] }
            let widths = heads.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
            return cells.map { row in
                zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
                    .joined(separator: "  ") + "\n"
            }.joined()
        }
    }
}
