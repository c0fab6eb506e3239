import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Storage

extension PortalRoutes {
    /// The files in the order in which they build on each other.
    private static let files = [
        "owners.csv", "contracts.csv", "sites.csv", "stations.csv", "vehicles.csv",
        "batteries.csv", "departures.csv", "consents.csv",
    ]
    private static let longestBody = 4 << 20
    private static let mostChanges = 10_000

    /// One CSV file (`?file=vehicles.csv`, `text/csv`), or several as a JSON object of file name → text.
    /// All of it counts, or none. What is stored goes to the engine; sending it again changes nothing more.
    func enrol(_ request: Request, _ context: PortalContext) async throws -> Response {
        let user = try context.signedIn(as: .vppOperator)
        let changes = try self.changes(in: try await self.files(of: request))
        guard changes.count <= Self.mostChanges else {
            throw PortalError(
                .contentTooLarge, "\(changes.count) lines: send \(Self.mostChanges) or fewer at a time")
        }
        let tenant = TenantID(user.tenant)
        try await self.check(changes, tenant: tenant)
        try await self.dependencies.store.enrol(
            changes, zone: self.dependencies.zone, at: self.dependencies.now())
        guard self.dependencies.post(changes.map { .enrolled($0) }) else {
            throw PortalError(
                .serviceUnavailable, "stored, but the engine takes no more now: send it again")
        }
        self.dependencies.logger.notice(
            "portal: enrolment", metadata: ["changes": "\(changes.count)", "by": "\(user.name)"])
        return Response.text("{\"changes\":\(changes.count)}\n", type: "application/json")
    }

    private func files(of request: Request) async throws -> [String: String] {
        var request = request
        let body = String(buffer: try await request.collectBody(upTo: Self.longestBody))
        let type = request.headers[.contentType]?.split(separator: ";").first.map {
            $0.trimmingCharacters(in: .whitespaces).lowercased()
        }
        switch type {
        case "text/csv":
            guard let file = request.uri.queryParameters["file"] else {
                throw PortalError(.badRequest, "name the kind of file: ?file=vehicles.csv")
            }
            return [String(file): body]
        case "application/json":
            do {
                return try JSONDecoder().decode([String: String].self, from: Data(body.utf8))
            } catch {
                throw PortalError(
                    .badRequest, "the body must be a JSON object of file name and CSV text: correct it")
            }
        default:
            throw PortalError(.unsupportedMediaType, "send text/csv or application/json")
        }
    }

    private func changes(in files: [String: String]) throws -> [EnrolmentChange] {
        if let unknown = files.keys.sorted().first(where: { !Self.files.contains($0) }) {
            throw PortalError(
                .badRequest, "\(unknown.prefix(64)) is none of \(Self.files.joined(separator: ", "))")
        }
        return try Self.files.flatMap { name in
            try files[name].map { try EnrolmentCSV.parse($0, file: name) } ?? []
        }
    }

    /// Everything must be the user's tenant's and this zone's.
    private func check(_ changes: [EnrolmentChange], tenant: TenantID) async throws {
        var sites = Set<SiteID>()
        var vehicles = Set<VehicleID>()
        for change in changes {
            switch change {
            case .owner(let terms): try self.same(terms.tenant, tenant)
            case .contract(let terms): try self.same(terms.tenant, tenant)
            case .site(let terms):
                try self.same(terms.tenant, tenant)
                guard terms.zone == self.dependencies.zone else {
                    throw PortalError(
                        .badRequest,
                        "site \(terms.id) is in zone \(terms.zone): send it to that zone's aggregator")
                }
                sites.insert(terms.id)
            case .vehicle(let terms):
                try self.same(terms.tenant, tenant)
                vehicles.insert(terms.id)
            case .station(let terms):
                if sites.contains(terms.site) { continue }
                try await self.need(.sites, terms.site.rawValue, tenant)
                sites.insert(terms.site)
            case .departure(let terms): try await self.need(terms.vehicle, &vehicles, tenant)
            case .cancelled(let vehicle, _): try await self.need(vehicle, &vehicles, tenant)
            case .battery(let terms): try await self.need(terms.vehicle, &vehicles, tenant)
            case .consent(let vehicle, _): try await self.need(vehicle, &vehicles, tenant)
            }
        }
    }

    private func same(_ tenant: TenantID, _ own: TenantID) throws(PortalError) {
        guard tenant == own else {
            throw PortalError(.forbidden, "tenant \(tenant) is not yours: send \(own)'s lines only")
        }
    }

    private func need(
        _ vehicle: VehicleID, _ known: inout Set<VehicleID>, _ tenant: TenantID
    ) async throws {
        guard !known.contains(vehicle) else { return }
        try await self.need(.vehicles, vehicle.rawValue, tenant)
        known.insert(vehicle)
    }

    private func need(_ table: EnrolledTable, _ id: String, _ tenant: TenantID) async throws {
        guard try await self.dependencies.store.owns(table, id, tenant: tenant) else {
            throw PortalError(.conflict, "\(id) is not in \(table.rawValue) of \(tenant): enrol it first")
        }
    }
}
