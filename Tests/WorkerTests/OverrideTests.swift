import CTelemetry
import Domain
import Foundation
import Logging
import OCPP
import Runtime
import Synchronization
import TestSupport
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
            var outputs = self.link.receive(Array(frame.utf8), at: self.now)
            while !outputs.isEmpty {
                switch outputs.removeFirst() {
                case .facts(let facts, let ticket):
                    self.take(facts)
                    // Not before it is kept.
                    #expect(!isAnswered)
                    if let ticket { outputs += self.link.acknowledged(ticket, at: self.now) }
                case .send(let bytes):
                    isAnswered = isAnswered || String(decoding: bytes, as: UTF8.self).hasPrefix("[3,")
                default: break
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
            _ = overrides.take(
                .limited(evse: 1, source: "S\(number)", charge: Power(watts: 9_000), discharge: nil), at: self.now)
        }
        _ = overrides.take(.limited(evse: 2, source: "S16", charge: Power(watts: 5_000), discharge: nil), at: self.now)
        _ = overrides.take(.limited(evse: 2, source: "S17", charge: Power(watts: 6_000), discharge: nil), at: self.now)
        #expect(overrides.limit(evse: 1).charge?.watts == 5_000 && overrides.limit(evse: 2).charge?.watts == 5_000)
        _ = overrides.take(.limitCleared(evse: 2, source: "S17"), at: self.now)
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

    private func fresh() throws -> (folder: String, memory: OverrideMemory) {
        let folder = try Program.temporaryFolder().path
        return (folder, try self.memory(folder))
    }

    private func memory(_ folder: String) throws -> OverrideMemory {
        try OverrideMemory(
            path: folder + "/overrides.json", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Each decision is noted once, with what it was before; what only repeats is none.
    @Test func decisionsAreNotedWithWhoAndWhatItWasBefore() throws {
        let desk = Desk(at: self.now)
        func notes(_ desk: Desk) -> [OverrideNote] { desk.table.takeNotes() }
        #expect(notes(desk).isEmpty)
        let limit = """
            {"evseId":1,"chargingLimit":{"chargingLimitSource":"EMS"},"chargingSchedule":[{"id":1,\
            "chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":9000.0,\
            "dischargeLimit":0.0}]}]}
            """
        _ = desk.say("NotifyChargingLimit", limit)
        _ = desk.say("NotifyChargingLimit", limit)
        let first = try #require(notes(desk).first)
        #expect(first.kind == .limit && first.source == "EMS" && first.evse == 1 && first.token == "tag")
        #expect(first.before == .init(charge: Power(watts: 22_000), discharge: Power(watts: 22_000)))
        #expect(first.after == .init(charge: Power(watts: 9_000), discharge: .zero) && !first.isOver)
        _ = desk.say("NotifyChargingLimit", limit.replacing("9000.0", with: "8000.0"))
        #expect(notes(desk).isEmpty, "a limit that moves all the time is noted once a minute")
        _ = desk.say("NotifyChargingLimit", limit.replacing("Limit\":0.0", with: "Limit\":-5000.0"))
        #expect(notes(desk).map(\.after.discharge.watts) == [5_000], "but whether it may discharge is news at once")
        _ = desk.say("ClearedChargingLimit", #"{"evseId":1,"chargingLimitSource":"EMS"}"#)
        #expect(notes(desk).map(\.isOver) == [true])
        let alarm = #"{"controlType":"LFMustTrip","timestamp":"2026-11-26T12:00:00Z"}"#
        _ = desk.say("NotifyDERAlarm", alarm)
        _ = desk.say("NotifyDERAlarm", alarm)
        let alarms = notes(desk)
        #expect(
            alarms.map(\.evse) == [1, 2] && alarms.allSatisfy { $0.kind == .gridAlarm && $0.source == "LFMustTrip" })
        #expect(alarms.allSatisfy { $0.before.discharge.watts == 22_000 && $0.after.discharge == .zero })
        _ = desk.say("NotifyDERAlarm", alarm.replacing("\"timestamp", with: "\"alarmEnded\":true,\"timestamp"))
        #expect(notes(desk).map(\.isOver) == [true, true])
        for _ in 0..<2 { _ = desk.say("NotifyPriorityCharging", #"{"transactionId":"t2","activated":true}"#) }
        let priority = notes(desk)
        #expect(priority.map(\.evse) == [2] && priority[0].kind == .priority && priority[0].source == "driver")
        #expect(priority[0].before.discharge.watts == 22_000 && priority[0].after.discharge == .zero)
        _ = desk.table.take([.unplugged(evse: 2, transaction: "t2")], of: "CP1", at: self.now, worker: "w") { _, _ in
            nil
        }
        #expect(notes(desk).map(\.isOver) == [true] && desk.table.overrides["CP1"] == nil, "it ends with the session")
    }

    /// Priority that was asked for before the session was heard of counts from its beginning.
    @Test func priorityMayComeBeforeItsSession() {
        var table = EVSETable(nameplate: Power(watts: 22_000))
        func take(_ fact: StationFact) {
            _ = table.take([fact], of: "CP1", at: self.now, worker: "w") { _, _ in nil }
        }
        take(.priority(transaction: "t9", isActive: true))
        #expect(table.takeNotes().isEmpty)
        take(.plugged(evse: 1, token: "a", transaction: "t8"))
        #expect(table.record(0, at: self.now).max_discharge == 22_000 && table.takeNotes().isEmpty)
        take(.unplugged(evse: 1, transaction: "t8"))
        take(.plugged(evse: 1, token: "b", transaction: "t9"))
        #expect(table.record(0, at: self.now).max_discharge == 0)
        let notes = table.takeNotes()
        #expect(notes.map(\.token) == ["b"] && notes[0].before.discharge.watts == 22_000)
    }

    /// A worker that was killed knows what is in force and what nobody was told; another life doubles nothing.
    @Test func whatOthersDecidedOutlivesTheWorker() throws {
        let (folder, memory) = try self.fresh()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let desk = Desk(at: self.now)
        let limit = #"{"chargingLimit":{"chargingLimitSource":"SO"}}"#
        _ = desk.say("NotifyChargingLimit", limit)
        _ = desk.say("NotifyPriorityCharging", #"{"transactionId":"t1","activated":true}"#)
        let told = Mutex<[OverrideNote]>([])
        let answered = Mutex<[Bool]>([])
        let file = folder + "/overrides.json"
        let answer: Acknowledge = {
            let isThere = (try? String(contentsOfFile: file, encoding: .utf8))?.contains("\"SO\"") ?? false
            answered.withLock { $0.append(isThere) }
        }
        memory.onDurable { notes in told.withLock { $0 = notes } }
        let inForce = desk.table.overrides["CP1"]?.facts ?? []
        memory.keep(inForce, of: "CP1", notes: desk.table.takeNotes(), then: answer)
        memory.keep(inForce, of: "CP1", notes: [], then: answer)
        memory.close()
        #expect(answered.withLock { $0 } == [true, true], "each station is answered, once it is on the disk")
        let first = told.withLock { $0 }
        #expect(first.count == 3 && zip(first, first.dropFirst()).allSatisfy { $0.sequence < $1.sequence })
        memory.drop(upTo: first[0].sequence)
        memory.close()

        let second = try self.memory(folder)
        second.onDurable { notes in told.withLock { $0 = notes } }
        #expect(told.withLock { $0 } == Array(first.dropFirst()), "said again, but what was taken")
        var table = EVSETable(nameplate: Power(watts: 22_000))
        for (station, facts) in second.inForce {
            table.set(StationOverrides(remembered: facts, at: self.now), of: station)
        }
        _ = table.take(
            [.plugged(evse: 1, token: "tag", transaction: "t1"), .plugged(evse: 2, token: "b", transaction: "t2")],
            of: "CP1", at: self.now, worker: "w"
        ) { _, _ in nil }
        #expect(table.record(0, at: self.now).max_discharge == 0 && table.record(1, at: self.now).max_discharge == 0)
        #expect(table.takeNotes().isEmpty, "noted before")
        _ = table.take([.limitCleared(evse: 0, source: "SO")], of: "CP1", at: self.now, worker: "w") { _, _ in nil }
        #expect(
            table.record(0, at: self.now).max_discharge == 0 && table.record(1, at: self.now).max_discharge == 22_000)
        second.keep(table.overrides["CP1"]?.facts ?? [], of: "CP1", notes: table.takeNotes())
        second.close()
        #expect(told.withLock { $0.last?.sequence ?? 0 } > first.last?.sequence ?? 0, "counts on")
        try Data("{".utf8).write(to: URL(filePath: folder + "/overrides.json"))
        #expect(throws: RuntimeError.self) { try self.memory(folder) }
    }
}
