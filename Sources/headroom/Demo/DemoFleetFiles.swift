import Domain
import Foundation
import Runtime
import Stations
import Storage
import Twin

/// The demo's cars: files for the simulated stations, rows for the database, people who may log in.
struct DemoFleetFiles {
    let layout: DemoLayout
    let fleet: DemoFleet
    static let tenant: TenantID = "demo"
    static let zone: ZoneID = "demo-zone"
    static let sites = 4

    /// Two sites answer the frequency; one follows a regulation signal over the fast stream, one over OpenADR.
    static func resource(site number: Int) -> DemoResource {
        switch number {
        case 3: .regulation
        case 4: .instructed
        default: .response
        }
    }

    init(layout: DemoLayout, stations: Int, seed: UInt64) {
        self.layout = layout
        self.fleet = DemoFleet.draw(count: stations, seed: seed, sites: Self.sites)
    }

    /// Writes the fleet and its secrets.
    func writeStations() throws {
        try write(FleetCSV.write(self.fleet.stations), "fleet.csv")
        let secrets = self.fleet.stations.map { "\($0.station),\(randomText(16))" }
        try write("station_id,secret\n" + secrets.joined(separator: "\n") + "\n", "secrets.csv", mode: 0o600)
    }

    /// Enrols everybody and gives each role a log-in; returns the log-ins.
    func enrol(database: String, start: Instant) async throws -> [DemoLogin] {
        let store = Store(database: try await DatabaseURL(database).open())
        try await store.enrol(self.changes(start: start), zone: Self.zone, at: WallClock.now())
        let owner = self.fleet.enrolments.first?.owner
        var logins: [DemoLogin] = []
        for (name, role) in [
            ("owner", User.Role.fleetOwner), ("grid", .gridOperator), ("utility", .utility), ("control", .vppOperator),
        ] {
            let password = randomText(14)
            let user = User(name: name, tenant: Self.tenant, role: role, owner: role == .fleetOwner ? owner : nil)
            try await store.setUser(user, password: password)
            logins.append(DemoLogin(user: name, password: password, role: role.rawValue))
        }
        await store.database.close()
        return logins
    }

    private func changes(start: Instant) -> [EnrolmentChange] {
        var changes: [EnrolmentChange] = []
        let power = self.fleet.stations.reduce(0) { $0 + $1.maxCharge.watts } / Self.sites * 12 / 10
        for number in 1...Self.sites {
            changes.append(
                .site(
                    SiteTerms(
                        id: SiteID("site-\(number)"), tenant: Self.tenant, region: "demo", zone: Self.zone,
                        resource: Self.resource(site: number).id, importLimit: Power(watts: power + 100_000),
                        exportLimit: Power(watts: power + 100_000), staleLoad: Power(watts: 20_000),
                        defaultStay: .hours(8),
                        defaultTarget: StateOfCharge(basisPoints: 8_000))))
        }
        var owners: Set<OwnerID> = []
        for row in self.fleet.enrolments {
            if owners.insert(row.owner).inserted { changes += self.owner(row) }
            changes.append(.station(StationTerms(id: row.station, site: row.site)))
            changes.append(
                .vehicle(
                    VehicleTerms(
                        id: row.vehicle, owner: row.owner, contract: ContractID("\(row.owner)-2026"),
                        tenant: Self.tenant,
                        tokens: [row.token], capacity: row.capacity, maxCharge: row.maxCharge,
                        maxDischarge: row.maxDischarge,
                        reserve: row.reserve, efficiency: 9_500, dischargeConsentAt: row.consents ? start : nil)))
            changes.append(.battery(self.battery(row)))
            changes.append(
                .departure(DepartureTerms(vehicle: row.vehicle, departure: start + row.departure, target: row.target)))
        }
        return changes
    }

    private func owner(_ row: DemoFleet.Enrolment) -> [EnrolmentChange] {
        [
            .owner(OwnerTerms(id: row.owner, tenant: Self.tenant, name: row.ownerName)),
            .contract(
                ContractTerms(
                    id: ContractID("\(row.owner)-2026"), owner: row.owner, tenant: Self.tenant, currency: .eur,
                    ownerShare: 8_000, wearPerKilowattHour: 40_000,
                    conditions: ContractConditions(usesOwnWear: true))),
        ]
    }

    /// A battery by the size of the car: 120 EUR a kWh, and 10 MWh under warranty.
    private func battery(_ row: DemoFleet.Enrolment) -> BatteryTerms {
        let kinds = ["nmc622", "lfp", "lmo"]
        return BatteryTerms(
            vehicle: row.vehicle, chemistry: kinds[row.capacity.wattHours / 1_000 % kinds.count],
            pricePerKilowattHour: 120_000_000, throughput: Energy(wattHours: 10_000_000))
    }

    private func write(_ text: String, _ name: String, mode: Int = 0o644) throws {
        try writeFile(text, to: self.layout.path(name), mode: mode)
    }
}

/// Somebody who may log in to the demo's portal.
struct DemoLogin: Codable, Sendable {
    var user: String
    var password: String
    var role: String
}

/// Writes a file; 0600 keeps secrets to its owner.
func writeFile(_ text: String, to path: String, mode: Int = 0o644) throws {
    guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
    else { throw RuntimeError(.failed, "cannot write \(path): check the folder") }
}

/// Letters and digits from the system's randomness.
func randomText(_ count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
    return String((0..<count).map { _ in letters.randomElement(using: &generator) ?? "a" })
}
