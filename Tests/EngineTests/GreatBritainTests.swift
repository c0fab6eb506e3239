import Control
import Domain
import Foundation
import GridCodes
import TestSupport
import Testing

@testable import Engine

/// GB-DCL as `Config/regions/gb` has it: sold from resident curves only, whatever else is plugged in.
@Suite struct GreatBritainTests {
    /// The product from the pack's own lines; the pack as a whole is read, and checked, where YAML is.
    private func product() throws -> Product {
        let text = try String(
            contentsOf: Workspace.root.appending(path: "Config/regions/gb/region.yaml"), encoding: .utf8)
        let part = try #require(text.components(separatedBy: "  - id: ").first { $0.hasPrefix("GB-DCL\n") })
        var fields: [String: String] = [:]
        var curve: [CurvePoint] = []
        for line in part.split(separator: "\n") {
            let words = line.split { ": ,{}".contains($0) }.map(String.init)
            if words.count >= 5, words[1] == "milliHertz" {
                curve.append(
                    CurvePoint(milliHertz: try #require(Int(words[2])), perMille: try #require(Int(words[4]))))
            } else if words.count >= 2 {
                fields[words[0]] = words[1]
            }
        }
        func number(_ name: String) throws -> Int { try #require(fields[name].flatMap(Int.init), "\(name)") }
        return Product(
            id: "GB-DCL", name: "DCL", activation: .localCurve, symmetry: .up, curve: curve,
            fullDeliveryMilliseconds: try number("fullDeliveryMilliseconds"),
            needsResidentCurve: fields["needsResidentCurve"] == "true",
            enduranceSeconds: try number("enduranceSeconds"), minimumBidWatts: try number("minimumBidWatts"),
            bidStepWatts: try number("bidStepWatts"), blockSeconds: try number("blockSeconds"),
            blockAnchor: try number("blockAnchor"), gateClosureSeconds: try number("gateClosureSeconds"),
            confidence: try number("confidence"), sparePerMille: try number("sparePerMille"),
            gainPerMille: try number("gainPerMille"), slewPerMille: try number("slewPerMille"),
            holdSeconds: try number("holdSeconds"), score: .deliveredShare,
            availabilityPrice: try number("availabilityPrice"), energyPrice: try number("energyPrice"))
    }

    /// `curves` cars with a resident curve and as many by set-point, all at home for two days.
    private func plant(
        curves: Int, gate: TimeSpan? = nil, terms: ProductTerms? = nil, symmetry: Product.Symmetry = .up
    ) throws -> (plant: Plant, bid: Bid) {
        var product = try self.product()
        product.terms = terms
        product.symmetry = symmetry
        #expect(product.curve.count == 4 && product.needsResidentCurve)
        var configuration = Plant.configuration()
        configuration.region.products = [product]
        configuration.resources = [.init(id: "R", products: ["GB-DCL"])]
        var plant = Plant(
            cars: curves * 2, configuration: configuration, site: { $0.defaultStay = .hours(48) },
            each: { car, index in car.capability = index % 2 == 0 ? .residentCurve : .setpoint })
        for _ in 0..<10 { plant.second() }
        let gate = gate ?? product.gateClosure
        let block = product.block(containing: plant.now + gate + .seconds(product.blockSeconds))
        plant.second(extra: [
            .bidCalled(
                BidCall(
                    resource: "R", product: "GB-DCL", block: block, gateClosure: block.start - gate,
                    reference: "e"))
        ])
        return (plant, try #require(plant.engine.snapshot().bids.last))
    }

    @Test func onlyResidentCurvesAreSold() throws {
        let (plant, bid) = try self.plant(curves: 80)
        #expect(bid.state == .submitted && bid.explanation.hasPrefix("80 cars plugged in"), "\(bid.explanation)")
        #expect(bid.quantity.watts == 1_000_000 && bid.confidence == 9_900, "in whole megawatts")
        let most = plant.engine.points.indices.reduce(0) { sum, worker in
            sum
                + plant.cars[worker].indices.filter { plant.cars[worker][$0].capability == .residentCurve }
                .reduce(0) {
                    $0 + plant.engine.points[worker][$1].bounds.base - plant.engine.points[worker][$1].bounds.low
                }
        }
        #expect(bid.firmHeadroom.watts < most && bid.firmHeadroom.watts > most * 8 / 10)
    }

    /// Terms of a product that the engine does not carry out, or of one that sells both directions as one.
    private func terms(dispatch: String, isJoint: Bool) throws -> ProductTerms {
        let reason = dispatch == "none" ? #","dispatchReason":"a trigger latches""# : ""
        let text =
            #"{"mechanism":"localCurve","dispatch":"\#(dispatch)"\#(reason),"#
            + #""response":{"initiationMilliseconds":500},"#
            + #""energy":{"reserveSeconds":900,"settlementPeriodSeconds":1800,"powerPerMille":1000},"#
            + #""calendar":{"dayStartSeconds":0,"blockSeconds":14400,"weekdaysOnly":false},"#
            + #""gate":{"secondsBefore":3600},"bid":{"maximumWatts":100000000,"isDivisible":true,"#
            + #""isJoint":\#(isJoint),"minimumPrice":0,"maximumPrice":99000000},"#
            + #""telemetry":{"periodMilliseconds":1000,"accuracy":0,"proofPeriodMilliseconds":50},"#
            + #""baseline":{"method":"declared","days":0,"highest":0,"capPerMille":0},"#
            + #""performance":{"method":"envelope","full":300,"zero":700,"windowSeconds":1800},"#
            + #""payment":{"capacity":"marginal","energy":"none","paysMileage":false,"penalty":"scaled"}}"#
        return try JSONDecoder().decode(ProductTerms.self, from: Data(text.utf8))
    }

    @Test func whatIsNotDispatchedIsDraftedWithTheReason() throws {
        let (_, bid) = try self.plant(curves: 80, terms: self.terms(dispatch: "none", isJoint: false))
        #expect(bid.state == .draft && bid.quantity == .zero)
        #expect(
            bid.explanation.hasSuffix("GB-DCL is described but not dispatched: a trigger latches"), "\(bid.explanation)"
        )
        let sold = try self.plant(curves: 80, terms: self.terms(dispatch: "engine", isJoint: false)).bid
        #expect(sold.state == .submitted && sold.quantity.watts == 1_000_000)
    }

    /// Cars that are charging at full power can be moved up by much and down by nothing.
    @Test func bothDirectionsAsOneAreTheLesser() throws {
        var terms = try self.terms(dispatch: "engine", isJoint: false)
        let alone = try self.plant(curves: 80, terms: terms, symmetry: .symmetric).plant.engine.snapshot().bids
        let up = try #require(alone.first { $0.direction == .up })
        let down = try #require(alone.first { $0.direction == .down })
        #expect(up.firmHeadroom != down.firmHeadroom && max(up.quantity, down.quantity) > .zero)
        terms.bid.isJoint = true
        let joint = try self.plant(curves: 80, terms: terms, symmetry: .symmetric).plant.engine.snapshot().bids
        #expect(joint.count == 2 && joint.allSatisfy { $0.quantity == min(up.quantity, down.quantity) })
    }

    /// With all cars it would be more than a megawatt; with those that may serve it is not.
    @Test func underAMegawattOfCurvesNothingIsOffered() throws {
        let (plant, bid) = try self.plant(curves: 45)
        #expect(bid.state == .draft && bid.quantity == .zero && plant.bids.isEmpty)
        #expect(bid.explanation.contains("under the product's minimum"))
    }

    /// The plan holds the award in points with a curve, and in no other.
    @Test func theAwardIsHeldByResidentCurves() throws {
        var (plant, bid) = try self.plant(curves: 80, gate: .minutes(10))
        plant.second(extra: [
            .awarded(
                Award(
                    id: "a", bid: bid.id, resource: "R", product: "GB-DCL", block: bid.call.block, direction: .up,
                    quantity: bid.quantity, pricePerMegawattHour: bid.pricePerMegawattHour,
                    energyPricePerMegawattHour: .zero(.eur)))
        ])
        // The time to the block is not played: its plan goes out a second before.
        plant.now = bid.call.block.start - .seconds(1)
        for _ in 0..<8 { plant.second() }
        for worker in plant.cars.indices {
            for (slot, car) in plant.cars[worker].enumerated() where car.capability == .setpoint {
                #expect(plant.engine.points[worker][slot].heldUp == 0)
            }
        }
        #expect(plant.engine.snapshot().resources[0].heldUp.watts >= bid.quantity.watts)
    }
}
