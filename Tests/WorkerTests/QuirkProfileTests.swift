import Domain
import OCPP
import TestSupport
import Testing

@testable import Stations
@testable import Worker

/// Chargers that take profiles in their own way only (`Protocols/ocpp/QUIRKS.md`).
@Suite(.ownThreads) struct QuirkProfileTests {
    /// A charging station with the quirks, told to charge with 8,280 W, which is 12 A on three phases.
    private func curtailed(_ version: StationVersion, _ quirks: Set<StationQuirk>) -> QuirkZoo {
        var zoo = QuirkZoo(version, quirks)
        zoo.run(20)
        zoo.follow(8_280, seconds: 10)
        return zoo
    }

    @Test(arguments: [StationVersion.v16, .v201])
    func aStationOfTheLetterIsNotProbed(_ version: StationVersion) {
        let zoo = self.curtailed(version, [])
        #expect(zoo.watts == 8_280 && zoo.counts["probed"] == nil && zoo.capability?.capability == .curtail)
    }

    @Test(arguments: [
        StationQuirk.level0Only, .relativeOnly, .amperesOnly, .wattsOnly, .defaultPurposeOnly,
    ])
    func oneWayOnlyIsFound(_ quirk: StationQuirk) {
        for version in [StationVersion.v16, .v201] {
            let zoo = self.curtailed(version, [quirk])
            #expect(zoo.watts == 8_280, "\(quirk) \(version): \(zoo.watts) W, \(zoo.answers.suffix(1))")
            #expect(zoo.answers.last?.outcome == .accepted && zoo.link.record.probe.tries <= 12)
        }
    }

    @Test func severalWaysTogetherAreFound() {
        let zoo = self.curtailed(.v16, [.level0Only, .relativeOnly, .defaultPurposeOnly])
        #expect(zoo.watts == 8_280 && zoo.answers.last?.outcome == .accepted)
    }

    /// What a relative profile says ends without a word of ours, too.
    @Test func aRelativeProfileIsNoTrap() {
        var zoo = self.curtailed(.v16, [.relativeOnly])
        zoo.restartWorker()
        zoo.redialAt = zoo.now + .seconds(3_600)
        zoo.run(100)
        #expect(zoo.watts > 15_000, "the car is charged for its departure: \(zoo.watts)")
    }

    /// Where 0 is refused the least that charges is said, and no more is booked than that.
    @Test func aPauseIsTheLeastThatIsTaken() {
        var zoo = self.curtailed(.v16, [.noZeroLimit])
        zoo.follow(0, seconds: 10)
        #expect(zoo.watts == 4_140, "\(zoo.watts)")
        #expect(zoo.answers.last?.outcome == .accepted && zoo.answers.last?.asked == Power(watts: 4_140))
    }

    @Test(arguments: [StationVersion.v16, .v201])
    func whoSaysThatItHasNoSmartChargingIsAskedNothing(_ version: StationVersion) {
        let zoo = self.curtailed(version, [.noSmartCharging])
        #expect(zoo.capability?.capability == Capability.none && zoo.capability?.reason != nil)
        #expect(zoo.answers.last?.outcome == .notSupported)
    }

    @Test(arguments: [StationVersion.v16, .v201])
    func whoAnswersNotSupportedIsAskedOnce(_ version: StationVersion) {
        let zoo = self.curtailed(version, [.profilesNotSupported])
        // On 1.6 NotSupported may be said of the purpose: another one is tried once.
        let most = version == .v16 ? 2 : 1
        #expect(zoo.count("SetChargingProfile") == most, "\(zoo.count("SetChargingProfile"))")
        #expect(zoo.capability?.capability == Capability.none)
        #expect(zoo.capability?.reason?.contains("SetChargingProfile") == true)
    }

    @Test func whoHangsUpOnProfilesIsLeftAlone() {
        var zoo = QuirkZoo(.v16, [.hangsUpOnProfile])
        for _ in 0..<60 { zoo.follow(8_280, seconds: 1) }
        #expect(zoo.count("SetChargingProfile") == CapabilityProbe.mostDrops)
        #expect(zoo.capability?.capability == Capability.none && zoo.redialAt == nil, "and stays connected")
        #expect(zoo.capability?.reason?.contains("hangs up") == true)
    }

