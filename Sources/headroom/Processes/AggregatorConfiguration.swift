import Aggregator
import Control
import Domain
import Engine
import Foundation
import GridCodes
import Portal
import Runtime
import Storage

/// What `headroom aggregator --config FILE` is told; unknown keys are errors.
struct AggregatorConfiguration: Codable, Hashable, Sendable {
    struct Resource: Codable, Hashable, Sendable {
        var id: ResourceID
        var products: [ProductID]
        /// The resource whose cars are its comparison group: with the same products, never sold.
        var comparison: ResourceID?
    }
    var tenant: TenantID
    var zone: ZoneID
    /// The region's pack: `Config/regions/NAME/region.yaml`.
    var regionFile: String
    /// How batteries wear: `Config/batteries.json`; left out, contracts' rates are all there is.
    var batteryFile: String?
    var resources: [Resource]
    /// Folder for the journals, and for the embedded database unless `database` or HEADROOM_DATABASE says otherwise.
    var data: String
    /// `sqlite:PATH` or `postgresql://…`.
    var database: String?
    var fleetLink: HubConfiguration
    var ven: VENConfiguration?
    /// A VTN for operators that have none, under `/openadr3/3.1.0` on the portal's ports.
    var vtn: VTNConfiguration?
    var portal: PortalConfiguration?
    /// A CSV file of prices or carbon by which charging is planned; read again whenever it changes.
    var prices: String?
    /// Books each day netted to one entry a car instead of each block: `headroom settle --post`, once the day is over.
    var netsDays: Bool?
    var metricsPort: Int

    var databaseURL: String {
        ProcessInfo.processInfo.environment["HEADROOM_DATABASE"] ?? self.database ?? "sqlite:\(self.data)/headroom.db"
    }

    /// Refuses what no leader could work with, in one line that names the key.
    func check(region: RegionPack) throws {
        _ = try self.engine(region: region, epoch: Epoch(0))
        if let defect = self.ven?.defects.first { throw RuntimeError(.invalidConfiguration, defect) }
        try self.portal?.check()
        try self.checkHostedVTN()
        _ = try DatabaseURL(self.databaseURL)
        if let prices = self.prices { _ = try PriceCSV.read(path: prices) }
    }

    /// The embedded database lies in the data folder, which may not be there yet.
    func makeDatabaseFolder() throws {
        guard self.databaseURL.hasPrefix("sqlite:\(self.data)/") else { return }
        do {
            try FileManager.default.createDirectory(atPath: self.data, withIntermediateDirectories: true)
        } catch {
            throw RuntimeError(.failed, "cannot make the folder \(self.data): correct `data`")
        }
    }

    /// Everywhere that the aggregator is going to listen.
    var listeners: [PortProbe.Listener] {
        var listeners = [PortProbe.Listener(host: "127.0.0.1", port: self.metricsPort, key: "metricsPort")]
        if let portal = self.portal {
            listeners.append(.init(host: "127.0.0.1", port: portal.port, key: "portal.port"))
            listeners.append(.init(host: portal.host, port: portal.tlsPort ?? 0, key: "portal.tlsPort"))
        }
        let endpoints = [
            ("telemetry", self.fleetLink.telemetry), ("control", self.fleetLink.control),
            ("signal", self.fleetLink.signal),
            ("fastSignal", self.fleetLink.fastSignal),
        ]
        return listeners + endpoints.compactMap { .init(endpoint: $1, key: "fleetLink.\($0)") }
    }

    /// The engine's own configuration for a leader of `epoch`.
    func engine(region: RegionPack, epoch: Epoch) throws -> EngineConfiguration {
        for product in self.resources.flatMap(\.products) where region.product(product) == nil {
            throw RuntimeError(.invalidConfiguration, "resources: region \(region.region) has no product \(product)")
        }
        var configuration = EngineConfiguration(
            tenant: self.tenant, zone: self.zone, region: region, epoch: epoch,
            resources: self.resources.map { .init(id: $0.id, products: $0.products, comparison: $0.comparison) })
        if let finding = configuration.comparisonFindings.first { throw RuntimeError(.invalidConfiguration, finding) }
        configuration.batteries = try self.batteryFile.map(loadBatteries)
        configuration.netsDays = self.netsDays
        return configuration
    }
}

/// Reads how batteries wear and refuses figures that cannot be.
func loadBatteries(_ path: String) throws -> [Chemistry] {
    let batteries = try StrictYAML.load([Chemistry].self, from: path)
    if let defect = batteries.flatMap(\.defects).first {
        throw RuntimeError(.invalidConfiguration, "\(path): \(defect)")
    }
    return batteries
}

/// Reads a region's pack and refuses one that does not hold together. Of a folder with several versions it takes the one
/// that holds today.
func loadRegion(_ path: String) throws -> RegionPack {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
        return try loadPack(path)
    }
    let shelf = try loadShelf(path)
    let now = WallClock.now()
    for region in Set(shelf.packs.map(\.region)) {
        let zone = shelf.packs.first { $0.region == region }?.zone
        let today = zone?.date(at: now) ?? CivilDate(days: now.seconds / 86_400)
        guard Set(shelf.packs.map(\.region)).count == 1 else { break }
        if let pack = shelf.pack(region, on: today) { return pack }
        throw RuntimeError(.invalidConfiguration, "\(path): no version holds on \(today): add one with its validFrom")
    }
    throw RuntimeError(.invalidConfiguration, "\(path): a folder of one region's versions is wanted, as region.yaml")
}

/// The versions of the regions in a folder and its folders: every `.yaml` there is one.
func loadShelf(_ path: String) throws -> PackShelf {
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    let shelf = PackShelf(
        try names.filter { $0.hasSuffix(".yaml") }.sorted().map { try loadPack("\(path)/\($0)") })
    if let finding = shelf.findings.first { throw RuntimeError(.invalidConfiguration, "\(path): \(finding)") }
    return shelf
}

private func loadPack(_ path: String) throws -> RegionPack {
    let region = try StrictYAML.load(RegionPack.self, from: path)
    if let finding = region.findings.first { throw RuntimeError(.invalidConfiguration, "\(path): \(finding)") }
    return region.zoned
}
