import Domain
import Foundation
import GridCodes
import Logging
import OpenADR
import Synchronization
import TestSupport
import Testing

@testable import Aggregator

@Suite("Utility: the signals it plays")
struct OpenADRSignalTraceTests {
    @Test func theEventHasThePublishedMilestones() {
        let start = Instant(seconds: 1_795_687_200)
        let event = GridEventTrace(start: start, leadSeconds: 180, eventSeconds: 110, seed: 1)
        let trace = event.trace()
        let fault = start + .seconds(180)
        func low(_ from: Int, _ to: Int) -> Int {
            (from * 10..<to * 10).map { trace.value(at: fault + .milliseconds($0 * 100)) }.min()
                ?? 0
        }
        let quiet = (0..<179).map { trace.value(at: start + .seconds($0)) }
        #expect(quiet.allSatisfy { (49_988...50_012).contains($0) })
        #expect(Set(quiet).count > 5, "the quiet grid is not a straight line")
        // The falls in real time: 49.08 Hz after 25.5 s, within 0.15 Hz/s at the steepest.
        #expect((49_075...49_092).contains(low(25, 27)))
        #expect(trace.value(at: fault + .seconds(1)) > 49_800)
        #expect((event.nadirAt - fault).microseconds < 60_000_000)
        let nadir = (0..<1_100).map { trace.value(at: fault + .milliseconds($0 * 100)) }.min() ?? 0
        #expect((48_780...48_800).contains(nadir))
        #expect(low(0, 110) == nadir)
        #expect((49_980...50_020).contains(trace.value(at: fault + .seconds(111))))
        #expect(
            trace
                == GridEventTrace(start: start, leadSeconds: 180, eventSeconds: 110, seed: 1)
                .trace())
        #expect(
            trace
                != GridEventTrace(start: start, leadSeconds: 180, eventSeconds: 110, seed: 2)
                .trace())
    }

    @Test(arguments: [75, 90, 120, 222, 400])
    func theLengthIsAsAskedFor(seconds: Int) {
        let event = GridEventTrace(
            start: Instant(seconds: 0), leadSeconds: 10, eventSeconds: seconds, tailSeconds: 30,
            seed: 3)
        let trace = event.trace()
        let length = min(seconds, 222)
        #expect(trace.end == Instant(seconds: 40 + seconds))
        #expect(trace.value(at: Instant(seconds: 10 + length - 3)) < 49_990)
        #expect(trace.value(at: Instant(seconds: 10 + length + 1)) > 49_980)
        #expect((48_780...48_800).contains(trace.value(at: event.nadirAt)))
        // In real time at full length: the nadir comes 75.9 s after the first loss.
        if seconds >= 222 { #expect(event.nadirAt == Instant(seconds: 10) + .milliseconds(75_900)) }
    }

    /// The modelled milestones against the recording, where it is present.
    @Test func agreesWithTheRecording() throws {
        let file = "frequency-gb-2019-08-09/neso-frequency-2019-08-09-event-window.csv"
        guard let url = Workspace.sharedData(file) else {
            print("skipped: ../shared/data/\(file) is not on this machine")
            return
        }
        let recorded = try SignalTrace(
            String(contentsOf: url, encoding: .utf8), kind: .frequency, name: file)
        let fault = try #require(DateTime("2019-08-09T15:52:33.5Z")).instant
        let model = GridEventTrace(start: fault, leadSeconds: 0, eventSeconds: 222, seed: 1).trace()
        // The reports' 50 Hz after 222 s is a control-room figure: the recording is there a minute later.
        for second in [1, 2, 3, 11, 25, 44, 57, 76, 100, 147] {
            let at = fault + .seconds(second)
            #expect(
                abs(recorded.value(at: at) - model.value(at: at)) <= 60,
                "\(second) s: \(recorded.value(at: at)) recorded, \(model.value(at: at)) modelled")
        }
    }

    @Test func csvComesBack() throws {
        let trace = GridEventTrace(
            start: Instant(seconds: 1_795_687_200), leadSeconds: 2, eventSeconds: 75,
            tailSeconds: 1, seed: 9
        ).trace()
        #expect(trace.csv.hasPrefix("time,value\n2026-11-26T10:00:00Z,"))
        #expect(try SignalTrace(trace.csv, kind: .frequency, name: "t") == trace)
    }

    @Test func frequencyIsInterpolatedAndRegulationIsHeld() throws {
        let text =
            "# a comment\r\ntime,value\r\n2026-11-26T10:00:00Z,0.5\r\n2026-11-26T10:00:04Z,-1\r\n"
        let held = try SignalTrace(text, kind: .regulation, name: "t")
        #expect(
            [-1, 0, 3, 4, 5].map { held.value(at: Instant(seconds: 1_795_687_200 + $0)) } == [
                0, 500, 500, -1_000, 0,
            ])
        let frequency = try SignalTrace(
            "utc_time,frequency_hz\n2026-11-26T10:00:00Z,50.0\n2026-11-26T10:00:04Z,49.0\n",
            kind: .frequency,
            name: "t")
        #expect(
            [-1, 0, 1, 4, 9].map { frequency.value(at: Instant(seconds: 1_795_687_200 + $0)) }
                == [50_000, 50_000, 49_750, 49_000, 49_000])
        #expect(
            frequency.moved(to: Instant(seconds: 100)).value(at: Instant(seconds: 102)) == 49_500)
    }

    @Test(
        arguments: [
            "", "time,value\n", "when,what\n1,2\n", "time,value\nsoon,50\n",
            "time,value\n2026-11-26T10:00:00Z,x\n",
            "time,value\n2026-11-26T10:00:00Z,50\n2026-11-26T10:00:00Z,50\n",
            "time,value\n2026-11-26T10:00:00Z,500\n", "time,value\n2026-11-26T10:00:00Z\n",
        ])
    func badFilesAreSaid(text: String) {
        #expect { try SignalTrace(text, kind: .frequency, name: "grid.csv") } throws: {
            "\($0)".hasPrefix("grid.csv")
        }
    }
}

