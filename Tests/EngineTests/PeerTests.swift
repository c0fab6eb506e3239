import Control
import Domain
import Foundation
import GridCodes
import Testing

@testable import Engine

/// A resource whose delivery is measured against cars that are enrolled and never dispatched.
@Suite struct PeerTests {
    /// The cars of worker 0 are sold as R, those of worker 1 are its peers at a site of their own.
    private func plant(days: Int = 0, leastPoints: Int? = nil, comparison: ResourceID? = "G") throws -> Plant {
        var terms = try productTerms(baseline: "controlGroup", days: days, capacity: "none", energy: "marginal")
        terms.baseline.leastPoints = leastPoints
        var configuration = Plant.configuration()
        configuration.region.products[0].terms = terms
        configuration.region.products[0].activation = .signal
        configuration.region.products[0].curve = []
        configuration.resources = [
            .init(id: "R", products: ["FR"], comparison: comparison), .init(id: "G", products: ["FR"]),
        ]
        var plant = Plant(cars: 40, configuration: configuration)
        var site = plant.site
        site.id = "g"
        site.resource = "G"
        plant.step(
            [.enrolled(.site(site))]
                + (0..<20).map { .enrolled(.station(StationTerms(id: StationID("st-1-\($0)"), site: "g"))) })
        return plant
    }

