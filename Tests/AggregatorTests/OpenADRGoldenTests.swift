import Domain
import Foundation
import OpenADR
import TestSupport
import Testing

@testable import Aggregator

/// Fixed nouns that golden files and tests share.
enum OpenADRSample {
    static let origin = Instant(seconds: 1_795_687_200)
    static let block = MarketInterval(start: origin + .minutes(10), end: origin + .minutes(15))
    static let program = ObjectID("program-1") ?? .unknown
    static let call = ObjectID("call-1") ?? .unknown

    static let bidCall = BidCall(
        resource: "demo-fleet", product: "DEMO-FR", block: block,
        gateClosure: block.start - .seconds(30), reference: "call-1.0")
    static let bid = Bid(
        id: "bid-7", tenant: "demo", call: bidCall, direction: .up,
        quantity: Power(watts: 1_200_000),
        pricePerMegawattHour: Money(microUnits: 41_500_000, currency: .eur), confidence: 9_900,
        firmHeadroom: Power(watts: 1_254_321), state: .submitted,
        explanation: "57 cars, 3 left out because they leave before the block ends")
    static let baseline = DeclaredBaseline(
        resource: "demo-fleet", interval: block, submittedAt: origin,
        points: [
            .init(at: block.start, power: Power(watts: 812_500)),
            .init(at: block.start + .minutes(2), power: Power(watts: 790_000)),
        ])
    static let storage = StorageState(
        usableCapacity: Energy(wattHours: 3_412_000),
        chargeLevel: StateOfCharge(basisPoints: 5_512),
        maxDischarge: Power(watts: 1_320_000), maxCharge: Power(watts: 1_430_000))
    static let award = Award(
        id: "award-1.0.up", bid: "bid-7", resource: "demo-fleet", product: "DEMO-FR", block: block,
        direction: .up, quantity: Power(watts: 900_000),
        pricePerMegawattHour: Money(microUnits: 41_500_000, currency: .eur),
        energyPricePerMegawattHour: Money(microUnits: 120_000_000, currency: .eur))
    static let result = BlockResult(
        award: award, tenant: "demo", region: "demo", settledAt: block.end + .seconds(5),
        requested: Energy(wattHours: 20_000), delivered: Energy(wattHours: 19_868),
        overDelivered: Energy(wattHours: 12), performance: 9_934,
        availabilityPayment: .zero(.eur), energyPayment: .zero(.eur), shares: [])

    static func sample(at: Instant, requested: Int, metered: Int) -> DeliverySample {
        DeliverySample(
            resource: "demo-fleet", product: "DEMO-FR", at: at, requested: Power(watts: requested),
            delivered: Power(watts: 812_500 - metered), baseline: Power(watts: 812_500),
            metered: Power(watts: metered))
    }
}

extension ObjectID {
    static let unknown: ObjectID = {
        guard let id = ObjectID("unknown") else { preconditionFailure("a valid id") }
        return id
    }()
}