    /// Accepted is not delivered: the meter is what is booked.
    @Test func whoAcceptsAndIgnoresIsMeteredAsItIs() {
        let zoo = self.curtailed(.v201, [.ignoresProfiles])
        #expect(zoo.answers.last?.outcome == .accepted && zoo.watts > 15_000)
        #expect((zoo.samples.last?.power?.watts ?? 0) > 15_000)
    }

    @Test func aRefusedCompositeScheduleStopsNothing() {
        var zoo = self.curtailed(.v16, [.compositeRejected])
        let frame = #"[2,"c","GetCompositeSchedule",{"connectorId":1,"duration":60}]"#
        let outputs = zoo.machine.received(Array(frame.utf8), at: zoo.now)
        #expect(outputs.contains(.send(Array(#"[3,"c",{"status":"Rejected"}]"#.utf8))))
        zoo.follow(11_040, seconds: 5)
        #expect(zoo.watts == 11_000 || zoo.watts == 11_040)
    }

    private var negative: Dialect { Dialect(name: "n", versions: ["1.6", "2.0.1"], capability: .negativeLimit) }

    /// The refusal comes as CALLERROR while the car charges on: it is curtailed from now on, and nothing is booked.
    @Test(arguments: [StationVersion.v16, .v201], [Set<StationQuirk>([]), [.emptyErrorText]])
    func aRefusedNegativeLimitIsLearned(_ version: StationVersion, _ more: Set<StationQuirk>) {
        var zoo = QuirkZoo(version, more.union([.negativeIsError]), v2x: .yes, dialects: [self.negative])
        zoo.run(20)
        #expect(zoo.capability?.capability == .setpoint)
        zoo.order(-5_000)
        zoo.run(3)
        #expect(zoo.answers.last?.outcome == .failed(code: "PropertyConstraintViolation"))
        #expect(zoo.capability?.capability == .curtail && zoo.capability?.reason != nil)
        zoo.follow(-5_000, seconds: 5)
        #expect(zoo.watts == 0 && zoo.answers.last?.asked == .zero, "0 W is the most that it gives")
    }

    @Test func nobodyIsAskedToDischargeUnnamed() {
        var zoo = QuirkZoo(.v16, [], v2x: .yes)
        zoo.run(20)
        zoo.follow(-5_000, seconds: 5)
        #expect(zoo.watts == 0 && zoo.answers.last?.asked == .zero)
        var dialect = Dialect(name: "own risk", versions: ["1.6"], capability: .curtailOnly)
        dialect.probeDischarge = true
        var daring = QuirkZoo(.v16, [], v2x: .yes, dialects: [dialect])
        daring.run(20)
        daring.follow(-5_000, seconds: 5)
        #expect(daring.watts == -5_000)
    }

    @Test func updatesThatAreNotKnownAreSaidWhole() {
        var zoo = QuirkZoo(.v21, [.noUpdates], v2x: .yes)
        zoo.run(20)
        for watts in [-3_000, -4_000, -5_000] { zoo.follow(watts, seconds: 3) }
        #expect(zoo.watts == -5_000 && zoo.count("UpdateDynamicSchedule") == 1)
        #expect(zoo.answers.allSatisfy { $0.outcome == .accepted || $0.outcome == .superseded })
    }

    /// Two unanswered updates, then whole profiles.
    @Test func updatesThatAreNeverAnsweredAreGivenUp() {
        var zoo = QuirkZoo(.v21, [.muteOnUpdate], v2x: .yes)
        zoo.run(20)
        for watts in [-3_000, -4_000, -5_000, -6_000] {
            zoo.order(watts, validFor: 300)
            zoo.run(15)
        }
        #expect(zoo.watts == -6_000 && zoo.count("UpdateDynamicSchedule") == CapabilityProbe.mostSilentUpdates)
    }

    @Test func anUnknownControllerIsNoObstacle() {
        let zoo = self.curtailed(.v201, [.unknownSmartCharging])
        #expect(zoo.watts == 8_280 && zoo.capability?.capability == .curtail)
    }
}
