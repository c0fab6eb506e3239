import Foundation
import Runtime

/// Where the pack of a region is: a folder of `Config/regions`.
enum RegionFiles {
    /// `regions/NAME/region.yaml` above the configuration, in the working folder, or above the binary, the
    /// first that exists; the error says which packs there are.
    static func file(of region: String, config: String) throws -> String {
        let roots = self.roots(config: config)
        let isName = !region.isEmpty && region.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
        if isName {
            for root in roots {
                let file = root.appending(path: "\(region)/region.yaml").path
                if FileManager.default.fileExists(atPath: file) { return file }
            }
        }
        let known = self.names(near: config)
        let choice = known.isEmpty ? "there is no Config/regions" : "take one of \(known.joined(separator: ", "))"
        throw RuntimeError(.fileMissing, "region \(region): no pack of this name above \(config): \(choice)")
    }

    /// `batteries.json` in the folder that has the regions of a pack; nil where there is none.
    static func batteries(besides pack: String) -> String? {
        let file = URL(filePath: pack).standardizedFileURL.appending(path: "../../../batteries.json")
            .standardizedFileURL
        return FileManager.default.fileExists(atPath: file.path) ? file.path : nil
    }

    /// The packs that there are, of the nearest folder that has any.
    static func names(near config: String) -> [String] {
        self.roots(config: config).lazy.map(self.packs).first { !$0.isEmpty } ?? []
    }

    /// Folders that may hold packs, the nearest first.
    private static func roots(config: String) -> [URL] {
        let folder = FileManager.default.currentDirectoryPath
        let binary = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let above =
            self.ancestors(URL(filePath: config)) + [URL(filePath: folder, directoryHint: .isDirectory)]
            + self.ancestors(binary)
        return above.flatMap { [$0.appending(path: "regions"), $0.appending(path: "Config/regions")] }
    }

    /// The folder of a file, and those above it.
    private static func ancestors(_ file: URL) -> [URL] {
        var folders: [URL] = []
        var at = file.standardizedFileURL.deletingLastPathComponent()
        while folders.count < 32 {
            folders.append(at)
            guard at.path != "/" else { break }
            at = at.deletingLastPathComponent()
        }
        return folders
    }

    private static func packs(_ root: URL) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        return names.filter { FileManager.default.fileExists(atPath: root.appending(path: "\($0)/region.yaml").path) }
            .sorted()
    }
}
