import Testing

@testable import OCPP

/// The TxDefaultProfile at the bottom of the stack: laid once, kept, laid anew when it would say something else.
@Suite struct BottomTests {
    private let start = DateTime(microseconds: 1_795_464_000_000_000)

    /// No transaction runs.
    private func idle(_ version: OCPPVersion, _ dialect: Dialect? = nil) -> Dispatcher {
        var dispatcher = DispatcherTests.dispatcher(version, dialect)
        _ = dispatcher.ended()
        return dispatcher
    }

    private func settle(
        _ dispatcher: inout Dispatcher, at now: DateTime,
        _ answer: (DispatchCall) -> DispatchAnswer = { _ in .accepted }
    ) -> [DispatchCall] {
        var calls: [DispatchCall] = []
        var reports: [DispatchReport] = []
        while calls.count < 10, let call = dispatcher.next(at: now, reports: &reports) {
            calls.append(call)
            _ = dispatcher.completed(answer(call), at: now)
        }
        return calls
    }

    /// What matters of a profile in any version.
    private struct Shape: Equatable {
        var purpose: String
        var level: Int
        var limit: Int?
        var duration: Int?
        var transaction: String?
    }

    private func shape(_ call: DispatchCall?) -> Shape? {
        switch call {
        case .set(let set):
            let (profile, schedule) = (set.chargingProfile, set.chargingProfile.chargingSchedule[0])
            return Shape(
                purpose: profile.chargingProfilePurpose.rawValue, level: profile.stackLevel,
                limit: schedule.chargingSchedulePeriod[0].limit?.rounded, duration: schedule.duration,
                transaction: profile.transactionId)
        case .set16(let set):
            let (profile, schedule) = (set.csChargingProfiles, set.csChargingProfiles.chargingSchedule)
            return Shape(
                purpose: profile.chargingProfilePurpose.rawValue, level: profile.stackLevel,
                limit: schedule.chargingSchedulePeriod[0].limit.rounded, duration: schedule.duration,
                transaction: profile.transactionId.map { String($0) })
        default: return nil
        }
    }

    private func bottom(_ limit: Int) -> Shape {
        Shape(purpose: "TxDefaultProfile", level: 0, limit: limit, duration: nil, transaction: nil)
    }

    @Test(arguments: OCPPVersion.allCases)
    func laidOnceWithoutATransaction(_ version: OCPPVersion) {
        var dispatcher = self.idle(version)
        dispatcher.beneathLimit = 7_000
        #expect(self.settle(&dispatcher, at: self.start).isEmpty, "what the station is, is not known yet")
        dispatcher.becomeReady()
        let calls = self.settle(&dispatcher, at: self.start)
        #expect(calls.map(self.shape) == [self.bottom(7_000)])
        if case .set(let set) = calls.first {
            #expect(set.evseId == 1 && set.chargingProfile.maxOfflineDuration == nil)
            #expect(set.chargingProfile.validTo == nil)
        }
        #expect(self.settle(&dispatcher, at: self.start + 86_400).isEmpty, "it never ends")
    }

    @Test(arguments: OCPPVersion.allCases)
    func aChangedLimitReplacesIt(_ version: OCPPVersion) {
        var dispatcher = self.idle(version)
        dispatcher.becomeReady()
        _ = self.settle(&dispatcher, at: self.start)
        let first = dispatcher.standingBottom
        dispatcher.beneathLimit = 5_000
        #expect(self.settle(&dispatcher, at: self.start + 1).map(self.shape) == [self.bottom(5_000)])
        #expect(dispatcher.standingBottom?.id == first?.id, "the same id, so that it replaces the one before")
        dispatcher.beneathLimit = nil
        #expect(self.settle(&dispatcher, at: self.start + 2).count == 1)
        #expect(dispatcher.standingBottom == first)
    }

    /// A new link gets what the one before knew.
    @Test func aLostLinkLeavesIt() {
        var before = self.idle(.v21)
        before.becomeReady()
        _ = self.settle(&before, at: self.start)
        _ = before.lost()
        #expect(before.standingBottom != nil)
        var after = self.idle(.v21)
        after.recall(before.standingBottom)
        after.becomeReady()
        #expect(self.settle(&after, at: self.start + 60).isEmpty)
        after.beneathLimit = 9_000
        #expect(self.settle(&after, at: self.start + 60).map(self.shape) == [self.bottom(9_000)])
    }

    /// The way back over it ends by itself, in the bottom; the setpoint need not wait for it.
    @Test(arguments: OCPPVersion.allCases)
    func theWayBackEndsInIt(_ version: OCPPVersion) {
        var dispatcher = DispatcherTests.dispatcher(version)
        _ = self.settle(&dispatcher, at: self.start)
        _ = dispatcher.command(.setpoint(watts: 0), order: 1, validForSeconds: 60, at: self.start)
        let calls = self.settle(&dispatcher, at: self.start)
        #expect(calls.count == 2)
        let back = self.shape(calls.last)
        // 30 s in the past, 300 + 60 + 60 s until charging begins, 120 s of ramp, 60 s at full power.
        #expect(back?.purpose == "TxProfile" && back?.duration == 30 + 420 + 120 + 60, "\(String(describing: back))")
        #expect(back?.transaction != nil)
    }

