import Control
import Domain
import GridCodes

/// A slot's registration with a station of any power grid.
func registration(_ slot: UInt32, minimum: Int = 0, step: Int = 1) -> Registration {
    Registration(
        slot: slot, generation: 1, station: StationID("s\(slot)"), evse: 1, token: nil,
        capability: .setpoint, maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000),
        minimumPower: Power(watts: minimum), step: Power(watts: step), responseTime: .seconds(1))
}

let demoCurve = [(49_500, 1000), (49_800, 50), (49_985, 0), (50_015, 0)].map {
    CurvePoint(milliHertz: $0.0, perMille: $0.1)
}

func product(
    _ id: ProductID = "P", activation: ActivationKind = .signal, up: Int, down: Int = 0,
    spare: Int = 0,
    gain: Int = 1000, slew: Int = 0
) -> StackProduct {
    StackProduct(
        product: PlanProduct(
            product: id, activation: activation, awardUp: Power(watts: up),
            awardDown: Power(watts: down),
            spareUp: Power(watts: spare), spareDown: Power(watts: down > 0 ? spare : 0),
            curve: activation == .localCurve ? demoCurve : [], gainPerMille: gain,
            slewPerSecond: Power(watts: slew), holdTime: .seconds(10), upTable: [], downTable: []))
}

func member(
    _ slot: UInt32, worker: Int = 0, base: Int, low: Int, high: Int, merit: UInt8 = 0,
    resident: Bool = false,
    eligible: UInt32 = .max
) -> StackMember {
    StackMember(
        worker: worker, slot: slot, generation: 1,
        bounds: Bounds(base: base, low: low, high: high, laxity: 3600, atRisk: false),
        resident: resident,
        eligible: eligible, merit: merit)
}

let rules = EdgeRules(
    region: RegionPack(
        region: "t", validFrom: "2026", currency: .eur, nominalMilliHertz: 50_000,
        holdLoadBelowMilliHertz: 49_800, holdLoadAboveMilliHertz: 50_200,
        plausibleMilliHertz: [45_000, 55_000], frequencyStaleMilliseconds: 1_500,
        fallbackSpreadSeconds: 30,
        rampWattsPerSecond: 1_000, products: [], sources: []), watchdog: .seconds(60))

func planID(_ version: UInt64, epoch: UInt32 = 1) -> PlanID {
    PlanID(epoch: Epoch(epoch), resource: "R", version: version)
}

func signal(
    _ plan: WorkerPlan, _ product: ProductID = "P", sequence: UInt64, watts: Int, at now: Instant,
    lasting: TimeSpan = .seconds(5), hash: UInt64? = nil
) -> DispatchSignal {
    DispatchSignal(
        plan: plan.id, planHash: hash ?? plan.hash, product: product, sequence: sequence,
        sentAt: now, validFrom: now,
        expiry: now + lasting, slow: watts, fast: watts, trace: .none)
}

/// Workers with their set-points as last sent, driven by a stack.
struct Bench {
    var controllers: [EdgeController]
    var plans: [WorkerPlan]
    var setpoints: [[UInt32: Int]]
    var curves: [UInt32: [CurvePower]] = [:]
    /// Set-points of the last step.
    var sent = 0
    var now = Instant(seconds: 1_000)
    private var sequence: UInt64 = 0

    init(
        _ members: [StackMember], _ products: [StackProduct], workers: Int = 1, minimum: Int = 0,
        step: Int = 1, obeying rules: EdgeRules = rules
    ) {
        self.controllers = (0..<workers).map { EdgeController(rules: rules, seed: UInt64($0)) }
        for member in members {
            self.controllers[member.worker].bind(
                registration(member.slot, minimum: minimum, step: step))
        }
        self.setpoints = Array(repeating: [:], count: workers)
        self.plans = []
        self.load(members, products, version: 1)
    }

    /// Prepares a plan in all workers and names it with a zero request.
    mutating func load(_ members: [StackMember], _ products: [StackProduct], version: UInt64) {
        let builder = StackBuilder(
            workers: self.controllers.indices.map { WorkerID("w\($0)") }, members: members,
            products: products)
        self.plans = builder.build(id: planID(version), validUntil: self.now + .seconds(600)).plans
        for index in self.controllers.indices {
            _ = self.controllers[index].prepare(
                self.plans[index], hash: self.plans[index].hash, at: self.now)
        }
    }

    mutating func request(_ watts: Int, _ product: ProductID = "P") -> [EdgeAnswer] {
        self.sequence += 1
        return self.controllers.indices.map {
            self.controllers[$0].signal(
                signal(
                    self.plans[$0], product, sequence: self.sequence, watts: watts, at: self.now),
                at: self.now)
        }
    }

    /// One step of every worker; returns the residuals.
    @discardableResult
    mutating func step(_ span: TimeSpan = .milliseconds(100), milliHertz: Int? = nil) -> [Int] {
        self.now = self.now + span
        var residuals: [Int] = []
        self.sent = 0
        for index in self.controllers.indices {
            if let milliHertz {
                self.controllers[index].measured(milliHertz: milliHertz, at: self.now)
            }
            for action in self.controllers[index].step(at: self.now) {
                switch action {
                case .setpoint(let slot, let watts, _):
                    self.setpoints[index][slot] = watts
                    self.sent += 1
                case .arm(let slot, let points, _): self.curves[slot] = points
                case .residual(_, _, let watts): residuals.append(watts)
                }
            }
        }
        return residuals
    }

    var total: Int { self.setpoints.reduce(0) { $0 + $1.values.reduce(0, +) } }
}
