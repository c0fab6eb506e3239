import Domain
import OCPP
import Synchronization
import TestSupport
import Testing
import Twin

@testable import Stations
@testable import Worker

/// The TxDefaultProfile at the bottom of a station's stack, as the worker's link lays it.
@Suite(.ownThreads) struct BottomLinkTests {
    /// What an EVSE may draw by itself, changed by the test.
    private final class Share: Sendable {
        let watts = Mutex<Int?>(4_600)
    }

    private func zoo(_ version: StationVersion, _ quirks: Set<StationQuirk> = [], _ share: Share) -> QuirkZoo {
        let policy = StationPolicy(
            accepts: { _, _ in true }, transactionID: { _, done in done(1) },
            fallbackLimit: { _, _ in share.watts.withLock { $0.map { Power(watts: $0) } } })
        var dialect = Dialect(name: "n", versions: ["1.6", "2.0.1"], capability: .negativeLimit)
        dialect.open = Set(Dialect.Trait.allCases)
        return QuirkZoo(version, quirks, v2x: .yes, dialects: [dialect], policy: policy, stay: .hours(1))
    }

    @Test(arguments: StationVersion.allCases)
    func laidOnceAndLeftOverALostLink(_ version: StationVersion) {
        let share = Share()
        var zoo = self.zoo(version, [], share)
        zoo.run(20)
        #expect(zoo.bottom == 4_600 && zoo.count("SetChargingProfile") == 1)
        #expect(zoo.watts == 4_600, "a car nobody gives orders for charges within the share")
        zoo.loseLink()
        zoo.run(90)
        #expect(zoo.redialAt == nil && zoo.bottom == 4_600 && zoo.count("SetChargingProfile") == 1)
    }

    @Test(arguments: StationVersion.allCases)
    func anotherLimitReplacesIt(_ version: StationVersion) {
        let share = Share()
        var zoo = self.zoo(version, [], share)
        zoo.run(20)
        share.watts.withLock { $0 = 9_200 }
        zoo.run(61)
        #expect(zoo.bottom == 9_200 && zoo.count("SetChargingProfile") == 2 && zoo.watts == 9_200)
    }

    @Test func aBootMakesItUnknown() {
        let share = Share()
        var zoo = self.zoo(.v201, [], share)
        zoo.run(20)
        _ = zoo.machine.plant.profiles.clear { _ in true }
        zoo.machine.reset()
        zoo.loseLink()
        zoo.run(20)
        #expect(zoo.bottom == 4_600 && zoo.count("SetChargingProfile") == 2)
    }

    /// Nobody speaks any more: the discharge ends, the way back ends, and what is left is the share.
    @Test(arguments: StationVersion.allCases)
    func silenceEndsInTheShare(_ version: StationVersion) {
        let share = Share()
        var zoo = self.zoo(version, [], share)
        zoo.run(20)
        zoo.follow(-5_000, seconds: 5)
        #expect(zoo.watts == -5_000)
        zoo.loseLink(for: 100_000)
        zoo.run(100)
        #expect(zoo.watts == 0)
        var most = 0
        // Six minutes at 0 W, then in steps, the last stations some minutes after the first.
        for _ in 0..<120 {
            zoo.run(10)
            most = max(most, zoo.watts)
        }
        #expect(most == 4_600, "\(most) W")
    }

    /// The cable is cut: a station that knows `maxOfflineDuration` lets go 5 to 25 s after it noticed, the others with the
    /// set-point's `duration`, counted from the last time it was said (`ops/RUNBOOK.md`, What silence does).
    @Test(arguments: StationVersion.allCases)
    func aCutCableEndsTheExportInTheStatedTime(_ version: StationVersion) {
        var zoo = self.zoo(version, [], Share())
        zoo.run(20)
        zoo.follow(-5_000, seconds: 5)
        zoo.loseLink(for: 100_000)
        var seconds = 0
        while zoo.watts < 0, seconds < 60 {
            zoo.run(1)
            seconds += 1
        }
        let stated = version == .v21 ? 4...26 : 19...41
        #expect(stated.contains(seconds), "\(version): \(seconds) s")
        #expect(zoo.watts == 0, "first to 0 W")
    }

    /// A TxProfile without end stands in for it.
    @Test(arguments: StationVersion.allCases)
    func whoRefusesTheBottomIsSafeAllTheSame(_ version: StationVersion) {
        let share = Share()
        var zoo = self.zoo(version, [.noDefaultPurpose], share)
        zoo.run(20)
        zoo.follow(-5_000, seconds: 5)
        #expect(zoo.watts == -5_000 && zoo.bottom == nil)
        #expect(zoo.capability?.capability == .setpoint && zoo.link.record.probe.tries == 0)
        #expect(zoo.said.count { $0.contains("TxDefaultProfile") } == 1, "asked again in ten minutes only")
        zoo.loseLink(for: 100_000)
        zoo.run(100)
        #expect(zoo.watts == 0)
        var range = (0, 0)
        for _ in 0..<120 {
            zoo.run(10)
            range = (min(range.0, zoo.watts), max(range.1, zoo.watts))
        }
        #expect(range.1 == 4_600, "\(range)")
    }
}
