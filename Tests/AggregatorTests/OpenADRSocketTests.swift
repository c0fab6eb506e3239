import Domain
import Foundation
import GridCodes
import HTTPTypes
import Hummingbird
import Logging
import OpenADR
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Aggregator

/// The stand-in utility and our VEN as they run: two servers, real sockets, real time. Gates close half a minute before
/// their blocks, and whoever is too late for one block sells the next: a busy machine only makes it last longer.
@Suite("OpenADR: utility and VEN on sockets", .serialized, .timeLimit(.minutes(5)), .ownThreads)
struct OpenADRSocketTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func region(_ start: Instant) -> RegionPack {
        let product = Product(
            id: "DEMO-FR", name: "Demo", activation: .localCurve, symmetry: .up, curve: [],
            fullDeliveryMilliseconds: 5_000, needsResidentCurve: false, enduranceSeconds: 900,
            minimumBidWatts: 100_000, bidStepWatts: 100_000, blockSeconds: 20,
            blockAnchor: start.seconds, gateClosureSeconds: 30, confidence: 9_900,
            sparePerMille: 150,
            gainPerMille: 1_000, slewPerMille: 0, holdSeconds: 10, score: .deliveredShare,
            availabilityPrice: 45_000_000, energyPrice: 120_000_000)
        return RegionPack(
            region: "demo", validFrom: "2026-11-01", currency: .eur, nominalMilliHertz: 50_000,
            holdLoadBelowMilliHertz: 49_800, holdLoadAboveMilliHertz: 50_200,
            plausibleMilliHertz: [45_000, 55_000], frequencyStaleMilliseconds: 1_500,
            fallbackSpreadSeconds: 30, rampWattsPerSecond: 1_000, products: [product], sources: [])
    }

    private func utility(port: Int, start: Instant, uplink: any SignalUplink) throws
        -> UtilityService
    {
        var vtn = VTNBench.configuration
        vtn.allowInsecureCallbacks = true
        let file = try TestSupport.Program.temporaryFolder().appending(path: "grid.csv")
        try GridEventTrace(start: WallClock.now(), leadSeconds: 0, eventSeconds: 150, tailSeconds: 10, seed: 1)
            .trace().csv.write(to: file, atomically: true, encoding: .utf8)
        var configuration = UtilityConfiguration(
            vtn: vtn, purchases: [.init(product: "DEMO-FR", resource: "demo-fleet")])
        configuration.port = port
        configuration.purchases[0].signal = .init(kind: .frequency, file: file.path)
        return try UtilityService(
            configuration, region: self.region(start), uplink: uplink, logger: Self.quiet)
    }

    private func wait<Value: Sendable>(
        _ what: String, _ find: () async throws -> Value?
    ) async throws -> Value {
        let limit = ContinuousClock.now + .seconds(100)
        while ContinuousClock.now < limit {
            if let found = try await find() { return found }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw RuntimeError(.failed, "waited in vain for \(what)")
    }

    /// Polls are ten minutes apart, so whatever is heard in time was heard by notification.
    @Test func notifiedCallBidAndAward() async throws {
        let start = Instant(seconds: WallClock.now().seconds + 36)
        let uplink = BenchUplink()
        let utility = try self.utility(port: 0, start: start, uplink: uplink)
        let ears = VENBench.Ears()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await utility.run() }
            let port = try await self.wait("the utility") { utility.port }
            let (ports, own) = AsyncStream<Int>.makeStream()
            let holder = Mutex<VENService?>(nil)
            let router = Router()
            router.post("/openadr3/callback") { _, _ in
                holder.withLock { $0 }?.wake()
                return HTTPResponse.Status.ok
            }
            let server = Application(
                router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { own.yield($0.localAddress?.port ?? 0) }, logger: Self.quiet)
            group.addTask { try await server.run() }
            let callback = await ports.first { _ in true } ?? 0

            var configuration = VENConfiguration(
                vtnURL: "http://127.0.0.1:\(port)/openadr3/3.1.0", clientID: "ven_client",
                clientSecret: "999", venName: "headroom",
                programs: [.init(program: "DEMO-FR", product: "DEMO-FR", resource: "demo-fleet")])
            configuration.pollSeconds = 600
            configuration.webhook = .init(url: "http://127.0.0.1:\(callback)/openadr3/callback")
            let ven = VENService(
                configuration, logger: Self.quiet,
                sink: { ears.hear($0) })
            holder.withLock { $0 = ven }
            group.addTask { try await ven.run() }

            let call = try await self.wait("a call") {
                ears.events.withLock { events in
                    events.compactMap { if case .bidCalled(let call) = $0 { call } else { nil } }
                        .first { $0.gateClosure > WallClock.now() + .milliseconds(500) }
                }
            }
            var bid = OpenADRSample.bid
            bid.call = call
            ven.perform(
                Effect(
                    id: .init(epoch: Epoch(1), counter: 1),
                    action: .bid(
                        bid,
                        DeclaredBaseline(
                            resource: "demo-fleet", interval: call.block, submittedAt: start,
                            points: []))))
            let award = try await self.wait("an award") {
                ears.events.withLock { events in
                    events.compactMap { if case .awarded(let award) = $0 { award } else { nil } }
                        .first
                }
            }
            #expect(award.quantity == bid.quantity)
            #expect(WallClock.now() < call.block.start, "known when the block begins")
            _ = try await self.wait("the acknowledgement") {
                utility.vtn.objects(.report).contains {
                    $0.body["reportName"]?.string == "AWARD-ACK"
                }
                    ? true : nil
            }
            #expect(uplink.sent.withLock { $0.count } > 10, "the frequency plays meanwhile")
            #expect(try await self.status(port).contains(#""awardedWatts":1200000"#))
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }

    private func status(_ port: Int) async throws -> String {
        let transport = HTTPTransport()
        let answer = try await transport.send(
            VENExchange(
                method: "GET", url: "http://127.0.0.1:\(port)/utility/status", headers: [:],
                body: []))
        try await transport.shutdown()
        return String(decoding: answer.body, as: UTF8.self)
    }

    @Test func aPortInUseIsSaid() async throws {
        let start = WallClock.now()
        let first = try self.utility(port: 0, start: start, uplink: NoSignalUplink())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await first.run() }
            let port = try await self.wait("the utility") { first.port }
            let second = try self.utility(port: port, start: start, uplink: NoSignalUplink())
            await #expect { try await second.run() } throws: { error in
                "\(error)".contains("stop what uses the port or set another port")
            }
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }
}