/// Takes the fast signals and gives back what a test wants echoed.
final class BenchUplink: SignalUplink {
    let sent = Mutex<[GridSignal]>([])
    let echoes = Mutex<[DeliverySample]>([])

    func send(_ signals: [GridSignal]) { self.sent.withLock { $0 += signals } }
    func receive() -> [DeliverySample] {
        self.echoes.withLock { echoes in
            defer { echoes.removeAll() }
            return echoes
        }
    }
}

@Suite("Utility: the market")
struct OpenADRUtilityTests {
    private let origin = OpenADRSample.origin
    private let clock = VTNBench.Clock()

    private func product(_ id: ProductID, _ activation: ActivationKind, symmetry: Product.Symmetry)
        -> Product
    {
        Product(
            id: id, name: id.rawValue, activation: activation, symmetry: symmetry, curve: [],
            fullDeliveryMilliseconds: 5_000, needsResidentCurve: false, enduranceSeconds: 900,
            minimumBidWatts: 100_000, bidStepWatts: 100_000, blockSeconds: 300,
            blockAnchor: self.origin.seconds, gateClosureSeconds: 5, confidence: 9_900,
            sparePerMille: 150,
            gainPerMille: 1_000, slewPerMille: 0, holdSeconds: 10, score: .deliveredShare,
            availabilityPrice: 45_000_000, energyPrice: 120_000_000)
    }

    private var region: RegionPack {
        RegionPack(
            region: "demo", validFrom: "2026-11-01", currency: .eur, nominalMilliHertz: 50_000,
            holdLoadBelowMilliHertz: 49_800, holdLoadAboveMilliHertz: 50_200,
            plausibleMilliHertz: [45_000, 55_000], frequencyStaleMilliseconds: 1_500,
            fallbackSpreadSeconds: 30, rampWattsPerSecond: 1_000,
            products: [
                self.product("DEMO-FR", .localCurve, symmetry: .up),
                self.product("DEMO-AGC", .signal, symmetry: .symmetric),
            ], sources: [])
    }

