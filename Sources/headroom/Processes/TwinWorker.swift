import CTelemetry
import Control
import Domain
import FleetLink
import GridCodes
import Logging
import Metrics
import Runtime
import ServiceLifecycle
import Synchronization
import Twin
import Worker

/// What `headroom twin-worker --config FILE` is told; unknown keys are errors.
struct TwinWorkerConfiguration: Codable, Hashable, Sendable {
    var worker: WorkerID
    var fleetLink: UplinkConfiguration
    /// The region's pack: `Config/regions/NAME/region.yaml`.
    var regionFile: String
    /// Station and token of the first car are this name and its number, `NAME-1` and `NAME-T1`; the cars count on.
    var name: String
    var vehicles: Int
    /// Seconds between two readings of a car's meter; a resource's account knows no power for longer than ten.
    var meterSeconds: Int
    var metricsPort: Int
    /// As a worker's own: over so many milliseconds set-points spread that only another plan moves; 0 without it.
    var planSpreadMilliseconds: Int?

    func check() throws {
        guard (1...EdgeRules.mostEntries).contains(self.vehicles) else {
            throw RuntimeError(.invalidConfiguration, "vehicles: set it to 1 … \(EdgeRules.mostEntries)")
        }
        guard (1...10).contains(self.meterSeconds) else {
            throw RuntimeError(.invalidConfiguration, "meterSeconds: set it to 1 … 10")
        }
        guard (0...60_000).contains(self.planSpreadMilliseconds ?? 0) else {
            throw RuntimeError(.invalidConfiguration, "planSpreadMilliseconds: set it to 0 … 60000")
        }
    }
}

/// A worker without stations: simulated cars behind the real link, keys, plans and edge controller. It loads an
/// aggregator as depots of thousands of cars would.
struct TwinWorker: Service {
    static let step = 200
    private struct State {
        var edge: EdgeController
        var bank: VehicleBank
        var sequence: UInt64 = 0
        /// When the aggregator sent the last signal, and how long it took.
        var heard: (sent: Instant, at: Instant)?
        var turn = 0
        /// Up to where the cars have lived.
        var lived = ContinuousClock.now

        /// Lets the cars live until now, however late this is: what flowed is power by the clock. Returns it, W.
        mutating func live() -> Int {
            var left = Int(self.lived.duration(to: .now) / .milliseconds(1))
            self.lived = self.lived.advanced(by: .milliseconds(left))
            var watts = self.bank.power.reduce(0) { $0 + Int($1) }
            while left > 0 {
                watts = self.bank.step(milliseconds: min(left, TwinWorker.step))
                left -= min(left, TwinWorker.step)
            }
            return watts
        }
    }
    private let configuration: TwinWorkerConfiguration
    private let uplink: FleetUplink
    private let state: Hold
    private let logger: Logger

    /// What the link's thread and the beat share.
    private final class Hold: Sendable {
        let state: Mutex<State>
        let uplink: Mutex<FleetUplink?> = Mutex(nil)
        let power = Gauge(label: "headroom.twin.power.watts")
        /// What flowed into the cars less what flowed out, since they were plugged in.
        let energy = Gauge(label: "headroom.twin.energy.watt_seconds")
        let lag = Gauge(label: "headroom.twin.signal.lag.microseconds")
        let late = Counter(label: "headroom.twin.steps.late")

        init(_ state: consuming State) { self.state = Mutex(state) }

        /// On the link's thread.
        func heard(_ actions: [LinkAction]) {
            let now = WallClock.now()
            for action in actions {
                switch action {
                case .plan(let plan, let hash):
                    self.answer(plan.id, hash, self.state.withLock { $0.edge.prepare(plan, hash: hash, at: now) })
                case .amend(let patch, let hash):
                    self.answer(patch.id, hash, self.state.withLock { $0.edge.amend(patch, hash: hash, at: now) })
                case .renew(let plan, let until): self.state.withLock { $0.edge.renew(plan, validUntil: until) }
                case .signal(let signal):
                    self.lag.record((now - signal.sentAt).microseconds)
                    let answer = self.state.withLock { $0.edge.signal(signal, at: now) }
                    guard case .unknownPlan(let plan) = answer else { continue }
                    self.uplink.withLock { $0 }?.say([.planWanted(plan)])
                default: break
                }
            }
        }

        private func answer(_ plan: PlanID, _ hash: UInt64, _ answer: EdgeAnswer) {
            let uplink = self.uplink.withLock { $0 }
            switch answer {
            case .accepted: uplink?.answer(plan, hash: hash, refusal: nil)
            case .refused(let reason): uplink?.answer(plan, hash: hash, refusal: reason)
            case .unknownPlan(let wanted): uplink?.say([.planWanted(wanted)])
            }
        }
    }

