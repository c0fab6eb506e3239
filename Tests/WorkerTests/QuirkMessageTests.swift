import Domain
import Foundation
import OCPP
import Synchronization
import TestSupport
import Testing

@testable import Stations
@testable import Worker

/// Chargers that speak otherwise than the schemas, meter nonsense or lose their transactions.
@Suite(.ownThreads) struct QuirkMessageTests {
    private func station(
        _ version: StationVersion, _ quirks: Set<StationQuirk>, seconds: Int = 30
    ) -> QuirkZoo {
        var zoo = QuirkZoo(version, quirks)
        zoo.run(20)
        zoo.follow(8_280, seconds: seconds - 20)
        return zoo
    }

    /// Wrong words in fields that nothing depends on.
    @Test(arguments: [
        StationQuirk.emptyVendor, .longSerial, .errorWord, .hertzUnit, .badContext, .noConnectorId, .repeatsCalls,
    ])
    func wrongWordsAreNoReasonToLoseACharger(_ quirk: StationQuirk) {
        for version in StationVersion.allCases {
            let zoo = self.station(version, [quirk])
            #expect(zoo.complaints.isEmpty, "\(quirk) \(version): \(zoo.complaints.prefix(1))")
            #expect(zoo.watts == 8_280 && zoo.answers.last?.outcome == .accepted, "\(quirk) \(version): \(zoo.watts)")
            #expect(Set(zoo.plugged).count == 1, "\(quirk) \(version)")
        }
    }

    @Test(arguments: StationVersion.allCases)
    func whoDoesNotBootIsAskedToAndServed(_ version: StationVersion) {
        let zoo = self.station(version, [.noBoot])
        #expect(zoo.count("TriggerMessage") >= 1)
        #expect(zoo.watts == 8_280 && zoo.facts.contains { if case .booted = $0 { true } else { false } })
    }

    /// Read as 1.6 it would fit; on 2.0.1 it is refused with the version's own error and nothing breaks.
    @Test func shapesOf16On201AreRefused() {
        let zoo = self.station(.v201, [.shapesOf16])
        #expect(zoo.complaints.contains { $0.contains("OccurrenceConstraintViolation") })
        #expect(!zoo.facts.contains { if case .booted = $0 { true } else { false } })
        #expect(zoo.accepted == 0 && zoo.plugged.isEmpty)
    }

    @Test(arguments: StationVersion.allCases)
    func aMissingStateOfChargeIsMissing(_ version: StationVersion) {
        let zoo = self.station(version, [.noSoC])
        #expect(zoo.samples.count > 3 && zoo.samples.allSatisfy { $0.stateOfCharge == nil } && zoo.watts == 8_280)
    }

    /// 2.1 is asked for what the device model knows of the car; who meters it is not asked.
    @Test func aStateOfChargeThatIsNotMeteredIsAskedFor() throws {
        func told(_ quirks: Set<StationQuirk>) -> (cars: [ConnectedCar], metered: Int) {
            let zoo = self.station(.v21, quirks, seconds: 120)
            let cars = zoo.facts.compactMap { if case .car(1, let car) = $0 { car } else { nil } }
            let metered = zoo.machine.sample.charge.basisPoints
            return (cars, metered)
        }
        let (cars, metered) = told([.noSoC])
        let last = try #require(cars.last)
        #expect(cars.count >= 2 && last.capacity == Energy(wattHours: 60_000))
        #expect(abs((last.stateOfCharge?.basisPoints ?? 0) - metered) <= 200, "\(cars) \(metered)")
        #expect(told([]).cars.isEmpty)
    }

    @Test(arguments: StationVersion.allCases)
    func aClockThatIsADayBehindDelaysNoProfile(_ version: StationVersion) {
        let zoo = self.station(version, [.clockDayOff])
        #expect(zoo.watts == 8_280 && zoo.samples.allSatisfy { zoo.now - $0.at > .hours(20) })
    }

    @Test(arguments: [StationQuirk.meterBackwards, .meterJumps])
    func aMeterThatLiesStopsNothing(_ quirk: StationQuirk) {
        for version in StationVersion.allCases {
            let zoo = self.station(version, [quirk])
            #expect(zoo.watts == 8_280 && zoo.complaints.isEmpty)
            #expect(zoo.samples.last?.power == Power(watts: zoo.watts) || zoo.samples.last?.power != nil)
        }
    }

