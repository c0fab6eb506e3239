import Domain
import Testing

@testable import Control

/// A charging point as its meter shows it, with the faults that commissioning has to find. Virtual time, 0.1 s steps.
private struct Point {
    var most = 22_000
    /// What is left in the car, W at most.
    var takes = 22_000
    var keepsFor: Int? = nil
    var ignoresDuration = false
    var ignoresOrders = false
    var isUpsideDown = false
    var ignoresCurve = false
    /// What it charges with when nothing holds.
    var share = 0
    var wattsPerSecond = 40_000
    private(set) var power: Int
    private var order: (watts: Int, until: Instant)?
    private var curve: [CurvePower] = []

    init() { self.power = 22_000 }

    mutating func take(_ order: Commissioning.Order, at now: Instant) {
        if self.ignoresOrders { return }
        switch order {
        case .setpoint(let watts, let validFor):
            self.curve = []
            self.order = (watts, self.ignoresDuration ? .distantFuture : now + validFor)
        case .arm(let points, _, _):
            self.order = nil
            self.curve = points
        }
    }

    mutating func step(at now: Instant, milliHertz: Int) {
        if let order = self.order, now >= order.until { self.order = nil }
        var aim = self.share
        if self.ignoresOrders { aim = self.most }
        if let order = self.order { aim = order.watts }
        if !self.curve.isEmpty {
            let middle = (self.curve[0].milliHertz + self.curve[1].milliHertz) / 2
            let seen = self.isUpsideDown ? 2 * middle - milliHertz : self.ignoresCurve ? 0 : milliHertz
            aim = Control.power(of: self.curve, at: seen) ?? 0
        }
        aim = min(aim, self.takes)
        self.power += min(max(aim - self.power, -self.wattsPerSecond / 10), self.wattsPerSecond / 10)
    }
}

@Suite struct CommissioningTests {
    private static let start = Instant(seconds: 1_795_464_000)

    private static func terms(curve: Bool = false, patient: Bool = false, share: Int = 0) -> Commissioning.Terms {
        Commissioning.Terms(
            least: 1_380, most: 22_000, fallsTo: share, meterEvery: .seconds(1), testsCurve: curve,
            isPatient: patient)
    }

    /// Runs it to its end. The frequency wanders a little, as it does.
    private func run(
        _ terms: Commissioning.Terms, _ point: Point, answers: Bool = true,
        at event: (second: Int, change: (inout Point, inout Commissioning) -> Void)? = nil
    ) -> (verdict: Commissioning.Verdict?, seconds: Int, orders: [Commissioning.Order]) {
        var point = point
        var now = Self.start
        var test = Commissioning(terms, at: now)
        var orders: [Commissioning.Order] = []
        for tick in 0..<3_000 where test.verdict == nil {
            now = now + .milliseconds(100)
            let milliHertz = 50_003 + (tick / 7 * 5) % 13 - 6
            if let order = test.nextOrder() {
                orders.append(order)
                point.take(order, at: now)
                if answers { test.answered(isAccepted: true, reason: "", at: now) }
            }
            point.step(at: now, milliHertz: milliHertz)
            if tick % 10 == 0 { test.measured(watts: point.power, milliHertz: milliHertz, at: now) }
            if let event, tick == event.second * 10 { event.change(&point, &test) }
            test.step(at: now)
        }
        return (test.verdict, (now - Self.start).seconds, orders)
    }

    @Test func aPointThatLetsGoPasses() {
        let (verdict, seconds, orders) = self.run(Self.terms(), Point())
        guard case .passed(let proof) = verdict else {
            Issue.record("\(String(describing: verdict))")
            return
        }
        #expect(proof.expirySeconds <= 2 && proof.followsCurve == nil)
        #expect(seconds <= 15, "\(seconds) s")
        let isCharging = orders.allSatisfy { if case .setpoint(let watts, _) = $0 { watts > 0 } else { false } }
        #expect(isCharging && orders.count == 2, "nobody is discharged for a test")
    }