    init(_ configuration: TwinWorkerConfiguration, logger: Logger) throws {
        try configuration.check()
        let region = try loadRegion(configuration.regionFile)
        self.configuration = configuration
        self.logger = logger
        let incarnation = UInt64.random(in: 1 ... .max)
        let rules = EdgeRules(
            region: region, watchdog: .seconds(60),
            planSpread: .milliseconds(configuration.planSpreadMilliseconds ?? 0))
        var edge = EdgeController(rules: rules, seed: incarnation)
        var bank = VehicleBank(latency: .milliseconds(100), rampPerSecond: Power(watts: 30_000))
        let model = BatteryModel(
            capacity: Energy(wattHours: 60_000), maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000))
        for slot in 0..<configuration.vehicles {
            edge.bind(Self.registration(configuration, slot))
            let row = bank.add(model, at: StateOfCharge(basisPoints: 5_500 + slot % 1_000))
            bank.plug(row, isIn: true)
        }
        let hold = Hold(State(edge: edge, bank: bank))
        self.state = hold
        self.uplink = try FleetUplink(
            configuration.fleetLink, worker: configuration.worker, incarnation: Incarnation(incarnation)
        ) { hold.heard($0) }
        hold.uplink.withLock { $0 = self.uplink }
    }

    private static func registration(_ configuration: TwinWorkerConfiguration, _ slot: Int) -> Registration {
        Registration(
            slot: UInt32(slot), generation: 1, station: StationID("\(configuration.name)-\(slot + 1)"), evse: 1,
            token: TokenID("\(configuration.name)-T\(slot + 1)"), capability: .setpoint,
            maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000), minimumPower: Power(watts: 1_380),
            step: Power(watts: 100), responseTime: .milliseconds(500))
    }

    func run() async throws {
        let all = (0..<self.configuration.vehicles).map { Self.registration(self.configuration, $0) }
        self.uplink.register(all)
        self.logger.info("cars are plugged in", metadata: ["count": "\(all.count)"])
        await cancelWhenGracefulShutdown {
            var next = ContinuousClock.now
            while !Task.isCancelled {
                self.turn()
                next = next.advanced(by: .milliseconds(Self.step))
                if ContinuousClock.now > next.advanced(by: .milliseconds(Self.step)) {
                    self.state.late.increment()
                    next = ContinuousClock.now
                }
                do { try await Task.sleep(until: next, clock: .continuous) } catch { return }
            }
        }
        await self.uplink.stop()
    }

    /// One step of the cars; each second what they tell, in equal parts over the second.
    private func turn() {
        let now = WallClock.now()
        let parts = 1_000 / Self.step
        let (records, readings, watts, energy) = self.state.state.withLock { state in
            for action in state.edge.step(at: now) {
                if case .setpoint(let slot, let watts, _) = action { state.bank.aim[Int(slot)] = Int32(watts) }
            }
            let watts = state.live()
            defer { state.turn += 1 }
            let count = self.configuration.vehicles
            let told = stride(from: state.turn % parts, to: count, by: parts)
            let records = told.map { (slot: UInt32($0), bytes: Self.record($0, state.bank)) }
            let every = parts * self.configuration.meterSeconds
            var readings: [MeterReading] = []
            for row in stride(from: state.turn % every, to: count, by: every) {
                state.sequence += 1
                readings.append(self.reading(row, state.bank, state.sequence, now))
            }
            let flowed = zip(state.bank.charged, state.bank.discharged).reduce(0) { $0 + $1.0 - $1.1 }
            return (records, readings, watts, flowed / 1_000)
        }
        self.state.power.record(watts)
        self.state.energy.record(energy)
        self.uplink.publish(records)
        if !readings.isEmpty { self.uplink.enqueue(readings) }
    }

    private func reading(_ row: Int, _ bank: VehicleBank, _ sequence: UInt64, _ now: Instant) -> MeterReading {
        MeterReading(
            worker: self.configuration.worker, sequence: sequence,
            station: StationID("\(self.configuration.name)-\(row + 1)"), evse: 1,
            token: TokenID("\(self.configuration.name)-T\(row + 1)"), at: now, receivedAt: now,
            power: Power(watts: Int(bank.power[row])),
            importRegister: Energy(wattSeconds: bank.charged[row] / 1_000),
            exportRegister: Energy(wattSeconds: bank.discharged[row] / 1_000), stateOfCharge: bank.charge(row))
    }

    private static func record(_ row: Int, _ bank: VehicleBank) -> [UInt8] {
        var record = headroom_record()
        record.slot = UInt32(row)
        record.flags =
            UInt32(HEADROOM_PLUGGED | HEADROOM_AVAILABLE | HEADROOM_ONLINE | HEADROOM_SOC_KNOWN)
            | UInt32(Capability.setpoint.rawValue) << 24
        record.power = bank.power[row]
        record.max_charge = 22_000
        record.max_discharge = 22_000
        record.capacity = 60_000
        record.soc = UInt16(clamping: bank.charge(row).basisPoints)
        return unsafe withUnsafeBytes(of: record) { unsafe Array($0) }
    }
}
