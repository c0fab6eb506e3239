import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Ledger
import Storage

// By what charging is planned, whether cars will be ready, and what bound them.
extension PortalRoutes {
    func addCharging(to router: Router<PortalContext>) {
        router.post("/api/v1/prices") { request, context in
            try await self.prices(request, context)
        }
        router.get("/api/v1/readiness") { _, context in
            try await self.readiness(try context.signedIn(as: .vppOperator, .fleetOwner))
        }
        router.get("/api/v1/explain/vehicle/:vehicle") { _, context in
            try await self.explain(
                try context.signedIn(as: .vppOperator, .fleetOwner), try context.parameters.require("vehicle"))
        }
        router.get("/api/v1/explain/posting/:posting") { request, context in
            let user = try context.signedIn(as: .vppOperator, .fleetOwner)
            let id = try context.parameters.require("posting")
            return try Self.json(
                Chain(
                    posting: id,
                    lines: try await self.chain(user, id, request.uri.queryParameters["vehicle"].map(String.init))))
        }
        router.get("/owner/explain") { request, context in
            let user = try context.signedIn(as: .fleetOwner)
            guard let id = request.uri.queryParameters["posting"].map(String.init) else {
                throw PortalError(.badRequest, "name the posting: ?posting=block:AWARD")
            }
            let lines = try await self.chain(user, id, nil).map { "<li>\($0)</li>" as HTML }
            return Response.page(
                Layout.page(title: "Where it comes from", user: user, "<h2>\(id)</h2><ol>\(lines)</ol>"))
        }
    }

    private struct Chain: Encodable {
        var posting: String
        var lines: [String]
    }

    /// A posting followed back to signal and meter; an owner sees what concerns its own cars.
    private func chain(_ user: SignedIn, _ id: String, _ vehicle: String?) async throws -> [String] {
        let owner = user.role == .fleetOwner ? try user.ownerID : nil
        let found = try await PostingChain.load(
            self.dependencies.store, tenant: TenantID(user.tenant), id: id, vehicle: vehicle.map { VehicleID($0) },
            owner: owner)
        let mine = { (block: BlockResult?) in owner == nil || block?.shares.contains { $0.owner == owner } ?? false }
        guard let found, mine(found.chain.block) else {
            throw PortalError(.notFound, "there is no posting \(id.prefix(64)): take its id from the statement")
        }
        let lines = found.chain.sentences(vehicle: vehicle.map { VehicleID($0) }, owner: owner, Format.time)
        return lines
            + (found.differences.isEmpty
                ? ["computed again from its rows: it is the same"] : found.differences.map(\.description))
    }

    /// What energy costs, or the carbon that it carries: CSV text as the aggregator's `prices` file. It counts from its
    /// first row on; charging is planned anew at once.
    private func prices(_ request: Request, _ context: PortalContext) async throws -> Response {
        let user = try context.signedIn(as: .vppOperator)
        guard user.tenant == self.dependencies.tenant.rawValue else { throw PortalError.otherTenant }
        guard request.headers[.contentType]?.lowercased().hasPrefix("text/csv") == true else {
            throw PortalError(.unsupportedMediaType, "send text/csv")
        }
        var request = request
        let body = String(buffer: try await request.collectBody(upTo: 4 << 20))
        let curves: [PriceCurve]
        do {
            curves = try PriceCSV.parse(body, file: "prices")
        } catch let error as StorageError {
            throw PortalError(.badRequest, error.message)
        }
        for site in curves.compactMap(\.site) { try await self.need(site: site.rawValue) }
        guard self.dependencies.post(curves.map(Event.priced)) else {
            throw PortalError(.serviceUnavailable, "the engine takes no more now: send it again")
        }
        return Response.text("{\"curves\":\(curves.count)}\n", type: "application/json")
    }

    /// The cars that a user may ask about: nil for all. Ids of owners may repeat between tenants, so the database says.
    private func scope(_ user: SignedIn) async throws -> Set<VehicleID>? {
        guard user.role == .fleetOwner else { return nil }
        let cars = try await self.dependencies.store.vehicles(tenant: TenantID(user.tenant), owner: try user.ownerID)
        return Set(cars.map(\.id))
    }

    private struct Verdict: Encodable {
        var site: String
        var plugged: Int
        var ready: Int
        var plannedByPrice: Int
        var by: String?
        var isReady: Bool
        var verdict: String
    }

    private func readiness(_ user: SignedIn) async throws -> Response {
        guard let snapshot = self.snapshot(for: user) else { throw PortalError.otherTenant }
        let cars = try await self.scope(user)
        return try Self.json(
            snapshot.sites(of: cars).map { site in
                Verdict(
                    site: site.id.rawValue, plugged: site.plugged, ready: site.ready, plannedByPrice: site.planned,
                    by: site.by.map(Format.time), isReady: site.isReady, verdict: site.verdict(Format.time))
            })
    }

    private struct Explanation: Encodable {
        var vehicle: String
        var at: String
        var explanation: String
    }

    private func explain(_ user: SignedIn, _ vehicle: String) async throws -> Response {
        guard let snapshot = self.snapshot(for: user) else { throw PortalError.otherTenant }
        let cars = try await self.scope(user)
        let id = VehicleID(vehicle)
        guard cars?.contains(id) ?? true, let text = snapshot.explanation(of: id, Format.time) else {
            throw PortalError(.notFound, "\(vehicle.prefix(64)) is at no charging point that is known: check the id")
        }
        return try Self.json(Explanation(vehicle: vehicle, at: Format.time(snapshot.at), explanation: text))
    }

    private static func json(_ value: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Response.text(
            String(decoding: try encoder.encode(value), as: UTF8.self) + "\n", type: "application/json")
    }
}
