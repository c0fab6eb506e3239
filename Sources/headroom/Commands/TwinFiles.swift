import Foundation
import Runtime

/// The files that `headroom twin` reads and writes.
enum TwinFiles {
    /// A file's text; the error names the file.
    static func read(_ path: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw RuntimeError(.fileMissing, "cannot read \(path): give an existing, readable file")
        }
    }

    /// Writes files into a folder, which is made where it is missing; the error names the folder.
    static func write(_ files: [(name: String, body: String)], into folder: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for file in files {
                try Data(file.body.utf8).write(to: URL(filePath: "\(folder)/\(file.name)"), options: .atomic)
            }
        } catch {
            throw RuntimeError(.failed, "cannot write into \(folder): give --out a folder that may be written")
        }
    }
}