@Suite("OpenADR: what we say, in golden files")
struct OpenADRGoldenTests {
    private func check(_ name: String, _ object: JSONObject) throws {
        let url = Workspace.root.appending(path: "Protocols/openadr/golden/\(name).json")
        let text = JSONWriter.text(.object(object)) + "\n"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: url, encoding: .utf8) == text, "\(name).json")
    }

    @Test func businessLogic() throws {
        let program = CapacityProgram(
            name: "DEMO-FR", product: "DEMO-FR", gateClosure: .seconds(30))
        try self.check("program", program.request(targets: ["demo-fleet"]).object)
        try self.check(
            "call",
            CallMessage.request(
                program: OpenADRSample.program, product: "DEMO-FR", block: OpenADRSample.block,
                directions: [.up], currency: .eur, targets: ["demo-fleet"]
            ).object)
        try self.check(
            "award",
            AwardMessage.request(
                OpenADRSample.award, program: OpenADRSample.program, interval: 0,
                targets: ["demo-fleet"]
            ).object)
        try self.check(
            "dispatch",
            DispatchMessage.request(
                program: OpenADRSample.program, name: "DISPATCH-1", watts: 450_000,
                interval: OpenADRSample.block, targets: ["demo-fleet"]
            ).object)
    }

    @Test func virtualEndNode() throws {
        let bid = try #require(
            BidMessage.request(
                OpenADRSample.bid, OpenADRSample.baseline, storage: OpenADRSample.storage,
                clientName: "headroom"))
        try self.check("bid", bid.object)
        let reference = try #require(IntervalReference(OpenADRSample.award.id.rawValue))
        try self.check(
            "award-ack",
            AwardReport.acknowledgement(reference, resource: "demo-fleet", clientName: "headroom")
                .object)
        try self.check(
            "telemetry",
            AwardReport.telemetry(
                OpenADRSample.sample(
                    at: OpenADRSample.block.start, requested: 450_000, metered: 365_250),
                period: MarketInterval(
                    start: OpenADRSample.block.start, end: OpenADRSample.block.start + .seconds(10)),
                reference: reference, clientName: "headroom"
            ).object)
        try self.check(
            "performance",
            AwardReport.performance(
                OpenADRSample.result, reference: reference, clientName: "headroom"
            ).object)
        try self.check("ven", VenRequest(venName: "headroom").object)
        try self.check(
            "resource",
            ResourceRequest(resourceName: "demo-fleet", venID: ObjectID("ven-1")).object)
        try self.check(
            "subscription",
            SubscriptionRequest(
                clientName: "headroom",
                objectOperations: [
                    .init(
                        objects: [.program, .event], operations: [.create, .update, .delete],
                        callbackUrl: "https://aggregator.example/openadr3/callback",
                        bearerToken: "token")
                ]
            ).object)
    }

    @Test func aBidComesBackAsItWas() throws {
        let report = try #require(
            BidMessage.request(
                OpenADRSample.bid, OpenADRSample.baseline, storage: nil, clientName: "headroom"))
        let read = try ReportRequest(object: report.object)
        let bid = try #require(BidMessage(read, interval: 0, currency: .eur))
        #expect(bid.id == "bid-7")
        #expect(bid.resource == "demo-fleet")
        #expect(bid.direction == .up)
        #expect(bid.quantity.watts == 1_200_000)
        #expect(bid.pricePerMegawattHour == OpenADRSample.bid.pricePerMegawattHour)
        #expect(bid.confidence == 9_900)
        #expect(bid.baseline == OpenADRSample.baseline.points)
        #expect(!bid.isRedeclared)
        #expect(
            BidMessage(read, interval: 1, currency: .eur) == nil, "not an offer for that interval")
    }

    @Test func anAwardComesBackAsItWas() throws {
        let request = AwardMessage.request(
            OpenADRSample.award, program: OpenADRSample.program, interval: 0, targets: [])
        let event = OpenADR.Event(
            id: ObjectID("award-1") ?? .unknown, created: .now, modified: .now, request: request)
        let message = try #require(try AwardMessage.messages(event, defaults: nil).first)
        #expect(message.reference.award(message.direction) == OpenADRSample.award.id)
        #expect(message.bid == "bid-7")
        #expect(message.block == OpenADRSample.block)
        #expect(message.quantity.watts == 900_000)
        #expect(message.pricePerMegawattHour == OpenADRSample.award.pricePerMegawattHour)
        #expect(
            message.energyPricePerMegawattHour == OpenADRSample.award.energyPricePerMegawattHour)
    }

    /// Prices per kilowatt are the same money as prices per megawatt.
    @Test func pricesPerKilowattAreUnderstood() throws {
        let text = """
            {"programID":"p","eventName":"AWARD-b","payloadDescriptors":[{"payloadType":\
            "EXPORT_CAPACITY_RESERVATION_FEE","units":"KW","currency":"GBP"}],"intervalPeriod":{"start":\
            "2026-11-26T10:00:00Z","duration":"PT30M"},"intervals":[{"id":4,"payloads":[{"type":\
            "EXPORT_CAPACITY_RESERVATION","values":[250]},{"type":"EXPORT_CAPACITY_RESERVATION_FEE",\
            "values":[0.0125]}]}]}
            """
        let request = try EventRequest(object: try #require(try JSONParser.parse(text).object))
        let event = OpenADR.Event(id: .unknown, created: .now, modified: .now, request: request)
        let message = try #require(try AwardMessage.messages(event, defaults: nil).first)
        #expect(message.pricePerMegawattHour == Money(microUnits: 12_500_000, currency: .gbp))
        #expect(message.quantity.watts == 250_000)
        #expect(message.energyPricePerMegawattHour == nil)
    }

    @Test(
        arguments: [
            (#"[{"type":"DISPATCH_SETPOINT_RELATIVE","values":[-450.0]}]"#, 450_000),
            (#"[{"type":"DISPATCH_SETPOINT","values":[-250]}]"#, 1_062_500),
            (#"[{"type":"CONTROL_SETPOINT","values":[812.5]}]"#, 0),
            (#"[{"type":"DISPATCH_INSTRUCTION","values":["DISCHARGE","250"]}]"#, 1_062_500),
            (#"[{"type":"DISPATCH_INSTRUCTION","values":["CHARGE",1000]}]"#, -187_500),
            (#"[{"type":"DISPATCH_INSTRUCTION","values":["IDLE"]}]"#, 812_500),
        ])
    func instructionsBecomeDeviations(payloads: String, watts: Int) throws {
        let text = #"{"programID":"p","intervals":[{"id":0,"payloads":\#(payloads)}]}"#
        let event = try EventRequest(object: try #require(try JSONParser.parse(text).object))
        let maps = try #require(event.intervals?.first?.payloads)
        #expect(DispatchMessage.isDispatch(maps))
        #expect(DispatchMessage.request(maps, baseline: Power(watts: 812_500)) == watts)
    }
}
