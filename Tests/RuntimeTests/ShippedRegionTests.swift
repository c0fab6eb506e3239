import Domain
import Foundation
import GridCodes
import Runtime
import TestSupport
import Testing

/// Every pack that ships is read by the strict reader, which refuses a key that nothing reads.
@Suite struct ShippedRegionTests {
    @Test func everyPackIsReadStrictly() throws {
        let folder = Workspace.root.appending(path: "Config/regions")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasSuffix(".md") }
        #expect(names.count >= 3)
        for name in names {
            let path = folder.appending(path: "\(name)/region.yaml").path
            let pack = try StrictYAML.load(RegionPack.self, from: path)
            #expect(pack.region.rawValue == name && pack.findings.isEmpty)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let stray = text.replacingOccurrences(of: "holdSeconds:", with: "holdSecond:")
            #expect(throws: RuntimeError.self) { try StrictYAML.decode(RegionPack.self, from: stray, name: name) }
        }
    }
}
