import Testing

@testable import OCPP

@Suite struct DispatcherTests {
    private let start = DateTime(microseconds: 1_795_464_000_000_000)

    static func v2xModel(curve: Bool = true, controls: String? = nil) -> DeviceModel {
        var model = DeviceModel()
        if let controls {
            model.take(
                component: "DCDERCtrlr", evse: 1, variable: "ModesSupported", instance: nil, value: controls)
            model.take(component: "DCDERCtrlr", evse: 1, variable: "MaxW", instance: nil, value: "20000.0")
        }
        let modes =
            "ChargingOnly, CentralSetpoint,CentralFrequency" + (curve ? ",LocalFrequency" : "")
        model.take(
            component: "V2XChargingCtrlr", evse: 1, variable: "SupportedOperationModes",
            instance: nil,
            value: modes)
        model.take(
            component: "EVSE", evse: 1, variable: "Power", instance: nil, value: "11000",
            maxLimit: Milli(22_000))
        return model
    }

    static func dispatcher(
        _ version: OCPPVersion, _ dialect: Dialect? = nil, model: DeviceModel? = nil
    ) -> Dispatcher {
        var dispatcher = Dispatcher(
            version: version, evse: 1, dialect: dialect ?? DialectBook.standard(version), share: 500
        )
        dispatcher.learn(
            model ?? (version == .v21 ? self.v2xModel() : DeviceModel()), maxCharge: 22_000,
            maxDischarge: 20_000)
        dispatcher.began(transaction: version == .v16 ? "77" : "tx-1")
        return dispatcher
    }

    /// Runs until nothing is due, every frame accepted.
    func settle(
        _ dispatcher: inout Dispatcher, at now: DateTime, _ answer: DispatchAnswer = .accepted
    ) -> (calls: [DispatchCall], reports: [DispatchReport]) {
        var calls: [DispatchCall] = []
        var reports: [DispatchReport] = []
        while calls.count < 10, let call = dispatcher.next(at: now, reports: &reports) {
            calls.append(call)
            reports += dispatcher.completed(answer, at: now)
        }
        return (calls, reports)
    }

    func names(_ calls: [DispatchCall]) -> [String] {
        calls.map { call in
            switch call {
            case .set(let set), .draft(let set):
                let period = set.chargingProfile.chargingSchedule[0].chargingSchedulePeriod[0]
                return "set \(set.chargingProfile.id) \(period.operationMode?.rawValue ?? "-")"
            case .update(let update): return "update \(update.setpoint?.rounded ?? 0)"
            case .clear(let clear): return "clear \(clear.chargingProfileId ?? 0)"
            case .set16(let set): return "set16 \(set.csChargingProfiles.chargingProfileId)"
            case .clear16(let clear): return "clear16 \(clear.id ?? 0)"
            case .control(let set): return "control \(set.controlType)"
            case .signal(let signal): return "signal \(signal.signal)"
            case .clearControl(let clear): return "clear control \(clear.controlId ?? "all")"
            }
        }
    }

    @Test func theProfileOnceThenUpdates() {
        var dispatcher = Self.dispatcher(.v21)
        #expect(names(settle(&dispatcher, at: start).calls) == ["set 1013 ChargingOnly"])
        _ = dispatcher.command(.setpoint(watts: -7_000), order: 1, validForSeconds: 60, at: start)
        let first = settle(&dispatcher, at: start)
        #expect(names(first.calls) == ["set 1012 CentralSetpoint", "set 1010 ChargingOnly"])
        #expect(first.reports == [DispatchReport(order: 1, outcome: .accepted, asked: -7_000)])
        _ = dispatcher.command(
            .setpoint(watts: -8_000), order: 2, validForSeconds: 60, at: start + 1)
        #expect(names(settle(&dispatcher, at: start + 1).calls) == ["update -8000"])
    }

