import Domain
import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite struct EnrolmentTests {
    @Test func readsVehiclesWithTokensAndConsent() throws {
        let text = """
            vehicle,owner,contract,tenant,tokens,capacity_wh,max_charge_w,max_discharge_w,reserve,efficiency,consent_at
            v1,o1,c1,acme,TAG1;TAG2,60000,11000,10000,2000,9500,1970-01-01T00:00:05Z
            "v,""2",o1,c1,acme,,60000,11000,0,2000,9500,
            """
        let changes = try EnrolmentCSV.parse(text, file: "vehicles.csv")
        #expect(changes.first == .vehicle(Conformance.vehicle))
        guard case .vehicle(let second)? = changes.last else {
            Issue.record("no vehicle")
            return
        }
        #expect(second.id == "v,\"2" && second.tokens.isEmpty && second.dischargeConsentAt == nil)
    }

    @Test func contractsAndBatteriesHaveTheirConditions() throws {
        let head = "contract,owner,tenant,currency,owner_share,wear_per_kwh"
        let more =
            ",valid_from,own_wear,per_kwh,energy_per_kwh,standby_w,fixed_per_month,floor_per_month"
            + ",damages_per_miss,third_parties"
        let line = "c,o,t,EUR,8000,40000,2026-12-01T00:00:00+01:00,1,-5,250000,12,1,2,3,tax:state:0:500;network:n:-7:0"
        guard
            case .contract(let terms)? = try EnrolmentCSV.parse("\(head)\(more)\n\(line)", file: "contracts.csv").first
        else {
            Issue.record("no contract")
            return
        }
        #expect(terms.validFrom == Instant(seconds: 1_796_079_600) && terms.conditions?.usesOwnWear == true)
        #expect(terms.conditions?.thirdParties.map(\.perKilowattHour) == [0, -7])
        #expect(try EnrolmentCSV.parse("\(head)\nc,o,t,EUR,8000,40000", file: "contracts.csv").count == 1)
        let wrong = #expect(throws: StorageError.self) {
            _ = try EnrolmentCSV.parse(
                "\(head)\(more)\nc,o,t,EUR,1,1,,0,0,0,0,0,0,0,bribe:x:1:1", file: "contracts.csv")
        }
        #expect(wrong?.message.hasPrefix("contracts.csv:2: third_parties must be kind:name") == true)
        let battery = try EnrolmentCSV.parse(
            "vehicle,chemistry,price_per_kwh,warranty_kwh,warranty_cycles,warranty_high_hours\nv,lfp,120000000,10000,,",
            file: "batteries.csv")
        #expect(
            battery == [
                .battery(
                    BatteryTerms(
                        vehicle: "v", chemistry: "lfp", pricePerKilowattHour: 120_000_000,
                        throughput: Energy(wattHours: 10_000_000)))
            ])
    }

    @Test(arguments: [
        ("stations.csv", "", "stations.csv:1: the header is missing: add it"),
        ("stations.csv", "a,b", "stations.csv:1: the header must be station,site"),
        (
            "stations.csv", "station,site\ns1,x\ns2",
            "stations.csv:3: 1 fields instead of 2: correct the line"
        ),
        ("stations.csv", "station,site\n\"s1,x", "stations.csv:2: a quote is not closed: close it"),
        ("stations.csv", "station,site,feeder\ns1,x,F", "stations.csv:1: the header must be station,site"),
        (
            "stations.csv", "station,site,feeder,feeder_w\ns1,x,F,0",
            "stations.csv:2: feeder_w must be a whole number from 1 to 1000000000: correct it"
        ),
        (
            "stations.csv", "station,site,feeder,feeder_w\ns1,x,,\ns2,x,,5",
            "stations.csv:3: feeder must be a name, as it has a limit: correct it"
        ),
        (
            "stations.csv", "station,site,feeder,feeder_w\ns1,x,F,9000\ns2,y,F,8000\ns3,x,F,8000",
            "stations.csv:4: feeder F of x has 9000 W in a line before and 8000 W here: say one of them"
        ),
        (
            "departures.csv", "vehicle,departure,target\nv,tomorrow,9000",
            "departures.csv:2: departure must be a time such as 2026-11-26T08:00:00Z: correct it"
        ),
        (
            "departures.csv", "vehicle,departure,target\nv,2026-11-26T08:00:00Z,10001",
            "departures.csv:2: target must be a whole number from 0 to 10000: correct it"
        ),
    ])
    func aWrongLineIsNamed(file: String, text: String, message: String) {
        let error = #expect(throws: StorageError.self) {
            _ = try EnrolmentCSV.parse(text, file: file)
        }
        #expect(error?.message == message)
    }

    @Test func usersLogInWithTheirPasswordOnly() async throws {
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try await DatabaseURL("sqlite:\(folder.path)/u.sqlite").open()
        let store = Store(database: database)
        let ann = User(name: "ann", tenant: acme, role: .fleetOwner, owner: "o1")
        try await store.setUser(ann, password: "correct horse battery")
        #expect(try await store.user(name: "ann", password: "correct horse battery") == ann)
        #expect(try await store.user(name: "ann", password: "correct horse batterz") == nil)
        #expect(try await store.user(name: "bob", password: "correct horse battery") == nil)
        await #expect(throws: StorageError.self) { try await store.setUser(ann, password: "short") }
        await #expect(throws: StorageError.self) {
            try await store.setUser(
                User(name: "ann", tenant: other, role: .utility, owner: nil), password: "another long one")
        }
        await database.close()
    }
}
