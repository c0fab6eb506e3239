import Foundation
import TestSupport

/// One Swift source of this project.
struct SourceFile {
    var path: String
    var lines: [Substring]

    /// The target that the file belongs to.
    var module: String {
        let parts = self.path.split(separator: "/")
        return parts.count > 1 ? String(parts[1]) : ""
    }
}

enum Tree {
    /// Every Swift file under `folders`, recursively, with paths relative to the project root.
    static func swiftFiles(under folders: [String]) -> [SourceFile] {
        var files: [SourceFile] = []
        for folder in folders {
            let base = Workspace.root.appending(path: folder)
            let names = FileManager.default.enumerator(atPath: base.path)
            while let name = names?.nextObject() as? String {
                guard name.hasSuffix(".swift"),
                    let text = try? String(contentsOf: base.appending(path: name), encoding: .utf8)
                else { continue }
                files.append(
                    SourceFile(
                        path: "\(folder)/\(name)",
                        lines: text.split(separator: "\n", omittingEmptySubsequences: false)))
            }
        }
        return files.sorted { $0.path < $1.path }
    }
}
