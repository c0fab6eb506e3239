import Control
import Domain
import Testing

@testable import Worker

/// Who is tested when, and what a proof is worth. Time by hand.
@Suite struct CommissionerTests {
    private static let start = Instant(seconds: 1_795_464_000)

    /// Points that charge with 20 kW, all of one kind.
    private func table(_ count: Int, _ kind: Capability = .setpoint, _ commissioner: Commissioner) -> EVSETable {
        var table = EVSETable(nameplate: Power(watts: 22_000))
        for number in 1...count {
            let capability = EVSECapability(
                capability: kind, dialect: "d", maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000),
                minimumPower: Power(watts: 1_380), step: Power(watts: 1))
            let facts: [StationFact] = [
                .connected(version: "2.1"), .capability(evse: 1, capability),
                .plugged(evse: 1, token: "T", transaction: "X\(number)"), self.charging(20_000, at: Self.start),
            ]
            _ = table.take(facts, of: StationID("S\(number)"), at: Self.start, worker: "w") { _, _ in nil }
            let place = number - 1
            table.stand(place, commissioner.standing(table.slots[place]))
        }
        return table
    }

    private func charging(_ watts: Int, at now: Instant) -> StationFact {
        .meter(evse: 1, MeterSample(at: now, power: Power(watts: watts)))
    }

    private func begin(_ commissioner: inout Commissioner, _ table: EVSETable, after seconds: Int) -> [Int] {
        commissioner.begin(table, at: Self.start + .seconds(seconds)) { _ in true }
    }

    /// Ends every test that runs with a verdict.
    private func end(_ commissioner: inout Commissioner, _ table: EVSETable, _ why: String, after seconds: Int) {
        for place in commissioner.places { commissioner.interrupted(place, why) }
        _ = commissioner.step(table, at: Self.start + .seconds(seconds))
    }

    @Test func fewAtATimeAndNotAtOnce() {
        var commissioner = Commissioner(.required, meterEvery: .seconds(1))
        let table = self.table(200, .setpoint, commissioner)
        #expect(self.begin(&commissioner, table, after: 0).isEmpty, "its needs and limits are on their way")
        #expect(self.begin(&commissioner, table, after: 3).count == 10, "a twentieth of 200")
        #expect(self.begin(&commissioner, table, after: 4).isEmpty, "no more while those run")
        var small = Commissioner(.required, meterEvery: .seconds(1))
        let four = self.table(6, .setpoint, small)
        _ = self.begin(&small, four, after: 0)
        #expect(self.begin(&small, four, after: 3).count == 4)
    }

    @Test func whatProvedNothingIsAskedAgainLaterAndLater() {
        var commissioner = Commissioner(.required, meterEvery: .seconds(1))
        var table = self.table(1, .setpoint, commissioner)
        _ = self.begin(&commissioner, table, after: 0)
        var now = 3
        for wait in [60, 120, 240] {
            #expect(self.begin(&commissioner, table, after: now) == [0], "\(now) s")
            self.end(&commissioner, table, "the car left", after: now)
            let later = self.charging(20_000, at: Self.start + .seconds(now + wait))
            _ = table.take([later], of: "S1", at: Self.start + .seconds(now + wait), worker: "w") { _, _ in nil }
            #expect(self.begin(&commissioner, table, after: now + wait - 1).isEmpty)
            now += wait
        }
        #expect(commissioner.proofs.isEmpty && commissioner.standing(table.slots[0]) == .unproven)
    }

    @Test func nobodyIsTestedWhoDoesNotChargeOrIsNotFree() {
        var commissioner = Commissioner(.required, meterEvery: .seconds(1))
        for facts: [StationFact] in [
            [.unplugged(evse: 1, transaction: "X1")], [.disconnected], [.status(evse: 1, .faulted("x"))],
            [self.charging(1_400, at: Self.start + .seconds(1))], [self.charging(0, at: Self.start + .seconds(1))],
            [self.charging(-5_000, at: Self.start + .seconds(1))],
            [.limited(evse: 0, source: "EMS", charge: Power(watts: 5_000), discharge: nil)],
        ] {
            var table = self.table(1, .setpoint, commissioner)
            _ = table.take(facts, of: "S1", at: Self.start + .seconds(1), worker: "w") { _, _ in nil }
            _ = self.begin(&commissioner, table, after: 1)
            #expect(self.begin(&commissioner, table, after: 9).isEmpty, "\(facts)")
        }
        let charger = self.table(1, .curtail, commissioner)
        _ = self.begin(&commissioner, charger, after: 1)
        #expect(self.begin(&commissioner, charger, after: 9).isEmpty, "it is never discharged")
        let stopped = self.table(1, .setpoint, commissioner)
        _ = commissioner.begin(stopped, at: Self.start + .seconds(20)) { _ in false }
        #expect(commissioner.begin(stopped, at: Self.start + .seconds(30)) { _ in false }.isEmpty)
    }

    @Test func aProofIsWorthWhatItSays() {
        func standing(_ kind: Capability, _ point: CommissioningRecord.Point) -> EVSETable.Standing {
            var record = CommissioningRecord(identity: nil)
            record.points[1] = point
            let commissioner = Commissioner(.required, meterEvery: .seconds(1), proofs: ["S1": record])
            return commissioner.standing(self.table(1, kind, commissioner).slots[0])
        }
        let good = CommissioningRecord.Point(
            Commissioning.Proof(expirySeconds: 1, followsCurve: true), at: Self.start)
        let plain = CommissioningRecord.Point(Commissioning.Proof(expirySeconds: 1, followsCurve: nil), at: Self.start)
        let bad = CommissioningRecord.Point(failure: "still held", at: Self.start)
        #expect(standing(.residentCurve, good) == .free && standing(.setpoint, good) == .free)
        #expect(standing(.residentCurve, plain) == .withoutCurve && standing(.setpoint, plain) == .free)
        #expect(standing(.residentCurve, bad) == .unproven && standing(.setpoint, bad) == .unproven)
        let off = Commissioner(.off, meterEvery: .seconds(1))
        #expect(off.standing(self.table(1, .setpoint, off).slots[0]) == .free)
    }

    /// A failure stands for a day; then its settings may have been corrected.
    @Test func aFailureIsAskedAgainAfterADay() {
        var record = CommissioningRecord(identity: nil)
        record.points[1] = CommissioningRecord.Point(failure: "still held", at: Self.start + .seconds(-86_000))
        var commissioner = Commissioner(.required, meterEvery: .seconds(1), proofs: ["S1": record])
        var table = self.table(1, .setpoint, commissioner)
        _ = self.begin(&commissioner, table, after: 0)
        #expect(self.begin(&commissioner, table, after: 10).isEmpty)
        let later = self.charging(20_000, at: Self.start + .seconds(400))
        _ = table.take([later], of: "S1", at: Self.start + .seconds(400), worker: "w") { _, _ in nil }
        _ = self.begin(&commissioner, table, after: 400)
        #expect(self.begin(&commissioner, table, after: 410) == [0])
    }
}
