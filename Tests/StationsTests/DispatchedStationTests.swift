import Domain
import OCPP
import TestSupport
import Testing
import Twin

@testable import Stations

/// The server's session and dispatcher on one side, a station's machine on the other, bytes between them, time by hand.
struct DispatchedStation {
    var desk: ScriptedOperator
    var session: OCPP.Session
    var dispatcher: Dispatcher
    var reports: [DispatchReport] = []
    /// While true nothing reaches the station and nothing comes back.
    var isCut = false
    private var order: UInt64 = 0

    init(_ spec: StationSpec, dialect: Dialect, version: OCPPVersion) {
        self.desk = MachineTests.charging(spec)
        self.session = OCPP.Session(version: version, salt: 7)
        self.dispatcher = Dispatcher(version: version, evse: 1, dialect: dialect)
        var model = DeviceModel()
        for variable in self.desk.machine.settings.variables {
            if version == .v16 {
                model.take(
                    V16.ConfigurationKey(
                        key: variable.name, readonly: true, value: variable.value))
            } else {
                model.take(
                    component: variable.component, evse: variable.isPerEVSE ? 1 : nil,
                    variable: variable.name, instance: variable.instance, value: variable.value,
                    maxLimit: variable.range.map { Milli($0.upperBound) })
            }
        }
        self.dispatcher.learn(
            model, maxCharge: spec.maxCharge.watts, maxDischarge: spec.maxDischarge.watts)
        self.dispatcher.began(transaction: self.desk.machine.transactionId ?? "")
    }

    private var now: DateTime { DateTime(microseconds: self.desk.now.microseconds) }

    mutating func command(_ target: DispatchTarget, validForSeconds: Int = 20) {
        self.order += 1
        self.reports += self.dispatcher.command(
            target, order: self.order, validForSeconds: validForSeconds, at: self.now)
    }

    mutating func run(for span: TimeSpan, milliHertz: Int = 50_000) {
        let end = self.desk.now + span
        while self.desk.now < end {
            self.desk.run(for: .milliseconds(100), milliHertz: milliHertz)
            self.exchange()
        }
    }

    /// Whatever the dispatcher has to say now, with the station's answers.
    private mutating func exchange() {
        guard !self.isCut else { return }
        while self.session.isFree,
            let call = self.dispatcher.next(at: self.now, reports: &self.reports)
        {
            let bytes = call.begin(on: &self.session, tag: 0, at: self.now)
            for case .send(let answer) in self.desk.machine.received(bytes, at: self.desk.now) {
                guard case .completed(_, let outcome) = self.session.receive(answer) else {
                    continue
                }
                self.reports += self.dispatcher.completed(DispatchAnswer(outcome), at: self.now)
            }
            guard self.session.isFree else { break }
        }
        if self.session.expired(at: self.now) != nil {
            self.reports += self.dispatcher.completed(.timedOut, at: self.now)
        }
    }

    var watts: Int { self.desk.machine.plant.power.watts }
}

@Suite(.ownThreads) struct DispatchedStationTests {
    static func dialect(_ version: OCPPVersion) -> Dialect {
        guard version != .v21 else { return DialectBook.standard(.v21) }
        return Dialect(name: "twin", versions: [version.number], discharge: .negativeLimit)
    }

    static func station(
        _ version: StationVersion, v2x: StationV2X = .yes,
        change: (inout StationSpec) -> Void = { _ in }
    ) throws -> DispatchedStation {
        let server = try #require(CrossCodecTests.versions[version])
        return DispatchedStation(
            .sample(version, v2x: v2x) { spec in
                spec.departure = .afterStart(.hours(3))
                change(&spec)
            }, dialect: self.dialect(server), version: server)
    }

    @Test(arguments: StationVersion.allCases)
    func followsOneSetpointAfterTheOther(version: StationVersion) throws {
        var station = try Self.station(version)
        for watts in [-20_000, 5_000, 0, -3_000, 11_000] {
            station.command(.setpoint(watts: watts))
            station.run(for: .seconds(4))
            #expect(station.watts == watts, "\(version)")
        }
        #expect(station.reports.map(\.outcome) == Array(repeating: .accepted, count: 5))
    }

    /// Silence: the discharge ends with the watchdog, at 0 W first, and charging comes back without a command.
    @Test(arguments: StationVersion.allCases)
    func silenceIsSafe(version: StationVersion) throws {
        var station = try Self.station(version)
        station.command(.setpoint(watts: -20_000), validForSeconds: 20)
        station.run(for: .seconds(5))
        #expect(station.watts == -20_000)
        station.isCut = true
        station.run(for: .seconds(60))
        #expect(station.watts == 0, "nobody speaks: neither discharge nor a rush to charge")
        var least = 0
        for _ in 0..<40 {
            station.run(for: .seconds(30))
            least = min(least, station.watts)
        }
        #expect(least == 0)
        #expect(station.watts > 10_000, "and the car is charged for its departure")
    }