    private func utility(
        uplink: any SignalUplink = NoSignalUplink(),
        _ change: (inout UtilityConfiguration) -> Void = { _ in }
    ) throws -> UtilityService {
        var vtn = VTNBench.configuration
        vtn.allowInsecureCallbacks = true
        var configuration = UtilityConfiguration(
            vtn: vtn, purchases: [.init(product: "DEMO-FR", resource: "demo-fleet")])
        configuration.vens = [
            .init(clientID: "ven_client", venName: "headroom", targets: ["demo-fleet"])
        ]
        configuration.purchases[0].targets = ["demo-fleet"]
        change(&configuration)
        let clock = self.clock
        return try UtilityService(
            configuration, region: self.region, uplink: uplink, startedAt: self.origin,
            now: { clock.now.withLock { $0 } },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func ven(_ utility: UtilityService, _ ears: VENBench.Ears) -> VENService {
        var configuration = VENConfiguration(
            vtnURL: "http://vtn.test/openadr3/3.1.0", clientID: "ven_client", clientSecret: "999",
            venName: "headroom",
            programs: [.init(program: "DEMO-FR", product: "DEMO-FR", resource: "demo-fleet")])
        configuration.programs.append(
            .init(program: "DEMO-AGC", product: "DEMO-AGC", resource: "demo-fleet"))
        return VENService(
            configuration, transport: BenchTransport(utility.vtn),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            sink: { ears.hear($0) })
    }

    private func at(_ seconds: Int) -> Instant {
        let now = self.origin + .seconds(seconds)
        self.clock.now.withLock { $0 = now }
        return now
    }

    private func signalFile(_ rows: [(Int, Double)]) throws -> URL {
        let url = try TestSupport.Program.temporaryFolder().appending(path: "signal.csv")
        let lines = rows.map { "\((self.origin + .seconds($0.0)).iso8601),\($0.1)" }
        try ("time,value\n" + lines.joined(separator: "\n") + "\n")
            .write(to: url, atomically: true, encoding: .utf8)
        return url
    }

    /// A product that two resources sell is called for once under each programme, not each turn anew.
    @Test func callsOnceUnderEachProgramOfAProduct() async throws {
        let utility = try self.utility {
            var second = UtilityConfiguration.Purchase(product: "DEMO-FR", resource: "demo-depot")
            second.program = "DEMO-FR-DEPOT"
            $0.purchases.append(second)
        }
        for second in 180..<184 { await utility.turn(now: self.at(second)) }
        let events = utility.vtn.objects(.event)
        #expect(events.count == 2)
        #expect(Set(events.compactMap { $0.body["programID"]?.string }).count == 2)
        #expect(throws: (any Error).self, "two purchases of one name") {
            _ = try self.utility {
                $0.purchases.append(.init(product: "DEMO-FR", resource: "demo-depot"))
            }
        }
    }

    /// The whole round between the stand-in utility and our VEN: call, bid, partial award, settled echo.
    @Test func callsAwardsPartlyAndKeepsTheBook() async throws {
        let uplink = BenchUplink()
        let file = try self.signalFile([(0, 50), (600, 50)])
        let utility = try self.utility(uplink: uplink) {
            $0.purchases[0].awardShare = 60
            $0.purchases[0].signal = .init(kind: .frequency, file: file.path)
        }
        let ears = VENBench.Ears()
        let ven = self.ven(utility, ears)
        await utility.turn(now: self.at(170))
        #expect(utility.vtn.objects(.event).isEmpty, "more than callAheadSeconds before the block")
        await utility.turn(now: self.at(180))
        await utility.turn(now: self.at(181))
        #expect(utility.vtn.objects(.event).count == 1)
        await ven.turn(now: self.at(182), telemetry: false)
        let heard = ears.events.withLock { $0 }
        guard case .bidCalled(let call) = heard.first else {
            Issue.record("expected a call, heard \(heard)")
            return
        }
        #expect(call.block.start == self.origin + .seconds(300))
        #expect(call.gateClosure == self.origin + .seconds(295))

        var bid = OpenADRSample.bid
        bid.call = call
        bid.quantity = Power(watts: 1_200_000)
        ven.perform(
            Effect(
                id: .init(epoch: Epoch(1), counter: 1), action: .bid(bid, OpenADRSample.baseline)))
        await ven.turn(now: self.at(200), telemetry: false)
        await utility.turn(now: self.at(294))
        #expect(utility.vtn.objects(.event).count == 1, "nothing is awarded before the gate closes")
        await utility.turn(now: self.at(295))
        await utility.turn(now: self.at(296))
        #expect(utility.vtn.objects(.event).count == 2, "one award, once")
        await ven.turn(now: self.at(297), telemetry: false)
        let award = ears.events.withLock { events in
            events.compactMap { event -> Award? in
                guard case .awarded(let award) = event else { return nil }
                return award
            }
        }
        #expect(award.map(\.quantity.watts) == [700_000], "60 % of 1.2 MW, rounded down to 100 kW")
        #expect(award.first?.pricePerMegawattHour == bid.pricePerMegawattHour)
        #expect(award.first?.energyPricePerMegawattHour.microUnits == 120_000_000)

        uplink.echoes.withLock {
            $0 = (0..<3).map { second in
                DeliverySample(
                    resource: "demo-fleet", product: "DEMO-FR",
                    at: self.origin + .seconds(310 + second),
                    requested: Power(watts: 600_000),
                    delivered: Power(watts: 590_000 + second * 10_000),
                    baseline: .zero, metered: .zero)
            }
        }
        utility.signal(now: self.at(313))
        let status = utility.status(now: self.at(314))
        let entry = try #require(status.blocks.first?.bids.first)
        #expect(entry.awardedWatts == 700_000)
        #expect(entry.samples == 3)
        #expect(entry.requestedWattSeconds == 1_800_000)
        #expect(entry.deliveredWattSeconds == 1_790_000)
        #expect(entry.overDeliveredWattSeconds == 10_000)
        #expect(entry.performance == 9_944)
        #expect(status.milliHertz == 50_000)
        #expect(status.vens == ["headroom"])
        #expect(status.deliveries.first?.requestedWatts == 600_000)

        // The second block is called while the first one runs.
        await utility.turn(now: self.at(480))
        #expect(utility.status(now: self.at(481)).blocks.count == 2)
        // Long after, the first block is forgotten with its reports.
        await utility.turn(now: self.at(600 + 3_601))
        let events = utility.vtn.objects(.event).compactMap { $0.body["eventName"]?.string }
        #expect(!events.contains { $0.contains("10:05:00") || $0.hasPrefix("AWARD") })
        #expect(utility.vtn.objects(.report).isEmpty)
    }

    @Test func aBidUnderTheMinimumAndALateOneGetNothing() async throws {
        let utility = try self.utility { $0.purchases[0].awardShare = 50 }
        await utility.turn(now: self.at(180))
        let call = try #require(utility.vtn.objects(.event).first)
        func offer(_ id: String, _ watts: Int) async throws {
            var bid = OpenADRSample.bid
            bid.id = BidID(id)
            bid.call.reference = "\(call.id).0"
            bid.quantity = Power(watts: watts)
            let report = try #require(
                BidMessage.request(
                    bid, OpenADRSample.baseline, storage: nil, clientName: "headroom"))
            try await utility.vtn.create(report)
        }
        _ = self.at(190)
        try await offer("small", 150_000)
        _ = self.at(296)
        try await offer("late", 500_000)
        await utility.turn(now: self.at(297))
        let bids = utility.status(now: self.at(298)).blocks.first?.bids ?? []
        #expect(bids.first { $0.id == "small" }?.awardedWatts == 0)
        #expect(bids.first { $0.id == "late" }?.awardedWatts == nil)
    }

