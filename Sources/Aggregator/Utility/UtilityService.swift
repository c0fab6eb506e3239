package import Domain
import Foundation
package import GridCodes
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
import OpenADR
import Runtime
import ServiceLifecycle
import Synchronization

/// A stand-in utility and grid operator: hosts a VTN, calls for bids block by block, awards them, plays a
/// frequency and regulation signals, and keeps a book of what was bid, bought and delivered.
package final class UtilityService: Service {
    struct State {
        var book: BidBook
        var readRevision = -1
        var programs: [Int: ObjectID] = [:]
        var sent: [Int: Int] = [:]
        var values: [Int: Int] = [:]
        var echoes = 0
        var alert: ObjectID?
        var dispatches: [Int: Dispatch] = [:]
        var port: Int?
    }
    /// An instruction that is published as an event.
    struct Dispatch {
        var event: ObjectID
        var watts: Int
        var until: Instant
    }
    let configuration: UtilityConfiguration
    let vtn: VTN
    let lines: [BidBook.Line]
    let traces: [Int: SignalTrace]
    let state: Mutex<State>
    let uplink: any SignalUplink
    let region: RegionPack
    let logger: Logger

    /// Reads the signal files and the state file; throws one line that names what to do.
    package init(
        _ configuration: UtilityConfiguration, region: RegionPack,
        uplink: any SignalUplink = NoSignalUplink(), startedAt: Instant = WallClock.now(),
        now: @escaping @Sendable () -> Instant = { WallClock.now() }, logger: Logger
    ) throws {
        if let defect = configuration.defects.first {
            throw RuntimeError(.invalidConfiguration, defect)
        }
        self.lines = try configuration.purchases.map { purchase in
            guard let product = region.product(ProductID(purchase.product)) else {
                throw RuntimeError(
                    .invalidConfiguration,
                    "purchases: region \(region.region) has no product \(purchase.product)")
            }
            return BidBook.Line(purchase: purchase, product: product, currency: region.currency)
        }
        self.traces = try Self.traces(configuration, startedAt: startedAt)
        self.configuration = configuration
        self.region = region
        self.uplink = uplink
        self.logger = logger
        self.vtn = try VTN(
            configuration.vtn,
            journal: try configuration.vtn.stateFile.map { try FileObjectJournal(path: $0) },
            now: now,
            logger: logger)
        self.state = Mutex(State(book: BidBook(lines: self.lines)))
    }

    private static func traces(
        _ configuration: UtilityConfiguration, startedAt: Instant
    ) throws -> [Int: SignalTrace] {
        var traces: [Int: SignalTrace] = [:]
        for (index, purchase) in configuration.purchases.enumerated() {
            guard let signal = purchase.signal else { continue }
            guard let data = FileManager.default.contents(atPath: signal.file) else {
                throw RuntimeError(
                    .fileMissing,
                    "cannot read \(signal.file): set purchases.\(purchase.product).signal.file to a CSV file"
                )
            }
            let trace = try SignalTrace(
                String(decoding: data, as: UTF8.self), kind: signal.kind, name: signal.file)
            traces[index] =
                signal.startAfterSeconds.map {
                    trace.moved(to: startedAt + TimeSpan(microseconds: Int($0 * 1e6)))
                } ?? trace
        }
        return traces
    }

    /// The port that the VTN listens on, once it does: of use where 0 was configured.
    package var port: Int? { self.state.withLock { $0.port } }

    package func run() async throws {
        let router = Router()
        self.vtn.addRoutes(to: router)
        router.get("/utility/status") { _, _ in
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let body = try encoder.encode(self.status(now: WallClock.now()))
            return Response(
                status: .ok,
                headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: body)))
        }
        let application = Application(
            router: router,
            configuration: .init(
                address: .hostname(self.configuration.host, port: self.configuration.port)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port
                self.state.withLock { $0.port = port }
                self.logger.info("utility is up", metadata: ["port": "\(port ?? 0)"])
            },
            logger: self.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.serve(application) }
            group.addTask { try await self.vtn.deliverNotifications() }
            group.addTask { await self.market() }
            group.addTask { await self.play() }
            try await group.next()
            group.cancelAll()
            while try await group.next() != nil {}
        }
    }

    private func serve(_ application: some ApplicationProtocol) async throws {
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw RuntimeError(
                .addressInUse,
                "cannot listen on \(self.configuration.host):\(self.configuration.port): stop what uses the port or set another port"
            )
        }
    }

    /// The market, five times a second.
    private func market() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.turn(now: WallClock.now())
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// The signals, ``UtilityConfiguration/signalHertz`` times a second, kept in step with the clock.
    private func play() async {
        let period = TimeSpan.microseconds(1_000_000 / self.configuration.signalHertz)
        await cancelWhenGracefulShutdown {
            var next = WallClock.now()
            while !Task.isCancelled {
                let now = WallClock.now()
                self.signal(now: now)
                next = next + period < now ? now + period : next + period
                try? await Task.sleep(for: .microseconds((next - WallClock.now()).microseconds))
            }
        }
    }
}
