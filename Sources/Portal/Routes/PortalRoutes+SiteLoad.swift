import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Storage
import Synchronization

extension PortalRoutes {
    func addSiteLoad(to router: Router<PortalContext>) {
        router.post("/api/v1/site-load") { request, context in
            try await self.siteLoad(request, context)
        }
    }

    private static let mostSites = 1_000
    private static let mostWatts = 1_000_000_000

    /// What the meters of sites measure of their own load, without the cars: a JSON object of site and watts, + =
    /// load. It counts from its arrival; a site that is silent for a minute is taken to have its `stale_load_w`.
    func siteLoad(_ request: Request, _ context: PortalContext) async throws -> Response {
        let user = try context.signedIn(as: .vppOperator)
        guard user.tenant == self.dependencies.tenant.rawValue else { throw PortalError.otherTenant }
        var request = request
        let body = String(buffer: try await request.collectBody(upTo: 256 << 10))
        guard let loads = try? JSONDecoder().decode([String: Int].self, from: Data(body.utf8)), !loads.isEmpty,
            loads.values.allSatisfy({ (-Self.mostWatts...Self.mostWatts).contains($0) })
        else {
            throw PortalError(
                .badRequest, "the body must be a JSON object of site and whole watts: {\"site-1\": 12000}")
        }
        guard loads.count <= Self.mostSites else {
            throw PortalError(.contentTooLarge, "\(loads.count) sites: send \(Self.mostSites) or fewer at a time")
        }
        for site in loads.keys.sorted() { try await self.need(site: site) }
        let events = loads.sorted { $0.key < $1.key }
            .map { Event.siteLoad(SiteID($0.key), Power(watts: $0.value)) }
        guard self.dependencies.post(events) else {
            throw PortalError(.serviceUnavailable, "the engine takes no more now: send it again")
        }
        return Response.text("{\"sites\":\(events.count)}\n", type: "application/json")
    }

    /// A site of the tenant. One that was found is remembered: loads are taken while the database is away, too.
    func need(site: String) async throws {
        guard !self.sites.known.withLock({ $0.contains(site) }) else { return }
        guard try await self.dependencies.store.owns(.sites, site, tenant: self.dependencies.tenant) else {
            throw PortalError(.conflict, "\(site.prefix(64)) is no site of \(self.dependencies.tenant): enrol it first")
        }
        self.sites.known.withLock { _ = $0.insert(site) }
    }
}

/// Sites that were found in the database.
final class KnownSites: Sendable {
    let known = Mutex<Set<String>>([])
}
