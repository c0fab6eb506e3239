import Testing

@testable import OCPP

/// Orders as signals (AFRRSignal), for the dialects that say so.
@Suite struct SignalTests {
    private let start = DateTime(microseconds: 1_795_464_000_000_000)
    private let tests = DispatcherTests()

    static var dialect: Dialect {
        var dialect = Dialect(name: "s", versions: ["2.1"], capability: .ocpp21, curve: true)
        dialect.signal = true
        return dialect
    }

    private func dispatcher() -> Dispatcher {
        var dispatcher = DispatcherTests.dispatcher(.v21, Self.dialect)
        _ = self.tests.settle(&dispatcher, at: self.start)
        return dispatcher
    }

    private func tell(
        _ dispatcher: inout Dispatcher, _ target: DispatchTarget, _ order: UInt64, after seconds: Int,
        _ answer: DispatchAnswer = .accepted
    ) -> (names: [String], reports: [DispatchReport]) {
        let now = self.start + seconds
        _ = dispatcher.command(target, order: order, validForSeconds: 60, at: now)
        let done = self.tests.settle(&dispatcher, at: now, answer)
        return (self.tests.names(done.calls), done.reports)
    }

    @Test func theProfileOnceThenSignals() {
        var dispatcher = self.dispatcher()
        let first = self.tell(&dispatcher, .setpoint(watts: -7_000), 1, after: 0)
        // What a station may hold of an earlier life is said to be none.
        #expect(first.names.prefix(2) == ["set 1011 LocalFrequency", "signal 0"], "\(first.names)")
        #expect(first.reports == [DispatchReport(order: 1, outcome: .accepted, asked: -7_000)])
        #expect(self.tell(&dispatcher, .setpoint(watts: -8_000), 2, after: 1).names == ["signal -1000"])
        let third = self.tell(&dispatcher, .setpoint(watts: 3_000), 3, after: 2)
        #expect(third.names == ["signal 10000"])
        #expect(third.reports == [DispatchReport(order: 3, outcome: .accepted, asked: 3_000)])
        let same = self.tell(&dispatcher, .setpoint(watts: 3_000), 4, after: 3)
        #expect(same.names.isEmpty && same.reports.map(\.outcome) == [.accepted])
    }

    /// A signal lengthens nothing: past half of its time the profile is said anew, with the power in its baseline.
    @Test func theWatchdogIsTheProfiles() {
        var dispatcher = self.dispatcher()
        _ = self.tell(&dispatcher, .setpoint(watts: -7_000), 1, after: 0)
        _ = self.tell(&dispatcher, .setpoint(watts: -8_000), 2, after: 10)
        #expect(self.tests.settle(&dispatcher, at: self.start + 14).calls.isEmpty)
        let renewed = self.tests.settle(&dispatcher, at: self.start + 16).calls
        #expect(self.tests.names(renewed) == ["set 1011 LocalFrequency", "signal 0"])
        guard case .set(let set) = renewed.first else { return }
        let schedule = set.chargingProfile.chargingSchedule[0]
        #expect(schedule.chargingSchedulePeriod[0].v2xBaseline == Milli(-8_000))
        #expect(schedule.duration == 60 && set.chargingProfile.maxOfflineDuration == 15)
        #expect(schedule.chargingSchedulePeriod[0].v2xSignalWattCurve.map(\.signal) == [-44_000, 44_000])
        for second in 70..<200 { #expect(self.tests.settle(&dispatcher, at: self.start + second).calls.isEmpty) }
    }

    @Test func anArmedCurveIsShiftedByASignal() {
        var dispatcher = self.dispatcher()
        let points = [CurveWatts(milliHertz: 49_500, watts: -5_000), CurveWatts(milliHertz: 50_000, watts: 0)]
        _ = self.tell(&dispatcher, .curve(points: points, baseline: 4_000), 1, after: 0)
        #expect(self.tell(&dispatcher, .curve(points: points, baseline: 2_500), 2, after: 5).names == ["signal -1500"])
        let other = [points[0], CurveWatts(milliHertz: 50_100, watts: 0)]
        #expect(
            self.tell(&dispatcher, .curve(points: other, baseline: 2_500), 3, after: 6).names
                == ["set 1011 LocalFrequency", "signal 0"], "another curve is another profile")
    }

    /// The car's needs promise a profile at once: a signal upon the one that stands would not be one (K19.FR.13).
    @Test func afterTheNeedsTheProfileIsSaidAgain() {
        var dispatcher = self.dispatcher()
        _ = self.tell(&dispatcher, .setpoint(watts: -7_000), 1, after: 0)
        let follows = dispatcher.needsCame()
        #expect(follows)
        let names = self.tests.names(self.tests.settle(&dispatcher, at: self.start + 1).calls)
        #expect(names.prefix(2) == ["set 1011 LocalFrequency", "signal 0"], "\(names)")
    }

    @Test func onlyWhereADialectSaysSo() {
        var plain = DispatcherTests.dispatcher(.v21)
        _ = self.tests.settle(&plain, at: self.start)
        #expect(self.tell(&plain, .setpoint(watts: -7_000), 1, after: 0).names.first == "set 1012 CentralSetpoint")
        var without = DispatcherTests.dispatcher(.v21, Self.dialect, model: DispatcherTests.v2xModel(curve: false))
        _ = self.tests.settle(&without, at: self.start)
        #expect(self.tell(&without, .setpoint(watts: -7_000), 1, after: 0).names.first == "set 1012 CentralSetpoint")
    }

    /// One refusal, and it is told set-points from then on.
    @Test func whoRefusesSignalsIsToldSetpoints() {
        var probe = CapabilityProbe()
        let refused = DispatchAnswer.rejected(reason: "NoSignalWattCurve")
        #expect(probe.heard(refused, to: .signal(V2.AFRRSignalRequest()), open: []) == .sayAnew)
        #expect(probe.isWorthKeeping && !Self.dialect.effective(DeviceModel(), probe).signal)
    }
}
