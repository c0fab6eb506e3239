import Domain
import Foundation
import GridCodes
import TestSupport
import Testing

/// Every folder under `Config/regions` is whole: a new region is tested by being there.
@Suite struct ShippedPackTests {
    @Test func everyFolderIsASoundPackOfItsName() throws {
        let names = try Packs.names()
        #expect(names.count >= 3)
        var packs: [RegionPack] = []
        for name in names {
            let pack = try Packs.pack(name)
            #expect(pack.region.rawValue == name)
            #expect(pack.findings.isEmpty, "\(name): \(pack.findings.joined(separator: "\n"))")
            packs.append(pack)
        }
        #expect(PackShelf(packs).findings.isEmpty)
        let ids = packs.flatMap { $0.products.map(\.id) }
        #expect(Set(ids).count == ids.count, "a product id names one product")
    }

    /// The decoder of the rim refuses unknown keys; here a key that is read by nobody shows as one that is not written back.
    @Test func everyKeyIsRead() throws {
        for name in try Packs.names() {
            let data = try JSONEncoder().encode(Packs.pack(name))
            let read = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let raw = try Packs.raw(name)
            #expect(Set(raw.keys).isSubset(of: read.keys), "\(name)")
            for list in ["products", "interconnection"] {
                let ours = (read[list] as? [[String: Any]] ?? []).map { Packs.keys($0) }
                let theirs = (raw[list] as? [[String: Any]] ?? []).map { Packs.keys($0) }
                #expect(ours.count == theirs.count)
                for (ours, theirs) in zip(ours, theirs) {
                    #expect(theirs.isSubset(of: ours), "\(name): \(theirs.subtracting(ours))")
                }
            }
        }
    }

    /// A figure without a word about where it comes from is not a figure.
    @Test func everyFigureHasItsSourceAndCertainty() throws {
        for name in try Packs.names() {
            let pack = try Packs.pack(name)
            let known: Set = [
                "verified in source", "verified in a transcription", "from memory", "assumption", "computed",
                "by definition", "own choice", "own conclusion",
            ]
            #expect(pack.sources.allSatisfy { known.contains($0.certainty) && !$0.source.isEmpty }, "\(name)")
            for product in try Packs.raw(name)["products"] as? [[String: Any]] ?? [] {
                let id = product["id"] as? String ?? ""
                let said = Self.figures(of: id, in: pack)
                let own = product.filter { !["id", "name", "terms"].contains($0.key) }
                let keys = Packs.keys(own).union(Packs.keys(product["terms"] ?? [String: Any]()))
                #expect(keys.subtracting(said).isEmpty, "\(id): \(keys.subtracting(said))")
            }
            for rule in try Packs.raw(name)["interconnection"] as? [[String: Any]] ?? [] {
                let code = rule["code"] as? String ?? ""
                let missing = Set(rule.keys).subtracting(Self.figures(of: code, in: pack)).subtracting(["code"])
                #expect(missing.isEmpty, "\(code): \(missing)")
            }
        }
    }

    /// The figures that the sources name for an owner: `OWNER, OWNER: figure, figure`, or all owners' without a colon.
    private static func figures(of owner: String, in pack: RegionPack) -> Set<String> {
        pack.sources.reduce(into: []) { figures, entry in
            let parts = entry.figure.components(separatedBy: ": ")
            guard parts.count < 2 || parts[0].components(separatedBy: ", ").contains(owner) else { return }
            figures.formUnion(parts[parts.count - 1].components(separatedBy: ", "))
        }
    }

    /// A region touches one folder of Config and one of Sources: the pack names the second, and it is there.
    @Test func aRegionIsTwoFolders() throws {
        for name in try Packs.names() where try Packs.pack(name).rules != nil {
            let rules = try #require(try Packs.pack(name).rules)
            let folder = Workspace.root.appending(path: "Sources/GridCodes/\(rules)")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(files.contains { $0.hasSuffix(".swift") }, "\(name): \(rules)")
        }
    }

    /// Regions but the demo describe each product in full, and dispatch none that they say is not.
    @Test func everyProductOfAMarketHasItsTerms() throws {
        for name in try Packs.names() where name != "demo" {
            let pack = try Packs.pack(name)
            #expect(pack.zone != nil && pack.interconnection?.isEmpty == false, "\(name)")
            for product in pack.products {
                #expect(product.terms != nil, "\(product.id)")
                let refused = product.refusal(capability: .residentCurve, responseTime: .zero)
                #expect((refused == nil) == (product.terms?.dispatch == .engine), "\(product.id)")
            }
        }
    }
}
