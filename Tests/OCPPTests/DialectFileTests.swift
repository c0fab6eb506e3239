import Foundation
import Testing

@testable import OCPP

/// What a file of `Config/dialects` may say, and what follows from the rarer keys.
@Suite struct DialectFileTests {
    private let start = DateTime(microseconds: 1_795_464_000_000_000)

    private func read(_ keys: String) throws -> Dialect {
        let head = #""name":"d","vendor":"V","model":"*","source":"here""#
        return try JSONDecoder().decode(Dialect.self, from: Data("{\(head),\(keys)}".utf8))
    }

    @Test(arguments: [
        (#""versions":["1.6"],"capability":"ocpp21""#, "needs versions"),
        (#""versions":["2.1"],"capability":"draft-on-2.0.1""#, "needs versions"),
        (#""versions":["1.6"],"capability":"curtail-only","discharge":"none""#, "either capability or discharge"),
        (#""versions":["1.6"]"#, "either capability or discharge"),
        (#""versions":["1.6"],"capability":"curtail-only","kind":"Dynamic""#, "Dynamic needs capability"),
        (#""versions":["1.6"],"capability":"curtail-only","kind":"Recurring""#, "give one of"),
        (#""versions":["1.6"],"capability":"curtail-only","minimumIntervalSeconds":20"#, "at least 3 times"),
        (#""versions":["1.6"],"capability":"curtail-only","minimumIntervalSeconds":-1"#, "give a number from 0"),
        (#""versions":["1.6"],"capability":"curtail-only","stackLevel":3,"mostStackLevel":2"#, "at least stackLevel"),
        (#""versions":["1.6"],"capability":"curtail-only","periods":0"#, "give a number from 1"),
    ])
    func whatDoesNotFitIsNamed(keys: String, complaint: String) {
        #expect {
            try self.read(keys)
        } throws: { error in
            guard case DecodingError.dataCorrupted(let context) = error else { return false }
            return context.debugDescription.contains(complaint)
        }
    }

    @Test func whatAFileLeavesOutIsOpen() throws {
        let some = try self.read(#""versions":["1.6"],"capability":"curtail-only","unit":"A","stackLevel":0"#)
        #expect(some.open == [.purpose, .kind, .pause] && !some.strict)
        let old = try self.read(#""versions":["1.6"],"discharge":"negative-limit","strict":true"#)
        #expect(old.capability == .negativeLimit && old.strict)
    }

    @Test func twoProfilesKeepTheirDistance() throws {
        let dialect = try self.read(
            #""versions":["1.6"],"capability":"negative-limit","fallback":false,"minimumIntervalSeconds":5"#)
        var dispatcher = DispatcherTests.dispatcher(.v16, dialect)
        var reports: [DispatchReport] = []
        func say(_ watts: Int, _ order: UInt64, _ second: Int) -> Bool {
            let now = self.start + second
            reports += dispatcher.command(.setpoint(watts: watts), order: order, validForSeconds: 60, at: now)
            guard dispatcher.next(at: now, reports: &reports) != nil else { return false }
            reports += dispatcher.completed(.accepted, at: now)
            return true
        }
        #expect(say(5_000, 1, 0))
        #expect(!say(6_000, 2, 2), "too soon after the first")
        #expect(!say(-4_000, 3, 4), "and so is what overtakes it")
        #expect(dispatcher.next(at: self.start + 5, reports: &reports) != nil)
        reports += dispatcher.completed(.accepted, at: self.start + 5)
        #expect(reports.map(\.order) == [1, 2, 3] && reports.map(\.outcome) == [.accepted, .superseded, .accepted])
    }

    @Test func aDraftOf21IsSaidWholeEachTime() throws {
        let dialect = try self.read(#""versions":["2.0.1"],"capability":"draft-on-2.0.1","fallback":false"#)
        var dispatcher = DispatcherTests.dispatcher(.v201, dialect)
        dispatcher.learn(DispatcherTests.v2xModel(), maxCharge: 22_000, maxDischarge: 20_000)
        var reports: [DispatchReport] = []
        for (order, watts) in [(UInt64(1), 5_000), (2, -7_000)] {
            reports += dispatcher.command(.setpoint(watts: watts), order: order, validForSeconds: 60, at: self.start)
            guard case .draft(let set) = dispatcher.next(at: self.start, reports: &reports) else {
                Issue.record("no draft for \(watts) W")
                return
            }
            let period = set.chargingProfile.chargingSchedule[0].chargingSchedulePeriod[0]
            #expect(period.setpoint == Milli(watts) && period.operationMode == .centralSetpoint)
            reports += dispatcher.completed(.accepted, at: self.start)
        }
        #expect(reports.map(\.asked) == [5_000, -7_000])
    }
}