    @Test(arguments: OCPPVersion.allCases)
    func whoRefusesItGetsATransactionsProfileWithoutEnd(_ version: OCPPVersion) {
        var dispatcher = DispatcherTests.dispatcher(version)
        func answer(_ call: DispatchCall) -> DispatchAnswer {
            self.shape(call)?.purpose == "TxDefaultProfile" ? .rejected(reason: "UnsupportedPurpose") : .accepted
        }
        let calls = self.settle(&dispatcher, at: self.start, answer)
        #expect(calls.map { self.shape($0)?.purpose } == ["TxDefaultProfile", "TxProfile"])
        #expect(self.shape(calls.last)?.duration == nil)
        _ = dispatcher.command(.setpoint(watts: 0), order: 1, validForSeconds: 60, at: self.start)
        let later = self.settle(&dispatcher, at: self.start, answer)
        #expect(later.map { self.shape($0)?.purpose } == ["TxProfile", "TxProfile"])
        #expect(self.shape(later.last)?.duration == nil, "it must never end, for nothing lies beneath")
        let calls599 = self.settle(&dispatcher, at: self.start + 599, answer)
        #expect(calls599.allSatisfy { self.shape($0)?.purpose != "TxDefaultProfile" })
    }

    /// Where all are TxDefaultProfiles their levels keep them apart.
    @Test func ofOnePurposeItIsTheLowest() {
        var dialect = Dialect(name: "d", versions: ["1.6"], discharge: .none)
        dialect.purpose = "TxDefaultProfile"
        var dispatcher = DispatcherTests.dispatcher(.v16, dialect)
        _ = dispatcher.command(.setpoint(watts: 0), order: 1, validForSeconds: 60, at: self.start)
        #expect(self.settle(&dispatcher, at: self.start).map { self.shape($0)?.level } == [0, 3, 1])
        dialect.mostStackLevel = 0
        var flat = DispatcherTests.dispatcher(.v16, dialect)
        #expect(self.settle(&flat, at: self.start).isEmpty, "on one level it would be the setpoint's victim")
    }

    /// A station with one stack level has room for it: it is of another purpose.
    @Test func oneLevelHoldsBoth() {
        var dialect = Dialect(name: "d", versions: ["1.6"], discharge: .none)
        dialect.mostStackLevel = 0
        var dispatcher = DispatcherTests.dispatcher(.v16, dialect)
        _ = dispatcher.command(.setpoint(watts: 0), order: 1, validForSeconds: 60, at: self.start)
        let calls = self.settle(&dispatcher, at: self.start)
        #expect(calls.map { self.shape($0)?.purpose } == ["TxDefaultProfile", "TxProfile"])
        #expect(calls.map { self.shape($0)?.level } == [0, 0])
    }

    /// Ids that have to move take the old profile away first.
    @Test func anotherIdClearsTheOldOne() {
        var dispatcher = self.idle(.v21)
        dispatcher.becomeReady()
        _ = self.settle(&dispatcher, at: self.start)
        var model = DispatcherTests.v2xModel()
        model.take(
            component: "SmartChargingCtrlr", evse: nil, variable: "MaxExternalConstraintsId", instance: nil,
            value: "5000")
        dispatcher.learn(model, maxCharge: nil, maxDischarge: nil)
        let calls = self.settle(&dispatcher, at: self.start + 1)
        guard calls.count == 2, case .clear(let clear) = calls[0] else {
            Issue.record("\(calls)")
            return
        }
        #expect(clear.chargingProfileId == 1_013 && dispatcher.standingBottom?.id == 5_014)
    }

    @Test func theProbeKnowsWhoNeverTakesIt() {
        var probe = CapabilityProbe()
        let refused = DispatchAnswer.rejected(reason: "Rejected")
        var dispatcher = self.idle(.v16)
        dispatcher.becomeReady()
        var reports: [DispatchReport] = []
        guard let bottom = dispatcher.next(at: self.start, reports: &reports) else {
            Issue.record("nothing is laid")
            return
        }
        let open = Set(Dialect.Trait.allCases)
        #expect(probe.heard(refused, to: bottom, open: open, isBottom: true) == .stands, "it may be the way it is said")
        #expect(probe.tries == 0 && !probe.isWorthKeeping)
        var running = DispatcherTests.dispatcher(.v16)
        running.dialect.bottom = false
        let own = running.next(at: self.start, reports: &reports)
        _ = own.map { probe.heard(.accepted, to: $0, open: open) }
        #expect(probe.heard(.rejected(reason: "RateLimitExceeded"), to: bottom, open: open, isBottom: true) == .stands)
        #expect(probe.heard(refused, to: bottom, open: open, isBottom: true) == .learned)
        #expect(probe.isWorthKeeping)
        #expect(!DialectBook.standard(.v16).effective(DeviceModel(), probe).bottom)
    }
}
