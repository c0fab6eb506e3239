package import Foundation

/// Where things lie, seen from the project root (the folder that holds Package.swift).
package enum Workspace {
    /// The project root.
    package static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A recording under `../shared/data`, or nil where this machine has none.
    package static func sharedData(_ path: String) -> URL? {
        let url = self.root.deletingLastPathComponent().appending(path: "shared/data/\(path)")
        return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }
}