    @Test func theWatchdogIsKeptAliveWhileTheOrderIsValidAndNoLonger() {
        var dispatcher = Self.dispatcher(.v21)
        _ = dispatcher.command(.setpoint(watts: -7_000), order: 1, validForSeconds: 40, at: start)
        _ = settle(&dispatcher, at: start)
        #expect(settle(&dispatcher, at: start + 14).calls.isEmpty)
        #expect(!settle(&dispatcher, at: start + 15).calls.isEmpty)
        for second in 40..<200 { #expect(settle(&dispatcher, at: start + second).calls.isEmpty) }
    }

    @Test func aShorterValidityShortensTheWatchdog() {
        var dispatcher = Self.dispatcher(.v21)
        _ = dispatcher.command(.setpoint(watts: -7_000), order: 1, validForSeconds: 60, at: start)
        _ = settle(&dispatcher, at: start)
        _ = dispatcher.command(.setpoint(watts: -7_500), order: 2, validForSeconds: 8, at: start)
        var reports: [DispatchReport] = []
        guard case .set(let set) = dispatcher.next(at: start, reports: &reports) else {
            Issue.record("a watchdog is changed by the whole profile")
            return
        }
        #expect(set.chargingProfile.chargingSchedule[0].duration == 8)
    }

    @Test func theLatestSetpointWins() {
        var dispatcher = Self.dispatcher(.v21)
        _ = settle(&dispatcher, at: start)
        _ = dispatcher.command(.setpoint(watts: 1_000), order: 1, validForSeconds: 60, at: start)
        var reports: [DispatchReport] = []
        let sent = dispatcher.next(at: start, reports: &reports)
        #expect(sent != nil)
        let second = dispatcher.command(
            .setpoint(watts: 2_000), order: 2, validForSeconds: 60, at: start)
        #expect(second.isEmpty)
        let overtaken = dispatcher.command(
            .setpoint(watts: 3_000), order: 3, validForSeconds: 60, at: start)
        #expect(overtaken == [DispatchReport(order: 2, outcome: .superseded, asked: nil)])
        let none = dispatcher.next(at: start, reports: &reports)
        #expect(none == nil, "one frame in flight")
        let done = dispatcher.completed(.accepted, at: start)
        #expect(done == [DispatchReport(order: 1, outcome: .accepted, asked: 1_000)])
        #expect(names(settle(&dispatcher, at: start).calls).first == "update 3000")
    }

    @Test func aRefusedUpdateIsSaidWholeOnce() {
        var dispatcher = Self.dispatcher(.v21)
        _ = dispatcher.command(.setpoint(watts: 1_000), order: 1, validForSeconds: 60, at: start)
        _ = settle(&dispatcher, at: start)
        _ = dispatcher.command(.setpoint(watts: 2_000), order: 2, validForSeconds: 60, at: start)
        let refused = settle(&dispatcher, at: start, .rejected(reason: "InvalidProfile"))
        #expect(names(refused.calls) == ["update 2000", "set 1012 CentralSetpoint"])
        #expect(refused.reports.map(\.outcome) == [.rejected(reason: "InvalidProfile")])
    }

    @Test func theCurveReplacesTheSetpoint() {
        var dispatcher = Self.dispatcher(.v21)
        _ = dispatcher.command(.setpoint(watts: 1_000), order: 1, validForSeconds: 600, at: start)
        _ = settle(&dispatcher, at: start)
        let points = [
            CurveWatts(milliHertz: 49_500, watts: -10_000),
            CurveWatts(milliHertz: 50_500, watts: 10_000),
        ]
        _ = dispatcher.command(
            .curve(points: points, baseline: 500), order: 2, validForSeconds: 300, at: start + 1)
        let armed = settle(&dispatcher, at: start + 1)
        #expect(names(armed.calls) == ["set 1011 LocalFrequency", "clear 1012"])
        #expect(armed.reports.map(\.outcome) == [.accepted])
        _ = dispatcher.command(.setpoint(watts: 0), order: 3, validForSeconds: 60, at: start + 2)
        #expect(
            names(settle(&dispatcher, at: start + 2).calls) == [
                "set 1012 CentralSetpoint", "clear 1011",
            ])
    }

    @Test func noCurveWhereNoneIsHeld() {
        var dispatcher = Self.dispatcher(.v16)
        let reports = dispatcher.command(
            .curve(points: [], baseline: 0), order: 1, validForSeconds: 60, at: start)
        #expect(reports.map(\.outcome) == [.notSupported])
    }