    /// Sells half, asks for all of it from 30 s on; a quarter of the peers stop charging at 100 s.
    private func settled(_ plant: inout Plant) throws -> (result: BlockResult, samples: [DeliverySample]) {
        for _ in 0..<90 { plant.second() }
        let block = plant.sell(share: 50)
        plant.run(until: block.start + .seconds(30))
        let asked = plant.engine.snapshot().resources[0].awardedUp.watts
        plant.second(
            extra: [
                .signal(
                    GridSignal(
                        resource: "R", product: "FR", sequence: 1_000_000, sentAt: plant.now, validFrom: plant.now,
                        expiry: block.end, value: .request(watts: asked), trace: .none))
            ])
        plant.run(until: block.start + .seconds(100))
        for slot in 0..<5 { plant.cars[1][slot].isPlugged = false }
        plant.run(until: block.end + .seconds(40))
        let samples = plant.records.compactMap { record -> DeliverySample? in
            guard case .sample(let sample, _, _) = record, block.contains(sample.at) else { return nil }
            return sample
        }
        return (try #require(plant.engine.snapshot().results.first), samples)
    }

    @Test func whatPeersDrawIsTheBaseline() throws {
        var plant = try self.plant()
        let (result, samples) = try self.settled(&plant)
        #expect(result.proof?.terms.baseline == "controlGroup" && result.proof?.notes == [], "\(result.proof as Any)")
        let (early, late) = (samples[60], samples[250])
        let peers = plant.samples.filter { $0.resource == "G" }
        #expect(peers.isEmpty && early.baseline.watts > 30_000, "\(early)")
        let half = abs(late.baseline.watts * 4 - early.baseline.watts * 3)
        #expect(half < 4_000, "a quarter of ours would have stopped: \(early.baseline), \(late.baseline)")
        #expect(samples.dropFirst(130).allSatisfy { $0.baseline < early.baseline })
        // The control steers by the same baseline, so what is asked for comes.
        #expect(result.performance > 9_000, "\(result.performance)")
        #expect(late.metered.watts < late.baseline.watts - late.requested.watts * 9 / 10, "\(late)")
        #expect(plant.engine.resources[1].heldUp == 0, "peers hold nothing")
        let called = plant.call(after: .seconds(600))
        let own = BidCall(
            resource: "G", product: "FR", block: called.block, gateClosure: called.gateClosure, reference: "e")
        plant.second(extra: [.bidCalled(own)])
        let bid = plant.engine.market.bids.values.first(where: { $0.call.resource == "G" })
        #expect(bid?.state == .draft && bid?.explanation.contains("the comparison group of R") == true)
    }

    /// Days on which neither was dispatched say how the two compare; an hour in which one was says nothing.
    @Test func undisturbedDaysScaleThePeers() throws {
        var plant = try self.plant(days: 2)
        let today = LoadDiary.place(plant.now.seconds, nil).0
        func diary(_ watts: Int, asked: Int? = nil) -> LoadDiary {
            var diary = LoadDiary()
            for back in stride(from: 9, to: 0, by: -1) where !(today + -back).isWeekend {
                for hour in 0..<24 {
                    for second in 0..<1_800 {
                        // Yesterday is worth ten times as much, and was dispatched.
                        diary.add(
                            second: (today.days - back) * 86_400 + hour * 3_600 + second,
                            watts: back == asked ? watts * 10 : watts, isAsked: back == asked, zone: nil)
                    }
                }
            }
            return diary
        }
        plant.engine.resources[0].diary = diary(300_000, asked: 1)
        plant.engine.resources[1].diary = diary(200_000)
        let (result, samples) = try self.settled(&plant)
        #expect(result.proof?.notes == [], "\(result.proof as Any)")
        let (own, _) = try self.ofHalf()
        #expect(samples[60].baseline.watts == own * 3 / 2, "half as much again as peers draw: \(samples[60].baseline)")
    }

    /// What is measured by where points count alike, at 60 s and at 250 s.
    private func ofHalf() throws -> (Int, Int) {
        var plant = try self.plant()
        let samples = try self.settled(&plant).samples
        return (samples[60].baseline.watts, samples[250].baseline.watts)
    }

    @Test func peersThatSayNothingAreNamed() throws {
        for (days, least, comparison, reason) in [
            (0, 100, "G", "20 charging points are in the comparison group, 100 are wanted"),
            (3, 1, "G", "0 like days of 3"), (0, 1, nil, "name one in `comparison`"),
        ] as [(Int, Int, ResourceID?, String)] {
            var plant = try self.plant(days: days, leastPoints: least, comparison: comparison)
            let (result, samples) = try self.settled(&plant)
            #expect(result.proof?.notes.first?.contains(reason) == true, "\(result.proof?.notes as Any)")
            #expect(samples[60].baseline == samples[250].baseline, "the declared load counts")
        }
    }

    @Test func aReplayMeasuresAlike() throws {
        var plant = try self.plant()
        _ = try self.settled(&plant)
        var again = AggregatorEngine(configuration: plant.engine.configuration)
        for (at, events) in plant.journal { _ = again.step(events, at: at) }
        #expect(again.fingerprint == plant.engine.fingerprint)
        let restored = try JSONDecoder().decode(
            EngineCheckpoint.self, from: JSONEncoder().encode(EngineCheckpoint(again)))
        #expect(restored.restored?.fingerprint == again.fingerprint)
    }

    @Test func aGroupThatIsNoneIsRefused() {
        var configuration = Plant.configuration()
        configuration.resources = [.init(id: "R", products: ["FR"], comparison: "G"), .init(id: "G", products: [])]
        #expect(configuration.comparisonFindings.first?.contains("give it the same products") == true)
        configuration.resources[1].products = ["FR"]
        #expect(configuration.comparisonFindings.isEmpty)
        configuration.resources.removeLast()
        #expect(configuration.comparisonFindings.first?.contains("is none of the resources") == true)
    }

    /// A minute is measured by the one before it; a second that nobody knows is none.
    @Test func aMinuteIsMeasuredByTheOneBefore() {
        var load = PeerLoad()
        for second in 600..<660 { load.add(second: second, watts: second < 630 ? 100 : nil) }
        #expect(load.measure(of: 659) == nil)
        load.add(second: 660, watts: 900)
        #expect(load.measure(of: 660) == 100 && load.measure(of: 719) == 100 && load.measure(of: 600) == nil)
        #expect(load.measure(of: 959) == 100 && load.measure(of: 960) == nil, "for five minutes")
    }
}
