import CTelemetry
import Domain
import OCPP
import Testing

@testable import Worker

/// What driver, site and grid say over our heads, from the frame to the telemetry record.
@Suite struct OverrideTests {
    private let now = Instant(seconds: 1_795_464_000)

    private final class Desk {
        var link = StationLink(
            station: "CP1", version: .v21, configuration: LinkConfiguration(), record: StationRecord(), salt: 1,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }))
        var table = EVSETable(nameplate: Power(watts: 22_000))
        let now: Instant
        private var number = 0

        init(at now: Instant) {
            self.now = now
            var needs = ChargingNeeds(wantsBidirectional: true, isDynamicControl: true)
            needs.departure = now + .hours(8)
            for evse in [1, 2] {
                self.take([
                    .plugged(evse: evse, token: "tag", transaction: "t\(evse)"), .needs(evse: evse, needs),
                ])
            }
        }

        private func take(_ facts: [StationFact]) {
            _ = self.table.take(facts, of: "CP1", at: self.now, worker: "w") { _, _ in nil }
        }

        /// The station says it; true where it was answered.
        func say(_ action: String, _ payload: String) -> Bool {
            self.number += 1
            let frame = "[2,\"m\(self.number)\",\"\(action)\",\(payload)]"
            var isAnswered = false
            _ = self.table.records(all: false, at: self.now)
            for output in self.link.receive(Array(frame.utf8), at: self.now) {
                if case .facts(let facts, _) = output { self.take(facts) }
                if case .send(let bytes) = output {
                    isAnswered = isAnswered || String(decoding: bytes, as: UTF8.self).hasPrefix("[3,")
                }
            }
            return isAnswered
        }

        func limits(_ evse: Int) -> [Int32] {
            let record = self.table.record(evse - 1, at: self.now)
            return [record.max_charge, record.max_discharge]
        }
    }

    @Test func anOutsideLimitIsInTheRecordUntilItIsCleared() {
        let desk = Desk(at: self.now)
        #expect(desk.limits(1) == [22_000, 22_000])
        let schedule = """
            {"evseId":1,"chargingLimit":{"chargingLimitSource":"EMS"},"chargingSchedule":[{"id":1,\
            "chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":9000.0},\
            {"startPeriod":600,"limit":6000.0,"dischargeLimit":-4000.0}]}]}
            """
        #expect(desk.say("NotifyChargingLimit", schedule))
        #expect(desk.limits(1) == [6_000, 4_000] && desk.limits(2) == [22_000, 22_000])
        #expect(!desk.table.changed.isEmpty, "told with the next records")
        let amperes = """
            {"chargingLimit":{"chargingLimitSource":"SO"},"chargingSchedule":[{"id":1,"chargingRateUnit":"A",\
            "chargingSchedulePeriod":[{"startPeriod":0,"limit":16.0}]}]}
            """
        #expect(desk.say("NotifyChargingLimit", amperes))
        #expect(desk.limits(1) == [6_000, 4_000] && desk.limits(2) == [11_040, 22_000], "of the whole station")
        #expect(desk.say("ClearedChargingLimit", #"{"evseId":1,"chargingLimitSource":"EMS"}"#))
        #expect(desk.limits(1) == [11_040, 22_000])
        #expect(desk.say("ClearedChargingLimit", #"{"chargingLimitSource":"SO"}"#))
        #expect(desk.limits(1) == [22_000, 22_000] && desk.limits(2) == [22_000, 22_000])
        #expect(desk.say("NotifyChargingLimit", #"{"chargingLimit":{"chargingLimitSource":"SO"}}"#))
        #expect(desk.limits(1) == [22_000, 0], "a limit without a number")
    }

    @Test func hugeNumbersStopNothing() {
        let desk = Desk(at: self.now)
        let huge = """
            {"evseId":1,"chargingLimit":{"chargingLimitSource":"EMS"},"chargingSchedule":[{"id":1,\
            "chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":100000000000000.0,\
            "numberPhases":900000000000000,"dischargeLimit":-100000000000000.0}]}]}
            """
        #expect(desk.say("NotifyChargingLimit", huge))
        #expect(desk.limits(1) == [22_000, 22_000])
    }

    @Test func sourcesBeyondTheLimitCountAsOne() {
        var overrides = StationOverrides()
        for number in 0..<StationOverrides.most {
            overrides.take(
                .limited(evse: 1, source: "S\(number)", charge: Power(watts: 9_000), discharge: nil))
        }
        overrides.take(.limited(evse: 2, source: "S16", charge: Power(watts: 5_000), discharge: nil))
        overrides.take(.limited(evse: 2, source: "S17", charge: Power(watts: 6_000), discharge: nil))
        #expect(overrides.limit(evse: 1).charge?.watts == 5_000 && overrides.limit(evse: 2).charge?.watts == 5_000)
        overrides.take(.limitCleared(evse: 2, source: "S17"))
        #expect(overrides.limit(evse: 1).charge?.watts == 9_000 && overrides.limit(evse: 2).charge == nil)
    }

    @Test func aGridAlarmStopsDischargeUntilItIsOver() {
        let desk = Desk(at: self.now)
        let alarm =
            #"{"controlType":"LFMustTrip","gridEventFault":"UnderFrequency","timestamp":"2026-11-26T12:00:00Z"}"#
        #expect(desk.say("NotifyDERAlarm", alarm))
        #expect(desk.limits(1) == [22_000, 0] && desk.limits(2) == [22_000, 0])
        let over = #"{"controlType":"LFMustTrip","alarmEnded":true,"timestamp":"2026-11-26T12:01:00Z"}"#
        #expect(desk.say("NotifyDERAlarm", over))
        #expect(desk.limits(1) == [22_000, 22_000])
    }

    @Test func priorityChargingEndsV2GForThatSessionOnly() {
        let desk = Desk(at: self.now)
        func consents(_ desk: Desk, _ evse: Int) -> Bool {
            desk.table.record(evse - 1, at: self.now).flags & UInt32(HEADROOM_CONSENT) != 0
        }
        #expect(consents(desk, 1))
        #expect(desk.say("NotifyPriorityCharging", #"{"transactionId":"t1","activated":true}"#))
        #expect(desk.limits(1) == [22_000, 0] && !consents(desk, 1))
        #expect(desk.limits(2) == [22_000, 22_000] && consents(desk, 2))
        #expect(desk.say("NotifyPriorityCharging", #"{"transactionId":"t1","activated":false}"#))
        #expect(desk.limits(1) == [22_000, 22_000])
        #expect(desk.say("NotifyPriorityCharging", #"{"transactionId":"t1","activated":true}"#))
        _ = desk.table.take(
            [.unplugged(evse: 1, transaction: "t1"), .plugged(evse: 1, token: "b", transaction: "t3")], of: "CP1",
            at: self.now, worker: "w"
        ) { _, _ in nil }
        #expect(desk.limits(1) == [22_000, 22_000], "the next car's driver has not asked")
    }
}
