import Domain
import Testing
import Twin

@testable import Stations

@Suite struct FleetCSVTests {
    @Test func aDrawnFleetSurvivesItsFile() throws {
        let fleet = DemoFleet.draw(count: 200, seed: 42)
        #expect(try FleetCSV.read(FleetCSV.write(fleet.stations)) == fleet.stations)
        #expect(DemoFleet.draw(count: 200, seed: 42) == fleet, "same seed, same fleet")
        #expect(DemoFleet.draw(count: 200, seed: 43) != fleet)
    }

    @Test func theDemoHasItsMixture() {
        let fleet = DemoFleet.draw(count: 200, seed: 1).stations
        func share(_ test: (StationSpec) -> Bool) -> Int { fleet.count(where: test) }
        #expect(share { $0.version == .v21 } == 100)
        #expect(share { $0.v2x == .curve } == 50)
        #expect(share { $0.version == .v201 } == 50 && share { $0.version == .v16 } == 50)
        #expect(share { $0.misbehaviour != .none } == 5)
        #expect(Set(fleet.filter { $0.misbehaviour != .none }.map(\.site)).count == 4, "on every site")
        #expect(Set(fleet.map(\.station)).count == 200 && Set(fleet.map(\.token)).count == 200)
        for spec in fleet {
            #expect(40_000...80_000 ~= spec.capacity.wattHours)
            #expect(4_500...7_500 ~= spec.charge.basisPoints)
            #expect(spec.station.rawValue.utf8.count <= 20, "1.6 identities are short")
        }
    }

    /// Some leave while one watches: of each version, well-behaved, and with a target that minutes of waiting miss.
    @Test func someOfTheDemoLeaveSoon() {
        for (count, least) in [(60, 3), (120, 5), (200, 9), (1_000, 43)] {
            let soon = DemoFleet.draw(count: count, seed: 1).stations.filter { spec in
                guard case .afterStart(let stay) = spec.departure else { return false }
                return stay < .minutes(30)
            }
            #expect(soon.count >= least && soon.count <= count * 6 / 100, "\(soon.count) of \(count)")
            let minutes = Set(soon.map { $0.departure.instant(start: .distantPast).seconds / 60 })
            #expect(minutes.isSubset(of: [4, 5, 6, 7]) && (count < 120 || minutes.count == 4))
            if count >= 120 { #expect(Set(soon.map(\.version)).count == 3) }
            for spec in soon {
                #expect(spec.misbehaviour == .none)
                #expect(spec.target.basisPoints - spec.charge.basisPoints >= 120, "more than is forgiven")
            }
        }
    }

    /// What a demo car is promised can be kept: energy at full power, two thirds of the stay.
    @Test func demoTargetsAreReachable() {
        for spec in DemoFleet.draw(count: 400, seed: 9).stations {
            guard case .afterStart(let stay) = spec.departure else { continue }
            let missing = max(spec.target.basisPoints - spec.charge.basisPoints, 0)
            let needed = StateOfCharge(basisPoints: missing).energy(of: spec.capacity).wattSeconds
            #expect(Double(needed) <= 0.95 * Double(spec.maxCharge.watts * stay.seconds) * 0.7)
        }
    }

    @Test(arguments: [
        ("ocpp", "1.5", "one of"), ("v2x", "maybe", "one of"), ("behaviour", "odd", "one of"),
        ("battery_kwh", "-3", "number"), ("departure", "soon", "minutes"),
        ("station_id", "", "1 to 48"),
        ("step_w", "0", "number"),
    ])
    func namesTheWrongField(column: String, value: String, mention: String) throws {
        var lines = FleetCSV.write(DemoFleet.draw(count: 2, seed: 1).stations).split(
            separator: "\n")
        var fields = lines[2].split(separator: ",", omittingEmptySubsequences: false)
        fields[try #require(FleetCSV.columns.firstIndex(of: column))] = value[...]
        lines[2] = fields.joined(separator: ",")[...]
        let error = #expect(throws: TwinError.self) {
            try FleetCSV.read(lines.joined(separator: "\n"))
        }
        #expect(error?.message.hasPrefix("fleet.csv:3: \(column)") == true)
        #expect(error?.message.contains(mention) == true)
    }

    @Test func refusesTwoOfOneIdentity() {
        let fleet = DemoFleet.draw(count: 1, seed: 1).stations
        #expect(throws: TwinError.self) { try FleetCSV.read(FleetCSV.write(fleet + fleet)) }
    }

    @Test func readsSecretsAndHidesThem() throws {
        let secrets = try Secrets.read("CS1,open sesame\nCS2,\"a,b\"\n")
        #expect(secrets["CS1"] == "open sesame" && secrets["CS2"] == "a,b" && secrets["CS3"] == nil)
        #expect(!"\(secrets)".contains("sesame"))
        #expect(try Secrets.read("station_id,secret\nCS1,x1\n")["CS1"] == "x1")
    }

    @Test func readsEndpoints() throws {
        let plain = try StationsEndpoint("ws://127.0.0.1:9000/ocpp/")
        #expect(plain.path(of: "a/b c") == "/ocpp/a%2Fb%20c")
        #expect((plain.host, plain.port, plain.isTLS) == ("127.0.0.1", 9_000, false))
        let secure = try StationsEndpoint("wss://example.org")
        #expect((secure.host, secure.port, secure.isTLS) == ("example.org", 443, true))
        #expect(try StationsEndpoint("ws://[::1]:9000/x").host == "::1")
        for bad in ["http://x", "ws://", "ws://h:0/x", "ws://u:p@h/x", "nonsense"] {
            #expect(throws: StationsError.self) { try StationsEndpoint(bad) }
        }
    }

    @Test func aSiteDialsOneEndpoint() throws {
        let endpoints = [
            try StationsEndpoint("ws://h:9000/ocpp"), try StationsEndpoint("ws://h:9001/ocpp"),
        ]
        let options = try StationsOptions(
            endpoints: endpoints, stations: DemoFleet.draw(count: 40, seed: 1).stations)
        var bySite: [SiteID: Set<Int>] = [:]
        for (spec, endpoint) in zip(options.stations, options.endpointsByStation()) {
            bySite[spec.site, default: []].insert(endpoint.port)
        }
        #expect(bySite.values.allSatisfy { $0.count == 1 })
        #expect(Set(bySite.values.flatMap { $0 }) == [9_000, 9_001])
    }
}
