import Aggregator
import Domain
import Engine
import Foundation
import GridCodes
import Portal
import Runtime

/// What `headroom aggregator --config FILE` is told; unknown keys are errors.
struct AggregatorConfiguration: Codable, Hashable, Sendable {
    struct Resource: Codable, Hashable, Sendable {
        var id: ResourceID
        var products: [ProductID]
    }
    var tenant: TenantID
    var zone: ZoneID
    /// The region's pack: `Config/regions/NAME/region.yaml`.
    var regionFile: String
    var resources: [Resource]
    /// Folder for the journals, and for the embedded database unless `database` or HEADROOM_DATABASE says otherwise.
    var data: String
    /// `sqlite:PATH` or `postgresql://…`.
    var database: String?
    var fleetLink: HubConfiguration
    var ven: VENConfiguration?
    var portal: PortalConfiguration?
    var metricsPort: Int

    var databaseURL: String {
        ProcessInfo.processInfo.environment["HEADROOM_DATABASE"] ?? self.database ?? "sqlite:\(self.data)/headroom.db"
    }

    /// The engine's own configuration for a leader of `epoch`.
    func engine(region: RegionPack, epoch: Epoch) throws -> EngineConfiguration {
        for product in self.resources.flatMap(\.products) where region.product(product) == nil {
            throw RuntimeError(.invalidConfiguration, "resources: region \(region.region) has no product \(product)")
        }
        return EngineConfiguration(
            tenant: self.tenant, zone: self.zone, region: region, epoch: epoch,
            resources: self.resources.map { .init(id: $0.id, products: $0.products) })
    }
}

/// Reads a region's pack and refuses one that does not hold together.
func loadRegion(_ path: String) throws -> RegionPack {
    let region = try StrictYAML.load(RegionPack.self, from: path)
    if let finding = region.findings.first { throw RuntimeError(.invalidConfiguration, "\(path): \(finding)") }
    return region
}
