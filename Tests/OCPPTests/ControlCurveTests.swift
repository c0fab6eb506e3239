import Testing

@testable import OCPP

/// Curves as DER controls (R04), for stations that hold none as a profile.
@Suite struct ControlCurveTests {
    private let start = DateTime(microseconds: 1_795_464_000_000_000)
    private let tests = DispatcherTests()
    private let points = [
        CurveWatts(milliHertz: 49_500, watts: -9_000), CurveWatts(milliHertz: 49_985, watts: 0),
        CurveWatts(milliHertz: 50_500, watts: 4_000),
    ]

    private func dispatcher(curve: Bool = false, controls: String? = "FreqDroop, FreqWatt") -> Dispatcher {
        DispatcherTests.dispatcher(.v21, model: DispatcherTests.v2xModel(curve: curve, controls: controls))
    }

    @Test func chosenByWhatTheStationLists() {
        #expect(self.dispatcher().holdsCurve && self.dispatcher().usesControl)
        let both = self.dispatcher(curve: true)
        #expect(both.holdsCurve && !both.usesControl, "a profile holds it where it can")
        #expect(!self.dispatcher(controls: "FreqDroop,VoltVar").holdsCurve)
        #expect(!self.dispatcher(controls: nil).holdsCurve)
        var two = DispatcherTests.v2xModel(curve: false, controls: "FreqWatt")
        two.take(
            component: "V2XChargingCtrlr", evse: 2, variable: "SupportedOperationModes", instance: nil,
            value: "CentralSetpoint")
        #expect(!two.holdsControl(1, DialectBook.standard(.v21)), "a control moves the whole station")
        var charger = Dialect(name: "c", versions: ["2.1"], capability: .curtailOnly, curve: true)
        #expect(!DispatcherTests.v2xModel(curve: false, controls: "FreqWatt").holdsControl(1, charger))
        charger.capability = .ocpp21
        charger.curve = false
        #expect(!DispatcherTests.v2xModel(curve: false, controls: "FreqWatt").holdsControl(1, charger))
    }

    @Test func theBaseStandsBeneathItForAsLong() throws {
        var dispatcher = self.dispatcher()
        _ = self.tests.settle(&dispatcher, at: self.start)
        _ = dispatcher.command(
            .curve(points: self.points, baseline: 3_000), order: 1, validForSeconds: 60, at: self.start)
        let armed = self.tests.settle(&dispatcher, at: self.start)
        #expect(self.tests.names(armed.calls).prefix(2) == ["set 1012 CentralSetpoint", "control FreqWatt"])
        #expect(armed.reports == [DispatchReport(order: 1, outcome: .accepted, asked: nil)])
        guard case .set(let base) = armed.calls[0], case .control(let control) = armed.calls[1] else { return }
        #expect(base.chargingProfile.chargingSchedule[0].duration == 60)
        #expect(base.chargingProfile.chargingSchedule[0].chargingSchedulePeriod[0].setpoint == Milli(3_000))
        #expect(base.chargingProfile.maxOfflineDuration == nil, "a curve answers without us")
        let curve = try #require(control.curve)
        #expect(!control.isDefault && curve.yUnit == "PctMaxW" && curve.duration == Milli(60))
        #expect(curve.curveData.map(\.x.thousandths) == [49_500, 49_985, 50_500])
        // 6,000 W of feeding in are 30 % of 20,000 W; charging is negative.
        #expect(curve.curveData.map(\.y.thousandths) == [30_000, -15_000, -35_000])
        #expect(control.fault(in: .v21) == nil)
        #expect(self.tests.settle(&dispatcher, at: self.start + 20).calls.isEmpty)
    }

    @Test func aSetpointTakesItAway() {
        var dispatcher = self.dispatcher()
        _ = dispatcher.command(
            .curve(points: self.points, baseline: 3_000), order: 1, validForSeconds: 60, at: self.start)
        _ = self.tests.settle(&dispatcher, at: self.start)
        _ = dispatcher.command(.setpoint(watts: -2_000), order: 2, validForSeconds: 60, at: self.start + 5)
        let calls = self.tests.names(self.tests.settle(&dispatcher, at: self.start + 5).calls)
        #expect(calls.first?.hasPrefix("set 1012") == true || calls.first == "update -2000", "\(calls)")
        #expect(calls.contains("clear control headroom-1"))
        #expect(
            !self.tests.settle(&dispatcher, at: self.start + 6).calls.contains {
                if case .clearControl = $0 { true } else { false }
            })
    }

    /// A link that is new knows nothing of a control: it is taken away before a set-point counts, once.
    @Test func whatMayStandIsCleared() {
        var dispatcher = self.dispatcher()
        _ = self.tests.settle(&dispatcher, at: self.start)
        _ = dispatcher.command(.setpoint(watts: 1_000), order: 1, validForSeconds: 60, at: self.start)
        let first = self.tests.names(self.tests.settle(&dispatcher, at: self.start).calls)
        #expect(first.count { $0 == "clear control headroom-1" } == 1, "\(first)")
        _ = dispatcher.command(.setpoint(watts: 2_000), order: 2, validForSeconds: 60, at: self.start + 1)
        let second = self.tests.names(self.tests.settle(&dispatcher, at: self.start + 1).calls)
        #expect(second == ["update 2000"])
    }

    @Test func aRefusedBaseIsTold() {
        var dispatcher = self.dispatcher()
        _ = self.tests.settle(&dispatcher, at: self.start)
        _ = dispatcher.command(
            .curve(points: self.points, baseline: 3_000), order: 7, validForSeconds: 60, at: self.start)
        let told = self.tests.settle(&dispatcher, at: self.start, .rejected(reason: "InvalidSchedule"))
        #expect(told.reports == [DispatchReport(order: 7, outcome: .rejected(reason: "InvalidSchedule"), asked: nil)])
    }

    @Test func tenPointsKeepEndsAndKnees() {
        let many = (0..<20).map { CurveWatts(milliHertz: 49_000 + $0 * 100, watts: $0 < 10 ? -9_000 + $0 * 1_000 : 0) }
        let thin = ProfileBuilder.thinned(many)
        #expect(thin.count == 10 && thin.first == many.first && thin.last == many.last)
        #expect(thin.contains(many[9]), "the knee")
    }
}
