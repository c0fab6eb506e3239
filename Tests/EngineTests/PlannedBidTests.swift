import Domain
import GridCodes
import Testing

@testable import Engine

/// A plan over all products of a resource is a fact that bids keep to; where there is none, what is firm is bid.
@Suite struct PlannedBidTests {
    private func plant() -> Plant {
        var region = testRegion
        var other = region.products[0]
        other.id = "FR2"
        region.products.append(other)
        var configuration = Plant.configuration()
        configuration.region = region
        configuration.resources = [.init(id: "R", products: ["FR", "FR2"])]
        var plant = Plant(cars: 40, configuration: configuration)
        for _ in 0..<10 { plant.second() }
        return plant
    }

    private func plan(_ plant: Plant, _ watts: [ProductID: Int], madeAt: Instant? = nil) -> BidPlan {
        let block = plant.call().block
        return BidPlan(
            resource: "R", interval: block, madeAt: madeAt ?? plant.now, solver: "a solver", gain: .zero(.eur),
            bound: .zero(.eur),
            entries: watts.sorted { $0.key < $1.key }.map {
                BidPlan.Entry(product: $0.key, direction: .up, block: block, quantity: Power(watts: $0.value))
            })
    }

    @Test func withoutAPlanWhatIsFirmIsBid() throws {
        var plant = self.plant()
        plant.second(extra: [.bidCalled(plant.call())])
        let bid = try #require(plant.bids.last)
        #expect(bid.quantity.watts > 400_000 && bid.explanation.contains("there is no plan over all products in time"))
    }

    /// Greedily the first call takes all; the plan leaves room for the dearer product that is called later.
    @Test func bidsKeepToThePlan() throws {
        var plant = self.plant()
        plant.second(extra: [.bidsPlanned(self.plan(plant, ["FR": 100_000, "FR2": 205_000]))])
        plant.second(extra: [.bidCalled(plant.call()), .bidCalled(plant.call(product: "FR2"))])
        #expect(plant.bids.map(\.quantity.watts) == [100_000, 200_000], "in the product's steps")
        #expect(plant.bids[0].explanation.contains("best for all products together are 100 kW of it, by a solver"))
        #expect(plant.engine.snapshot().plans.map(\.resource) == ["R"])
    }

    /// What was next best comes with the plan and stays with the bid, beside its risk and the cars behind it.
    @Test func aBidSaysWhyItIsPreferred() throws {
        var plant = self.plant()
        var plan = self.plan(plant, ["FR": 100_000])
        plan.entries[0].reason = "worth 3 EUR more than the next best, which is 50 kW more of FR2 up"
        plant.second(extra: [.bidsPlanned(plan)])
        plant.second(extra: [.bidCalled(plant.call())])
        let bid = try #require(plant.engine.snapshot().bids.last)
        let words = bid.sentence { "\($0.seconds)" }
        for part in ["100 kW up of FR from", "worth 3 EUR more than the next", "expected penalty", "cars stand behind"]
        {
            #expect(words.contains(part), "\(words)")
        }
        #expect(plan.sentence { "\($0.seconds)" }.hasPrefix("R is planned from \(plan.interval.start.seconds) to "))
        plan.entries[0].reason = String(repeating: "x", count: 501)
        #expect(plan.finding(at: plant.now)?.contains("shorten it") == true)
    }

    @Test func whatIsNotInThePlanIsNotOffered() throws {
        var plant = self.plant()
        plant.second(extra: [.bidsPlanned(self.plan(plant, ["FR2": 100_000])), .bidCalled(plant.call())])
        #expect(plant.bids.isEmpty)
        #expect(plant.engine.snapshot().bids.last?.explanation.hasSuffix("not offered") == true)
    }

    /// A plan cannot make more firm than there is.
    @Test func whatIsFirmBoundsThePlan() throws {
        var plant = self.plant()
        plant.second(extra: [.bidsPlanned(self.plan(plant, ["FR": 90_000_000])), .bidCalled(plant.call())])
        let bid = try #require(plant.bids.last)
        #expect(bid.quantity <= bid.firmHeadroom)
    }

    /// An unsound plan, one for another resource, and one that is older than what is known change nothing.
    @Test func aPlanThatIsNoneChangesNothing() {
        var plant = self.plant()
        plant.second(extra: [.bidsPlanned(self.plan(plant, ["FR": 100_000]))])
        let known = plant.engine.snapshot().plans
        var foreign = self.plan(plant, ["FR": 50_000])
        foreign.resource = "another"
        plant.second(extra: [
            .bidsPlanned(self.plan(plant, ["FR": -10_000])), .bidsPlanned(foreign),
            .bidsPlanned(self.plan(plant, ["FR": 50_000], madeAt: plant.now - .hours(1))),
            .bidsPlanned(self.plan(plant, ["FR": 50_000], madeAt: plant.now + .hours(1))),
        ])
        #expect(plant.engine.snapshot().plans == known)
    }

    /// The journal holds the answer: a replay has the same bids and asks no solver.
    @Test func aReplayTakesThePlanAsItWas() {
        var plant = self.plant()
        plant.second(extra: [.bidsPlanned(self.plan(plant, ["FR": 100_000]))])
        plant.second(extra: [.bidCalled(plant.call())])
        var replay = AggregatorEngine(configuration: plant.engine.configuration)
        for (at, events) in plant.journal { _ = replay.step(events, at: at) }
        #expect(replay.fingerprint == plant.engine.fingerprint)
        #expect(replay.snapshot().bids == plant.engine.snapshot().bids)
        var other = plant.engine
        other.market.plans = [:]
        #expect(other.fingerprint != replay.fingerprint, "a plan decides, so it is in the fingerprint")
    }
}
