import Domain
import GridCodes
import Planning
import TestSupport
import Testing
import Twin

/// Files of a day become one problem over all products; a plan of it is what an engine takes.
@Suite struct BidDayTests {
    private let start = Instant(seconds: 1_768_435_200)

    private func product(_ id: ProductID, _ symmetry: Product.Symmetry, hours: Int) -> Product {
        Product(
            id: id, name: id.rawValue, activation: .signal, symmetry: symmetry, curve: [],
            fullDeliveryMilliseconds: 30_000, needsResidentCurve: false, enduranceSeconds: 900, minimumBidWatts: 10_000,
            bidStepWatts: 1_000, blockSeconds: hours * 3_600, blockAnchor: 0, gateClosureSeconds: 60, confidence: 9_900,
            sparePerMille: 100, gainPerMille: 1_000, slewPerMille: 0, holdSeconds: 10, score: .deliveredShare,
            availabilityPrice: 20_000_000, energyPrice: 100_000_000)
    }

    private func day(
        hours: Int = 24, products: [ProductID] = ["UP", "BOTH"], priced: Bool = true
    ) throws -> BidDay {
        let region = RegionPack(
            region: "r", validFrom: "2026-01-01", currency: .eur, nominalMilliHertz: 50_000,
            holdLoadBelowMilliHertz: 49_800, holdLoadAboveMilliHertz: 50_200, plausibleMilliHertz: [45_000, 55_000],
            frequencyStaleMilliseconds: 1_500, fallbackSpreadSeconds: 30, rampWattsPerSecond: 1_000,
            products: [self.product("UP", .up, hours: 4), self.product("BOTH", .symmetric, hours: 1)], sources: [])
        let config = TwinConfig(
            region: "r", seed: 1, wearPerKilowattHour: 0.03,
            stations: .init(
                kind: .setpoint, latencyMilliseconds: 1_000, rampKilowattsPerSecond: 10, minimumKilowatts: 0,
                stepWatts: 1),
            sites: [.init(id: "s1", importKilowatts: 400, exportKilowatts: 300)])
        var sessions =
            "vehicle_id,site_id,arrival,departure,arrival_soc,target_soc,min_soc,battery_kwh,max_charge_kw,"
            + "max_discharge_kw,efficiency\n"
        for car in 0..<30 {
            sessions += "v\(car),s1,2026-01-15T00:00:00Z,2026-01-15T1\(car % 4):30:00Z,0.4,0.8,0.2,60,11,11,0.95\n"
        }
        sessions += "stranger,s9,2026-01-15T00:00:00Z,2026-01-15T10:00:00Z,0.4,0.8,0.2,60,11,11,0.95\n"
        var prices = "time,energy_per_mwh,up_per_mw_h,down_per_mw_h\n"
        for hour in priced ? Array(0..<24) : [5] {
            let text = hour < 10 ? "0\(hour)" : "\(hour)"
            prices += "2026-01-15T\(text):00:00Z,\(hour < 6 ? 30 : 90),12,3\n"
        }
        return try BidDay(
            sessions: try Session.read(sessions), prices: try PriceSeries.read(prices), config: config, region: region,
            products: products, interval: MarketInterval(start: self.start, end: self.start + .hours(hours)),
            slot: .hours(1), called: 300)
    }

    @Test func aDayOfFilesIsOneProblem() throws {
        let day = try self.day()
        #expect(day.problem.findings == [] && day.problem.stays.count == 30 && day.problem.slots == 24)
        #expect(day.leftOut == ["stranger: site s9 is not in the configuration"])
        #expect(day.problem.offers.count == 6 + 48)
        let night = try #require(day.problem.offers.first)
        #expect(night.slots == 0..<4 && night.price == 12_000_000 && night.spare > 100, "spare, and what cars risk")
        // A car that leaves at half past gives its last whole hour only.
        #expect(Set(day.problem.stays.map(\.departure)) == [10, 11, 12, 13])
    }

    @Test func aShortDayIsPlannedAndBecomesBids() throws {
        let day = try self.day(hours: 2, products: ["BOTH"])
        var solver = DenseSimplex()
        guard case .planned(let plan) = BidPlanner().plan(day.problem, with: &solver) else {
            Issue.record("no plan")
            return
        }
        let bids = day.plan(plan.choice, for: "R", at: self.start)
        #expect(bids.finding(at: self.start) == nil && !bids.entries.isEmpty && bids.resource == "R")
        #expect(bids.entries.allSatisfy { $0.quantity.watts >= 10_000 && $0.quantity.watts % 1_000 == 0 })
        let first = try #require(bids.entries.first)
        #expect(bids.quantity(first.product, first.direction, first.block) == first.quantity)
        #expect(bids.quantity("UP", .up, first.block) == .zero, "planned, and not chosen")
        let later = MarketInterval(start: self.start + .hours(2), end: self.start + .hours(3))
        #expect(bids.quantity("BOTH", .up, later) == nil, "beyond the plan")
    }

    @Test func whatCannotBePlannedIsNamed() {
        #expect(throws: TwinError.self) { try self.day(products: ["NONE"]) }
        #expect(throws: TwinError.self) { try self.day(priced: false) }
        #expect(throws: TwinError.self) { try self.day(hours: 0) }
    }
}