    @Test func aPointThatFallsToItsSharePasses() {
        var point = Point()
        for share in [11_000, 5_500] {
            point.share = share
            guard case .passed = self.run(Self.terms(share: share), point).verdict else {
                Issue.record("it left the power that it was told")
                return
            }
        }
    }

    @Test func aPointThatHoldsForEverFails() {
        var point = Point()
        point.ignoresDuration = true
        guard case .failed(let reason) = self.run(Self.terms(), point).verdict else {
            Issue.record("it never let go")
            return
        }
        #expect(reason.contains("still held"))
    }

    /// Not followed in the usual time is no proof of anything; not followed in half a minute is.
    @Test func aPointThatAcceptsAndIgnoresFailsWhenItHadTime() {
        var point = Point()
        point.ignoresOrders = true
        guard case .open = self.run(Self.terms(), point).verdict else {
            Issue.record("it might be slow")
            return
        }
        guard case .failed = self.run(Self.terms(patient: true), point).verdict else {
            Issue.record("it does what it likes")
            return
        }
        var slow = Point()
        slow.wattsPerSecond = 1_000
        guard case .passed = self.run(Self.terms(patient: true), slow).verdict else {
            Issue.record("it is only slow")
            return
        }
    }

    @Test func aCurveIsFollowedOnBothSidesOfItsKnee() {
        let (verdict, seconds, orders) = self.run(Self.terms(curve: true), Point())
        guard case .passed(let proof) = verdict else {
            Issue.record("\(String(describing: verdict))")
            return
        }
        #expect(proof.followsCurve == true && proof.curveFault == nil && seconds <= 25 && orders.count == 4)
    }

    @Test func aCurveUpsideDownIsFound() {
        var point = Point()
        point.isUpsideDown = true
        guard case .passed(let proof) = self.run(Self.terms(curve: true), point).verdict else {
            Issue.record("it lets go, only its curve is wrong")
            return
        }
        #expect(proof.followsCurve == false && proof.curveFault?.contains("wrong way round") == true)
        point.isUpsideDown = false
        point.ignoresCurve = true
        guard case .passed(let still) = self.run(Self.terms(curve: true), point).verdict else {
            Issue.record("it lets go")
            return
        }
        #expect(still.followsCurve == false)
    }

    /// Whatever comes between: nothing is said about the point, and it is asked again later.
    @Test(arguments: [2, 8, 10, 12])
    func whatComesBetweenProvesNothing(_ second: Int) {
        let lost = self.run(Self.terms(curve: true), Point(), at: (second, { $1.interrupted("the link broke") }))
        #expect(lost.verdict == .open("the link broke"))
        let left = self.run(Self.terms(curve: true), Point(), at: (second, { $1.interrupted("the car left") }))
        #expect(left.verdict == .open("the car left"))
    }

    /// A car that is full just then lets go of nothing: it is asked again, and does not follow.
    @Test func aCarThatIsFullProvesNothing() {
        var point = Point()
        point.ignoresDuration = true
        let full = self.run(Self.terms(), point, at: (9, { point, _ in point.takes = 0 }))
        guard case .open = full.verdict else {
            Issue.record("\(String(describing: full.verdict))")
            return
        }
        point.takes = 900
        guard case .open = self.run(Self.terms(patient: true), point).verdict else {
            Issue.record("a car that takes less than it may breaks no rule")
            return
        }
    }

    @Test func whoDoesNotAnswerOrRefusesIsAskedLater() {
        #expect(self.run(Self.terms(), Point(), answers: false).verdict == .open("the station did not answer"))
        var test = Commissioning(Self.terms(), at: Self.start)
        _ = test.nextOrder()
        test.answered(isAccepted: false, reason: "Rejected", at: Self.start)
        #expect(test.verdict == .open("the station refused the order: Rejected"))
    }
}