    /// What would happen without a bottom: nothing valid is left, and the station charges as it can (2.1 Q11).
    @Test(arguments: StationVersion.allCases)
    func withNothingBeneathItChargesWithoutLimit(version: StationVersion) throws {
        for isLaid in [false, true] {
            var station = try Self.station(version)
            if !isLaid {
                var dialect = station.dispatcher.dialect
                dialect.fallback = false
                station.dispatcher.adopt(dialect)
            }
            station.dispatcher.beneathLimit = 6_000
            station.command(.setpoint(watts: -5_000), validForSeconds: 5)
            station.run(for: .seconds(3))
            #expect(station.watts == -5_000)
            station.isCut = true
            station.run(for: .minutes(15))
            #expect(station.watts == (isLaid ? 6_000 : 22_000), "\(version), laid: \(isLaid)")
        }
    }

    @Test func holdsItsCurveWithTheLinkCut() throws {
        var station = try Self.station(.v21, v2x: .curve)
        let points = [
            CurveWatts(milliHertz: 49_500, watts: -20_000),
            CurveWatts(milliHertz: 49_985, watts: 0),
            CurveWatts(milliHertz: 50_015, watts: 0),
        ]
        station.command(.curve(points: points, baseline: 4_000), validForSeconds: 600)
        station.run(for: .seconds(4))
        #expect(station.watts == 4_000)
        station.isCut = true
        station.run(for: .seconds(4), milliHertz: 49_300)
        #expect(station.watts == -16_000)
        station.run(for: .seconds(4))
        #expect(station.watts == 4_000)
    }

    /// The same as a DER control: it answers with the link cut, and ends by itself.
    @Test func holdsItsControlWithTheLinkCut() throws {
        var station = try Self.station(.v21, v2x: .control)
        let points = [
            CurveWatts(milliHertz: 49_500, watts: -20_000), CurveWatts(milliHertz: 49_985, watts: 0),
            CurveWatts(milliHertz: 50_015, watts: 0),
        ]
        station.command(.curve(points: points, baseline: 4_000), validForSeconds: 60)
        station.run(for: .seconds(4))
        #expect(station.watts == 4_000 && station.reports.last?.outcome == .accepted)
        station.isCut = true
        station.desk.machine.disconnected(at: station.desk.now)
        station.run(for: .seconds(30), milliHertz: 49_300)
        #expect(station.watts == -16_000, "also after the time that set-points live without a link")
        station.run(for: .seconds(4))
        #expect(station.watts == 4_000)
        station.run(for: .seconds(40), milliHertz: 49_300)
        #expect(station.watts == 0, "its minute is over")
    }

    /// Orders as signals: the station's meter moves with each, and silence ends them all the same.
    @Test func followsSignals() throws {
        var dialect = Dialect(name: "s", versions: ["2.1"], capability: .ocpp21, curve: true)
        dialect.signal = true
        var station = DispatchedStation(
            .sample(.v21, v2x: .curve) { $0.departure = .afterStart(.hours(3)) }, dialect: dialect, version: .v21)
        var signals: Set<Int> = []
        for watts in [-20_000, 5_000, 0, -3_000, 11_000] {
            station.command(.setpoint(watts: watts))
            station.run(for: .seconds(4))
            #expect(station.watts == watts)
            signals.insert(station.desk.machine.plant.profiles.signal)
        }
        #expect(station.reports.map(\.outcome) == Array(repeating: .accepted, count: 5))
        #expect(signals.contains(25_000), "from -20,000 W to 5,000 W: \(signals)")
        station.command(.setpoint(watts: -9_000), validForSeconds: 60)
        station.run(for: .seconds(40))
        #expect(station.watts == -9_000, "over its renewals")
        station.isCut = true
        station.run(for: .seconds(31))
        #expect(station.watts == 0, "a signal outlives no profile")
    }

    @Test func whoRefusesOrIsMuteIsReported() throws {
        var rejecting = try Self.station(.v21) { $0.misbehaviour = .rejects }
        rejecting.command(.setpoint(watts: -5_000))
        rejecting.run(for: .seconds(15))
        #expect(
            rejecting.reports.contains { if case .rejected = $0.outcome { true } else { false } })
        var mute = try Self.station(.v21) { $0.misbehaviour = .mute }
        mute.command(.setpoint(watts: -5_000))
        mute.run(for: .seconds(25))
        #expect(mute.reports.contains { $0.outcome == .timedOut })
        #expect(!mute.reports.contains { $0.outcome == .accepted })
    }

    /// A charger that only charges is never asked to discharge: 0 W is the most that curtailing gives.
    @Test func aChargerThatOnlyChargesIsCurtailed() throws {
        let server = OCPPVersion.v16
        var station = DispatchedStation(
            .sample(.v16, v2x: .no) { $0.departure = .afterStart(.hours(1)) },
            dialect: DialectBook.standard(server), version: server)
        station.command(.setpoint(watts: -9_000))
        station.run(for: .seconds(4))
        #expect(station.watts == 0 && station.reports.last?.asked == 0)
        station.command(.setpoint(watts: 7_000))
        station.run(for: .seconds(4))
        #expect(station.watts == 7_000)
    }
}
