import Domain
import Fleet
import FleetLink
import Foundation
import Synchronization
import ZeroMQ

/// Telemetry of a million points from ten workers through real ZeroMQ into the fleet's state, CURVE on (tcp) and off (ipc),
/// as the aggregator takes it: socket thread, hub machine, fleet. Beside it a receiver in C that only counts the same
/// frames, in turn in the same run: the figure is the share of its rate that ours reaches under CURVE, the median of the
/// rounds. Source and sink are processes of their own, on the same two cores.
let fleetTelemetry = Benchmark(name: "fleet-telemetry") {
    var beside: [String: Double] = [:]
    var share = 0.0
    for hasCurve in [true, false] {
        let rounds = try (0..<3).map { _ in
            let link = try TelemetryLink(hasCurve: hasCurve, points: 1_000_000, seconds: 1.5)
            return (c: try figures(countingSinkArgument, link), ours: try figures(fleetSinkArgument, link))
        }
        let ratios = rounds.map { $0.ours.perSecond / $0.c.perSecond }.sorted()
        if hasCurve { share = ratios[1] } else { beside["CURVE off, share of C"] = ratios[1] }
        let name = hasCurve ? "CURVE on" : "CURVE off"
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        beside["\(name), M updates/s"] = median(rounds.map { $0.ours.perSecond / 1e6 })
        beside["\(name), counted in C, M updates/s"] = median(rounds.map { $0.c.perSecond / 1e6 })
        beside["\(name), CPU an update, ns"] = median(rounds.map { $0.ours.nanosecondsEach })
        beside["\(name), counted in C, CPU an update, ns"] = median(rounds.map { $0.c.nanosecondsEach })
    }
    return Measurement(name: "fleet-telemetry", unit: "of a C receiver that only counts", value: share, beside: beside)
}

/// The aggregator's part of a million vehicles that report once a second each: telemetry with CURVE into the fleet's state,
/// once a second the look for points that went silent, the scan of all totals, the bounds of the 2 % that changed and the
/// stack that stands. CPU of all threads of the process, of one core. The other end is a process of its own.
let fleetSecond = Benchmark(name: "fleet-second") {
    var shares: [Double] = []
    var beside: [String: Double] = [:]
    for count in MillionFleet.sizes {
        let frames = (count / MillionFleet.workers + TelemetryFrame.mostRecords - 1) / TelemetryFrame.mostRecords
        let link = try TelemetryLink(hasCurve: true, points: count, perSecond: frames, seconds: 4)
        let figures = try figures(fleetSecondArgument, link)
        shares.append(figures.microseconds / figures.seconds / 10_000)
        beside["updates/s with \(count)"] = figures.perSecond
    }
    guard let last = beside["updates/s with 1000000"], last > 900_000 else {
        throw WrongResult(description: "the source did not keep up")
    }
    return Measurement(
        name: "fleet-second", unit: "% of a core", value: shares[2], beside: beside.merging(exponents(shares)) { $1 })
}

let telemetrySourceArgument = "--telemetry-source"
let countingSinkArgument = "--counting-sink"
let fleetSinkArgument = "--fleet-sink"
let fleetSecondArgument = "--fleet-second"

/// One sink, fed by a source for as long as it wants.
func figures(_ sink: String, _ link: TelemetryLink) throws -> SinkFigures {
    let source = Process()
    source.executableURL = URL(filePath: CommandLine.arguments[0])
    source.arguments = [telemetrySourceArgument, try link.text]
    try source.run()
    defer {
        source.terminate()
        source.waitUntilExit()
    }
    return try JSONDecoder().decode(SinkFigures.self, from: try outputApart([sink, try link.text]))
}

/// The aggregator's receiver: prints what went into the fleet's state.
func runFleetSink(_ text: String, isWhole: Bool = false) throws {
    let link = try JSONDecoder().decode(TelemetryLink.self, from: Data(text.utf8))
    let owner = FleetSink(MillionFleet(link.points).state, plans: isWhole ? link.points : nil)
    var names: [String: String] = [:]
    for (worker, pair) in link.clients.enumerated() { names[pair.publicKey] = MillionFleet.id(worker).rawValue }
    let context = try Context(allow: link.hasCurve ? AllowList(names: names) : nil)
    let keys = try KeyPair(publicKey: link.server.publicKey, secretKey: link.server.secretKey)
    let group = try SocketGroup(
        context: context,
        sockets: [
            SocketSpec(
                kind: .subscribe, side: .bind, endpoint: link.endpoint, security: link.hasCurve ? .server(keys) : .none,
                highWaterMark: 100, mostMessageBytes: ControlMessage.mostBytes)
        ], tick: 50, owner: owner)
    try waitFor("telemetry", seconds: 30) { owner.taken > 0 }
    RunLoop.current.run(until: Date().addingTimeInterval(0.5))
    let (first, start, began) = (owner.taken, ContinuousClock.now, processMicroseconds())
    RunLoop.current.run(until: Date().addingTimeInterval(link.seconds))
    let (last, seconds) = (owner.taken, (ContinuousClock.now - start) / .seconds(1))
    let spent = processMicroseconds() - began
    group.stop()
    guard owner.isRight else { throw WrongResult(description: "frames were lost or totals are wrong") }
    try printFigures(SinkFigures(updates: Double(last - first), seconds: seconds, microseconds: Double(spent)))
}

/// What the hub's owner does with telemetry, and the engine with the event: on the socket thread, for all of them.
final class FleetSink: SocketOwner, @unchecked Sendable {
    // The socket thread alone touches hub and fleet until the group has stopped; what is taken is atomic.
    private var hub = HubMachine(epoch: Epoch(1))
    private var fleet: FleetState
    private let records = Atomic<Int>(0)
    private let noFaults: HubMachine.Counts
    private var stack: StandingFleet?
    private var next = ContinuousClock.now

    /// `plans`: for how many vehicles a stack is kept, too.
    init(_ fleet: FleetState, plans: Int?) {
        self.fleet = fleet
        self.noFaults = self.hub.counts
        self.stack = plans.map(StandingFleet.init)
        for worker in 0..<MillionFleet.workers {
            let hello = ControlMessage.hello(
                worker: MillionFleet.id(worker), incarnation: Incarnation(1), versions: ControlMessage.versions,
                clock: Instant(seconds: 1))
            _ = self.hub.control(hello.encoded(), from: MillionFleet.id(worker), at: Instant(seconds: 1))
        }
    }

    var taken: Int { self.records.load(ordering: .relaxed) }

    /// Everything came, in order, and the totals are those of the lines. Once the group has stopped.
    var isRight: Bool { self.hub.counts == self.noFaults && self.fleet.verify() }

    func received(_ messages: [Incoming], on group: SocketThread) {
        var taken = 0
        for message in messages {
            for frame in message.frames {
                let key = message.userID.map { WorkerID($0) }
                for action in self.hub.telemetry(frame, from: key, at: Instant(seconds: 1)) {
                    if case .event(.telemetry(let batch)) = action { taken += self.fleet.ingest(batch) }
                }
            }
        }
        self.records.add(taken, ordering: .relaxed)
    }

    func ticked(on group: SocketThread) {
        guard self.stack != nil, ContinuousClock.now >= self.next else { return }
        self.next = ContinuousClock.now.advanced(by: .seconds(1))
        self.fleet.age(before: Instant(seconds: 0))
        self.fleet.audit()
        self.stack?.second()
    }
}