    @Test func theBookSurvivesARestart() async throws {
        let path = try TestSupport.Program.temporaryFolder().appending(path: "vtn.jsonl").path
        let first = try self.utility { $0.vtn.stateFile = path }
        await first.turn(now: self.at(180))
        let call = try #require(first.vtn.objects(.event).first)
        var bid = OpenADRSample.bid
        bid.call.reference = "\(call.id).0"
        let report = try #require(
            BidMessage.request(bid, OpenADRSample.baseline, storage: nil, clientName: "headroom"))
        try await first.vtn.create(report)
        await first.turn(now: self.at(295))
        let second = try self.utility { $0.vtn.stateFile = path }
        await second.turn(now: self.at(296))
        #expect(second.vtn.objects(.event).count == first.vtn.objects(.event).count, "awarded once")
        #expect(second.status(now: self.at(297)).blocks == first.status(now: self.at(297)).blocks)
    }

    @Test func frequencyGoesOutWithItsExpiry() async throws {
        let uplink = BenchUplink()
        let file = try self.signalFile([(0, 50), (10, 49)])
        let utility = try self.utility(uplink: uplink) {
            $0.purchases[0].signal = .init(kind: .frequency, file: file.path, startAfterSeconds: 5)
        }
        for tenth in [0, 60, 100] { utility.signal(now: self.at(0) + .milliseconds(tenth * 100)) }
        let sent = uplink.sent.withLock { $0 }
        #expect(
            sent.map(\.value) == [50_000, 49_900, 49_500].map(SignalValue.frequency(milliHertz:)))
        #expect(
            sent.allSatisfy { $0.expiry - $0.sentAt == .seconds(1) && $0.resource == "demo-fleet" })
        #expect(zip(sent, sent.dropFirst()).allSatisfy { $0.sequence < $1.sequence })
        #expect(sent.allSatisfy { $0.trace != .none })
    }

    @Test func anAlertStandsWhileTheFrequencyIsLow() async throws {
        let file = try self.signalFile([(0, 50), (10, 49.2), (20, 50)])
        let utility = try self.utility {
            $0.purchases[0].signal = .init(kind: .frequency, file: file.path)
        }
        func alerts() -> [EventRequest] {
            utility.vtn.objects(.event).compactMap { try? $0.request(EventRequest.self) }
                .filter { $0.eventName?.hasPrefix("ALERT") == true }
        }
        await utility.turn(now: self.at(0))
        #expect(alerts().isEmpty)
        await utility.turn(now: self.at(9))
        await utility.turn(now: self.at(11))
        #expect(alerts().count == 1)
        #expect(alerts().first?.intervalPeriod?.duration?.isInfinite == true)
        #expect(utility.status(now: self.at(12)).alert)
        await utility.turn(now: self.at(19))
        #expect(alerts().first?.intervalPeriod?.duration?.text == "PT10S")
        #expect(!utility.status(now: self.at(20)).alert)
    }

    /// Without a fast stream the regulation signal goes as events that our VEN turns into requests.
    @Test func regulationOverEvents() async throws {
        let file = try self.signalFile([(0, 0), (310, 0.5), (320, -1), (330, 0)])
        let utility = try self.utility {
            $0.purchases = [.init(product: "DEMO-AGC", resource: "demo-fleet")]
            $0.purchases[0].signal = .init(kind: .regulation, file: file.path)
            $0.purchases[0].signal?.path = .openadr
        }
        let ears = VENBench.Ears()
        let ven = self.ven(utility, ears)
        await utility.turn(now: self.at(180))
        await ven.turn(now: self.at(181), telemetry: false)
        guard case .bidCalled(let call) = ears.events.withLock({ $0.first }) else {
            Issue.record("expected a call")
            return
        }
        for direction in Direction.allCases {
            var bid = OpenADRSample.bid
            bid.id = BidID("bid-\(direction.rawValue)")
            bid.call = call
            bid.direction = direction
            bid.quantity = Power(watts: direction == .up ? 800_000 : 300_000)
            ven.perform(
                Effect(
                    id: .init(epoch: Epoch(1), counter: 1),
                    action: .bid(bid, OpenADRSample.baseline)))
        }
        await ven.turn(now: self.at(190), telemetry: false)
        await utility.turn(now: self.at(295))
        var heard: [Int] = []
        for second in [300, 310, 315, 320, 325, 330, 335] {
            await utility.turn(now: self.at(second))
            ears.events.withLock { $0.removeAll() }
            await ven.turn(now: self.at(second), telemetry: false)
            heard += ears.events.withLock { $0 }.compactMap { event in
                guard case .signal(let signal) = event, case .request(let watts) = signal.value
                else { return nil }
                return watts
            }
        }
        #expect(heard == [400_000, -300_000, 0])
    }

    @Test(
        arguments: [
            "purchases: region demo has no product", "cannot read", "vens: stranger", "signalHertz",
            "awardShare",
        ])
    func badConfigurationIsSaid(message: String) {
        #expect {
            try self.utility { configuration in
                switch message.prefix(6) {
                case "purcha": configuration.purchases[0].product = "NONE"
                case "cannot":
                    configuration.purchases[0].signal = .init(kind: .frequency, file: "/none.csv")
                case "vens: ": configuration.vens[0].clientID = "stranger"
                case "signal": configuration.signalHertz = 0
                default: configuration.purchases[0].awardShare = 101
                }
            }
        } throws: { "\($0)".contains(message) }
    }
}