    @Test func curtailOnlyNeverDischarges() {
        for version in [OCPPVersion.v16, .v201] {
            var dispatcher = Self.dispatcher(version)
            _ = dispatcher.command(
                .setpoint(watts: -9_000), order: 1, validForSeconds: 60, at: start)
            #expect(
                settle(&dispatcher, at: start).reports == [
                    DispatchReport(order: 1, outcome: .accepted, asked: 0)
                ])
        }
    }

    @Test func negativeLimitOnlyByDialect() {
        let dialect = Dialect(name: "n", versions: ["1.6"], discharge: .negativeLimit)
        var dispatcher = Self.dispatcher(.v16, dialect)
        _ = settle(&dispatcher, at: start)
        _ = dispatcher.command(.setpoint(watts: -9_000), order: 1, validForSeconds: 60, at: start)
        var reports: [DispatchReport] = []
        guard case .set16(let set) = dispatcher.next(at: start, reports: &reports) else {
            Issue.record("1.6 is told by SetChargingProfile")
            return
        }
        let schedule = set.csChargingProfiles.chargingSchedule
        #expect(schedule.chargingSchedulePeriod[0].limit == Milli(-9_000))
        #expect(set.csChargingProfiles.transactionId == 77)
        #expect(schedule.duration == 60, "30 s in the past and 30 s of watchdog")
    }

    @Test func amperes() {
        var dialect = Dialect(name: "a", versions: ["1.6"], discharge: .none)
        dialect.unit = "A"
        dialect.stepTenths = 10
        let value = dialect.quantized(
            watts: 7_000, canDischarge: false, maxCharge: nil, maxDischarge: nil)
        #expect(value.wire == Milli(10) && value.watts == 6_900)
        #expect(dialect.stepWatts == 690)
        dialect.minimumWatts = 4_140
        let low = dialect.quantized(
            watts: 4_000, canDischarge: false, maxCharge: nil, maxDischarge: nil)
        #expect(low.wire == .zero && low.watts == 0)
    }

    @Test func theFallbackNeverDischargesAndSpreads() {
        let policy = FallbackPolicy()
        let first = policy.steps(maxWatts: 22_000, minimum: 0, past: 30, share: 0, mostPeriods: 24)
        let last = policy.steps(maxWatts: 22_000, minimum: 0, past: 30, share: 999, mostPeriods: 24)
        #expect(first.map(\.watts) == [0, 7_333, 14_666, 22_000])
        #expect(first[1].start == 390 && first[3].start == 510)
        #expect(last[1].start - first[1].start == 119)
    }

    @Test func noTransactionNoProfile() {
        var dispatcher = Self.dispatcher(.v21)
        _ = dispatcher.ended()
        let reports = dispatcher.command(
            .setpoint(watts: 1), order: 1, validForSeconds: 9, at: start)
        #expect(reports.map(\.outcome) == [.rejected(reason: "NoTransaction")])
    }

    @Test func aLostLinkIsToldAndAllIsSaidAnew() {
        var dispatcher = Self.dispatcher(.v21)
        _ = dispatcher.command(.setpoint(watts: 1_000), order: 1, validForSeconds: 60, at: start)
        _ = settle(&dispatcher, at: start)
        _ = dispatcher.command(.setpoint(watts: 2_000), order: 2, validForSeconds: 60, at: start)
        let lost = dispatcher.lost()
        #expect(lost.map(\.outcome) == [.disconnected])
        _ = dispatcher.command(.setpoint(watts: 2_000), order: 3, validForSeconds: 60, at: start)
        #expect(names(settle(&dispatcher, at: start).calls) == ["set 1012 CentralSetpoint", "set 1010 ChargingOnly"])
    }

    @Test func clearLeavesNothing() {
        var dispatcher = Self.dispatcher(.v21)
        _ = dispatcher.command(.setpoint(watts: 1_000), order: 1, validForSeconds: 60, at: start)
        _ = settle(&dispatcher, at: start)
        _ = dispatcher.command(.clear, order: 2, validForSeconds: 60, at: start)
        let cleared = settle(&dispatcher, at: start)
        #expect(names(cleared.calls) == ["clear 1012", "clear 1010"])
        #expect(cleared.reports.map(\.outcome) == [.accepted])
    }

    @Test func dialectsMatchByVendorAndModel() {
        var special = Dialect(
            name: "s", vendor: "Acme", model: "DC22-V2G*", versions: ["1.6"],
            discharge: .negativeLimit)
        special.minimumWatts = 500
        let book = DialectBook([special])
        #expect(book.dialect(vendor: "ACME", model: "dc22-v2g-c", version: .v16).name == "s")
        #expect(book.dialect(vendor: "ACME", model: "DC22", version: .v16).name == "curtail-16")
        #expect(
            book.dialect(vendor: "ACME", model: "DC22-V2G", version: .v201).name == "curtail-201")
    }
}
