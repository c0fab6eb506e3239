import Domain
import GridCodes
import Planning
import TestSupport
import Testing
import Twin

/// Files of one day, with sessions of days before where they are asked for.
struct DayFiles {
    static let start = Instant(seconds: 1_768_435_200)
    var hours = 24
    var products: [ProductID] = ["UP", "BOTH"]
    var cars = 30
    /// kW back to the grid.
    var discharge = 11
    /// Prices stand for these hours only.
    var priced = Array(0..<24)
    var energy: (_ hour: Int) -> Int = { $0 < 6 ? 30 : 90 }
    var availability = 12
    /// Days before, on which more or less of the cars come.
    var daysBefore = 0
    var penalty: Int?
    var exclusive: [Set<ProductID>] = []
    var confidence = 9_900
    /// Held above a bid, 1/1,000.
    var spare = 100

    private func product(
        _ id: ProductID, _ symmetry: Product.Symmetry, hours: Int, endurance: Int = 900, price: Int = 20
    ) -> Product {
        Product(
            id: id, name: id.rawValue, activation: .signal, symmetry: symmetry, curve: [],
            fullDeliveryMilliseconds: 30_000, needsResidentCurve: false, enduranceSeconds: endurance,
            minimumBidWatts: 10_000, bidStepWatts: 1_000, blockSeconds: hours * 3_600, blockAnchor: 0,
            gateClosureSeconds: 60, confidence: self.confidence, sparePerMille: self.spare,
            gainPerMille: 1_000, slewPerMille: 0, holdSeconds: 10, score: .deliveredShare,
            availabilityPrice: price * 1_000_000, energyPrice: 100_000_000)
    }

    private var sessions: [Session] {
        get throws {
            var text =
                "vehicle_id,site_id,arrival,departure,arrival_soc,target_soc,min_soc,battery_kwh,max_charge_kw,"
                + "max_discharge_kw,efficiency\n"
            for day in -self.daysBefore...0 {
                let date = CivilDate(days: Self.start.seconds / 86_400 + day)
                for car in 0..<self.cars where day == 0 || (car - day * 7) % 30 >= -day * 5 % 11 {
                    let arrival = day == 0 ? "\(date)T00:00" : "\(date + -1)T18:00"
                    text += "v\(car),s1,\(arrival):00Z,\(date)T1\(car % 4):30:00Z,"
                    text += "0.4,0.8,0.2,60,11,\(self.discharge),0.95\n"
                }
            }
            text += "stranger,s9,2026-01-15T00:00:00Z,2026-01-15T10:00:00Z,0.4,0.8,0.2,60,11,11,0.95\n"
            return try Session.read(text)
        }
    }

    func day() throws -> BidDay {
        let region = RegionPack(
            region: "r", validFrom: "2026-01-01", currency: .eur, nominalMilliHertz: 50_000,
            holdLoadBelowMilliHertz: 49_800, holdLoadAboveMilliHertz: 50_200, plausibleMilliHertz: [45_000, 55_000],
            frequencyStaleMilliseconds: 1_500, fallbackSpreadSeconds: 30, rampWattsPerSecond: 1_000,
            products: [
                self.product("UP", .up, hours: 4), self.product("BOTH", .symmetric, hours: 1),
                self.product("HOUR", .up, hours: 1),
                self.product("LONG", .up, hours: 1, endurance: 7_200, price: 30),
            ], sources: [])
        let config = TwinConfig(
            region: "r", seed: 1, wearPerKilowattHour: 0.03,
            stations: .init(
                kind: .setpoint, latencyMilliseconds: 1_000, rampKilowattsPerSecond: 10, minimumKilowatts: 0,
                stepWatts: 1),
            sites: [.init(id: "s1", importKilowatts: 400, exportKilowatts: 300)])
        var prices = "time,energy_per_mwh,up_per_mw_h,down_per_mw_h\n"
        for hour in self.priced {
            let text = hour < 10 ? "0\(hour)" : "\(hour)"
            prices += "2026-01-15T\(text):00:00Z,\(self.energy(hour)),\(self.availability),3\n"
        }
        return try BidDay(
            sessions: try self.sessions, prices: try PriceSeries.read(prices), config: config, region: region,
            products: self.products,
            interval: MarketInterval(start: Self.start, end: Self.start + .hours(self.hours)), slot: .hours(1),
            called: 300, penalty: self.penalty, exclusive: self.exclusive)
    }

    /// The best plan, by the solver that needs no library.
    func planned() throws -> (day: BidDay, plan: BidPlanner.Plan) {
        let day = try self.day()
        var solver = DenseSimplex()
        guard case .planned(let plan) = BidPlanner().plan(day.problem, with: &solver) else {
            throw TwinError(.invalidOption, "no plan")
        }
        return (day, plan)
    }
}

/// Files of a day become one problem over all products; a plan of it is what an engine takes.
@Suite struct BidDayTests {
    private let start = DayFiles.start

    @Test func aDayOfFilesIsOneProblem() throws {
        let day = try DayFiles().day()
        #expect(day.problem.findings == [] && day.problem.stays.count == 30 && day.problem.slots == 24)
        #expect(day.leftOut == ["stranger: site s9 is not in the configuration"])
        #expect(day.problem.offers.count == 6 + 48)
        let night = try #require(day.problem.offers.first)
        #expect(night.slots == 0..<4 && night.price == 12_000_000)
        #expect(night.spare == 100 && night.risk > 10, "spare, and what cars risk")
        // A car that leaves at half past gives its last whole hour only.
        #expect(Set(day.problem.stays.map(\.departure)) == [10, 11, 12, 13])
    }

    @Test func aShortDayIsPlannedAndBecomesBids() throws {
        let (day, plan) = try DayFiles(hours: 2, products: ["BOTH"]).planned()
        let bids = day.plan(plan, for: "R", at: self.start)
        #expect(bids.finding(at: self.start) == nil && !bids.entries.isEmpty && bids.resource == "R")
        #expect(bids.entries.allSatisfy { $0.quantity.watts >= 10_000 && $0.quantity.watts % 1_000 == 0 })
        let first = try #require(bids.entries.first)
        #expect(bids.quantity(first.product, first.direction, first.block) == first.quantity)
        #expect(bids.quantity("UP", .up, first.block) == .zero, "planned, and not chosen")
        let later = MarketInterval(start: self.start + .hours(2), end: self.start + .hours(3))
        #expect(bids.quantity("BOTH", .up, later) == nil, "beyond the plan")
    }

    @Test func whatCannotBePlannedIsNamed() {
        for files in [
            DayFiles(hours: 0), DayFiles(products: ["NONE"]), DayFiles(priced: [5]), DayFiles(exclusive: [["UP"]]),
            DayFiles(exclusive: [["UP", "HOUR"]]), DayFiles(exclusive: [["UP", "BOTH"], ["BOTH", "UP"]]),
        ] { #expect(throws: TwinError.self) { try files.day() } }
    }
}