    @Test func aStopThatIsSaidTwiceEndsOneTransaction() {
        var zoo = self.station(.v16, [.stopTwice])
        zoo.run(700)
        #expect(zoo.unplugged.count == 1 && zoo.complaints.isEmpty)
    }

    /// −1 is no transaction: the one that runs stays.
    @Test func transactionMinusOneIsNone() {
        let zoo = self.station(.v16, [.transactionMinusOne])
        #expect(Set(zoo.plugged) == ["78"] && zoo.unplugged.isEmpty && zoo.watts == 8_280)
        #expect(zoo.samples.last?.transaction == "78")
    }

    @Test func aLostStartInventsNoTransaction() {
        var zoo = self.station(.v16, [.startLost])
        #expect(zoo.plugged.isEmpty && zoo.answers.last?.outcome == .rejected(reason: "NoTransaction"))
        zoo.run(700)
        #expect(zoo.plugged.isEmpty && zoo.complaints.isEmpty)
    }

    @Test(arguments: [StationVersion.v201, .v21])
    func anOldSequenceNumberRevivesNothing(_ version: StationVersion) {
        var zoo = self.station(version, [.oldSequence])
        zoo.run(700)
        #expect(Set(zoo.plugged).count == 1 && zoo.unplugged.count == 1)
    }

    /// Needs that cannot be read are refused by CALLERROR; the car charges and is curtailed.
    @Test(arguments: [StationVersion.v201, .v21])
    func aDepartureThatIsNoTimeCostsNoSession(_ version: StationVersion) {
        let zoo = self.station(version, [.badDeparture])
        #expect(zoo.watts == 8_280 && zoo.unplugged.isEmpty, "\(zoo.watts) \(zoo.complaints)")
    }

    /// A worker that starts again does not try again; new firmware is tried anew.
    @Test func whatWasFoundOutIsRemembered() throws {
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "capabilities.jsonl").path
        var store = try CapabilityStore(path: path)
        func policy(_ store: CapabilityStore) -> StationPolicy {
            var policy = StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) })
            policy.recalls = { store.recall($0) }
            policy.remembers = { store.remember($0, $1) }
            return policy
        }
        var zoo = QuirkZoo(.v16, [.relativeOnly], policy: policy(store))
        zoo.run(20)
        zoo.follow(8_280, seconds: 10)
        let tries = zoo.counts["probed"] ?? 0
        #expect(tries > 0)
        store.close()
        store = try CapabilityStore(path: path)
        #expect(store.recall("CS1") == zoo.link.record.memory)
        zoo.restartWorker()
        zoo.run(15)
        zoo.follow(11_040, seconds: 5)
        #expect(zoo.counts["probed"] == tries && zoo.watts >= 11_000)
        var other = StationRecord()
        other.boot = StationRecord.Boot(vendor: "Headroom Twin", model: "CHARGE-DC22", firmware: "2.0")
        other.recall(store.recall("CS1"))
        #expect(other.probe.isBlank)
    }

    /// The list of quirks names each switch, a source and a test that exists.
    @Test func theListHoldsEveryQuirk() throws {
        let list = try String(
            contentsOf: Workspace.root.appending(path: "Protocols/ocpp/QUIRKS.md"), encoding: .utf8)
        var sources = ""
        for name in ["QuirkProfileTests", "QuirkMessageTests", "BottomLinkTests", "QuirkCommissioningTests"] {
            sources += try String(
                contentsOf: Workspace.root.appending(path: "Tests/WorkerTests/\(name).swift"), encoding: .utf8)
        }
        let rows = list.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
            row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let names = rows.map { $0[0].replacing("`", with: "") }
        #expect(names.sorted() == StationQuirk.allCases.map(\.rawValue).sorted())
        for row in rows {
            #expect(row.count == 5 && (row[3].contains("https://") || row[3].contains("sheet")), "\(row)")
            #expect(sources.contains("func \(row[4].replacing("`", with: ""))("), "\(row)")
        }
    }
}
