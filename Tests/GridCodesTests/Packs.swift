import Foundation
import GridCodes
import TestSupport
import Yams

/// The packs that ship: every folder under `Config/regions`, whatever its name.
enum Packs {
    static let folder = Workspace.root.appending(path: "Config/regions")

    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.folder.path).filter { !$0.hasSuffix(".md") }.sorted()
    }

    static func text(_ name: String) throws -> String {
        try String(contentsOf: self.folder.appending(path: "\(name)/region.yaml"), encoding: .utf8)
    }

    static func pack(_ name: String) throws -> RegionPack {
        try YAMLDecoder().decode(RegionPack.self, from: self.text(name)).zoned
    }

    /// Every key of a mapping below `root`, with its path: `response.initiationMilliseconds`.
    static func keys(_ value: Any, under root: String = "") -> Set<String> {
        guard let mapping = value as? [String: Any] else { return [root] }
        return mapping.reduce(into: []) { keys, entry in
            keys.formUnion(self.keys(entry.value, under: root.isEmpty ? entry.key : "\(root).\(entry.key)"))
        }
    }

    /// The file as it stands, without types.
    static func raw(_ name: String) throws -> [String: Any] {
        try Yams.load(yaml: self.text(name)) as? [String: Any] ?? [:]
    }
}
