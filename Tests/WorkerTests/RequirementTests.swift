import Domain
import Foundation
import OCPP
import TestSupport
import Testing

@testable import Worker

/// Requirements of OCPP 2.1 on what a central system sends, held against everything that the link says.
@Suite struct RequirementTests {
    private static let now = Instant(seconds: 1_795_464_000)

    private func link(_ version: OCPPVersion, _ capability: Dialect.Capability? = nil) -> StationLink {
        var configuration = LinkConfiguration()
        if let capability {
            let versions = [version.number]
            configuration.dialects = DialectBook([Dialect(name: "n", versions: versions, capability: capability)])
        }
        var link = StationLink(
            station: "CP1", version: version, configuration: configuration, record: StationRecord(), salt: 1,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(77) }))
        let modes = "ChargingOnly,CentralSetpoint,CentralFrequency,LocalFrequency"
        for (component, variable, value) in [
            ("V2XChargingCtrlr", "SupportedOperationModes", modes),
            ("SmartChargingCtrlr", "MaxExternalConstraintsId", "2500"),
        ] {
            link.record.model.take(component: component, evse: 1, variable: variable, instance: nil, value: value)
        }
        _ = link.learned()
        return link
    }

    /// What was said so far, each call accepted, in its order.
    private func talk(_ link: inout StationLink, _ outputs: [LinkOutput], at now: Instant) -> [(String, JSONValue)] {
        var said: [(String, JSONValue)] = []
        var open = outputs
        while !open.isEmpty {
            var next: [LinkOutput] = []
            for output in open {
                switch output {
                case .facts(_, let ticket?): next += link.acknowledged(ticket, at: now)
                case .send(let bytes):
                    guard case .call(let id, let action, let payload) = Frame.read(bytes, version: link.version) else {
                        continue
                    }
                    said.append((action, payload))
                    next += link.receive(Array(#"[3,"\#(id)",{"status":"Accepted"}]"#.utf8), at: now)
                default: break
                }
            }
            open = next
        }
        return said
    }

    private func needs(_ transfer: String, more: String = "") -> [UInt8] {
        Array(
            (#"[2,"\#(UInt32.random(in: 0 ... .max))","NotifyEVChargingNeeds",{"evseId":1,"chargingNeeds":"#
                + #"{"requestedEnergyTransfer":"\#(transfer)"\#(more)}}]"#).utf8)
    }

    private static let bidirectional =
        #","controlMode":"DynamicControl","v2xChargingParameters":{"maxChargePower":11000,"maxDischargePower":10000}"#

    private func order(_ command: StationCommand) -> StationOrder {
        StationOrder(station: "CP1", evse: 1, command: command, trace: .none)
    }

    private func command(_ random: inout SeededGenerator) -> StationCommand {
        let valid = TimeSpan.seconds(Int.random(in: 5...300, using: &random))
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return .clear
        case 1, 2:
            let points = [(49_800, -9_000), (50_200, 9_000)].map {
                FrequencyWatts(milliHertz: $0.0, power: Power(watts: $0.1))
            }
            return .armCurve(points, baseline: Power(watts: 1_000), validFor: valid)
        default: return .setpoint(Power(watts: Int.random(in: -15_000...15_000, using: &random)), validFor: valid)
        }
    }

    /// Whatever is ordered: no profile is said that the specification forbids us to say: K01.FR.03, K01.FR.16,
    /// K01.FR.22, K01.FR.31, K01.FR.35, K01.FR.40, K01.FR.41, K01.FR.80, K01.FR.95, K01.FR.111, K01.FR.142,
    /// K01.FR.143, K01.FR.145, V2X.05, V2X.07, V2X.08, V2X.09, K28.FR.01, Q03.FR.01, Q03.FR.02, Q07.FR.02, Q07.FR.03
    /// and Q08.FR.02 are rules of `ProfileRules`; and no two TxProfiles of one level stand in one transaction
    /// (K01.FR.39), all with the transaction that runs (K01.FR.03).
    @Test(arguments: 0..<60) func everyProfileKeepsTheRules(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let kinds: [(OCPPVersion, Dialect.Capability?)] = [
            (.v21, nil), (.v21, .curtailOnly), (.v201, .negativeLimit), (.v201, .curtailOnly),
        ]
        let (version, capability) = kinds[Int(seed) % kinds.count]
        var link = self.link(version, capability)
        var now = Self.now
        var standing: [Int: V2.ChargingProfile] = [:]
        var profiles = 0
        _ = link.began(1, "T1", token: "CAR")
        for _ in 0..<60 {
            now = now + .seconds(Int.random(in: 1...40, using: &random))
            var outputs = link.tick(at: now)
            switch Int.random(in: 0..<12, using: &random) {
            case 0: outputs += link.receive(self.needs("DC_BPT", more: Self.bidirectional), at: now)
            case 1: outputs += link.receive(self.needs("DC"), at: now)
            default: outputs += link.order(self.order(self.command(&random)), at: now)
            }
            for (action, payload) in self.talk(&link, outputs, at: now) {
                if action == "ClearChargingProfile", let id = payload["chargingProfileId"]?.int { standing[id] = nil }
                guard action == "SetChargingProfile" else { continue }
                let request = try V2.SetChargingProfileRequest(payload)
                let fault = request.fault(
                    version: version, allowsNegativeLimit: capability == .negativeLimit,
                    phases: ReportedPhases(charge: false, discharge: false), maxExternalConstraintsId: 2_500)
                #expect(fault == nil, "\(String(decoding: payload.text, as: UTF8.self))")
                let profile = request.chargingProfile
                profiles += 1
                guard profile.chargingProfilePurpose == .txProfile else { continue }
                #expect(profile.transactionId == "T1")
                let twins = standing.values.filter { $0.id != profile.id && $0.stackLevel == profile.stackLevel }
                #expect(twins.isEmpty, "\(profile.id) beside \(twins.map(\.id)) on level \(profile.stackLevel)")
                standing[profile.id] = profile
            }
        }
        #expect(profiles > 5)
    }

    private typealias Change = (inout V2.SetChargingProfileRequest) -> Void

    private func period(_ change: @escaping (inout V2.ChargingSchedulePeriod) -> Void) -> Change {
        { change(&$0.chargingProfile.chargingSchedule[0].chargingSchedulePeriod[0]) }
    }

    private func purpose(_ purpose: V2.ChargingProfilePurpose, _ then: @escaping Change) -> Change {
        {
            $0.chargingProfile.chargingProfilePurpose = purpose
            then(&$0)
        }
    }

    private func fault(_ phases: ReportedPhases, _ change: Change) -> String? {
        var period = V2.ChargingSchedulePeriod()
        period.limit = Milli(1_000)
        var schedule = V2.ChargingSchedule()
        schedule.chargingSchedulePeriod = [period]
        schedule.startSchedule = Self.now.wire
        var request = V2.SetChargingProfileRequest()
        request.evseId = 1
        request.chargingProfile = V2.ChargingProfile(
            id: 3_000, stackLevel: 0, purpose: .txProfile, kind: .absolute, transactionId: "T", schedule: schedule)
        change(&request)
        return request.fault(version: .v21, phases: phases, maxExternalConstraintsId: 2_500)
    }

    private var profileRules: [(String, Change)] {
        [
            ("K01.FR.03", { $0.chargingProfile.transactionId = nil }), ("K01.FR.16", { $0.evseId = 0 }),
            ("K01.FR.22", self.purpose(.chargingStationExternalConstraints) { _ in }),
            (
                "K01.FR.35",
                {
                    let one = $0.chargingProfile.chargingSchedule[0].chargingSchedulePeriod[0]
                    $0.chargingProfile.chargingSchedule[0].chargingSchedulePeriod.append(one)
                }
            ),
            ("K01.FR.40", { $0.chargingProfile.chargingSchedule[0].startSchedule = nil }),
            ("K01.FR.41", { $0.chargingProfile.chargingProfileKind = .relative }),
            ("K01.FR.80", { $0.chargingProfile.id = 2_500 }),
            (
                "K01.FR.95",
                self.purpose(.chargingStationMaxProfile) { $0.chargingProfile.chargingSchedule[0].randomizedDelay = 60 }
            ),
            (
                "V2X.05",
                self.period {
                    $0.operationMode = .externalSetpoint
                    $0.setpoint = Milli(2_000)
                }
            ),
        ]
    }

    private var phaseRules: [(String, ReportedPhases, Change)] {
        func central(_ change: @escaping (inout V2.ChargingSchedulePeriod) -> Void) -> Change {
            self.period {
                $0.operationMode = .centralSetpoint
                $0.limit = nil
                $0.setpointL2 = Milli(1)
                change(&$0)
            }
        }
        return [
            ("K01.FR.142", ReportedPhases(charge: false, discharge: true), self.period { $0.limitL2 = Milli(1) }),
            ("K01.FR.143", .all, self.purpose(.txDefaultProfile, self.period { $0.limitL3 = Milli(1) })),
            ("K01.FR.144", .all, self.purpose(.chargingStationMaxProfile, self.period { $0.limitL2 = Milli(1) })),
            (
                "K01.FR.145", .all,
                self.period {
                    $0.limit = nil
                    $0.limitL2 = Milli(1)
                }
            ),
            ("V2X.07", .all, central { _ in }),
            ("V2X.08", ReportedPhases(charge: true, discharge: false), central { $0.setpoint = Milli(1) }),
            ("V2X.09", .all, self.purpose(.txDefaultProfile, self.period { $0.dischargeLimitL2 = Milli(-1) })),
        ]
    }

    /// Each rule refuses what it is there for (a rule that refuses nothing would hold everything).
    @Test func theRulesRefuse() {
        #expect(self.fault(.all) { _ in } == nil)
        for (name, change) in self.profileRules { #expect(self.fault(.all, change) != nil, "\(name)") }
        for (name, phases, change) in self.phaseRules {
            #expect(self.fault(phases, change) == "PhaseConflict", "\(name)")
        }
    }

    /// K18.FR.02, K19.FR.02: needs are answered. K18.FR.03, K19.FR.03, K18.FR.08, K19.FR.08, Q01.FR.07: Accepted where
    /// a profile is ready, which follows in the same breath; K18.FR.05, K19.FR.05: else Processing, and the next
    /// order's profile follows it; NoChargingProfile (K18.FR.04, K19.FR.04) is never said. K20.FR.03: changed
    /// needs, a new profile.
    @Test(arguments: ["ScheduledControl", "DynamicControl"]) func needsAreAnsweredAndFollowed(_ mode: String) throws {
        var link = self.link(.v21)
        let needs = Self.bidirectional.replacingOccurrences(of: "DynamicControl", with: mode)
        func status(_ outputs: [LinkOutput]) -> String? {
            for case .send(let bytes) in outputs {
                guard case .result(_, let payload) = Frame.read(bytes, version: .v21) else { continue }
                return payload["status"]?.string
            }
            return nil
        }
        _ = link.began(1, "T1", token: "CAR")
        _ = self.talk(&link, link.tick(at: Self.now), at: Self.now)
        #expect(status(link.receive(self.needs("DC_BPT", more: needs), at: Self.now)) == "Processing")
        let order = self.order(.setpoint(Power(watts: -5_000), validFor: .seconds(60)))
        let first = self.talk(&link, link.order(order, at: Self.now), at: Self.now)
        #expect(first.contains { $0.0 == "SetChargingProfile" })
        for round in 1...2 {
            let now = Self.now + .seconds(round)
            let outputs = link.receive(self.needs("DC_BPT", more: needs), at: now)
            #expect(status(outputs) == "Accepted")
            let said = self.talk(&link, outputs, at: now)
            let profile = try #require(said.first { $0.0 == "SetChargingProfile" }, "round \(round)")
            let request = try V2.SetChargingProfileRequest(profile.1)
            #expect(request.chargingProfile.chargingSchedule[0].chargingSchedulePeriod[0].setpoint == Milli(-5_000))
        }
        // A later order is an update again.
        let later = self.order(.setpoint(Power(watts: -4_000), validFor: .seconds(60)))
        let said = self.talk(&link, link.order(later, at: Self.now + .seconds(3)), at: Self.now + .seconds(3))
        #expect(said.map(\.0) == ["UpdateDynamicSchedule"])
    }

    /// Q02.FR.01, Q02.FR.02: a car that asked for charging only gets ChargingOnly, without setpoint or dischargeLimit.
    @Test func chargingOnlyIsChargingOnly() throws {
        var link = self.link(.v21)
        _ = link.began(1, "T1", token: "CAR")
        _ = self.talk(&link, link.receive(self.needs("DC"), at: Self.now), at: Self.now)
        for watts in [-5_000, 0, 5_000] {
            let order = self.order(.setpoint(Power(watts: watts), validFor: .seconds(60)))
            for (action, payload) in self.talk(&link, link.order(order, at: Self.now), at: Self.now) {
                #expect(action != "UpdateDynamicSchedule")
                guard action == "SetChargingProfile" else { continue }
                for schedule in try V2.SetChargingProfileRequest(payload).chargingProfile.chargingSchedule {
                    for period in schedule.chargingSchedulePeriod {
                        #expect(period.operationMode ?? .chargingOnly == .chargingOnly)
                        #expect(
                            period.setpoint == nil && period.dischargeLimit == nil && period.limit ?? .zero >= .zero)
                    }
                }
            }
        }
    }

    /// K28.FR.13, K28.FR.14: a dynamic profile always has its watchdog, and one that lapsed is woken by an update.
    @Test func theWatchdogIsAlwaysSetAndAnUpdateWakesTheProfile() throws {
        var link = self.link(.v21)
        _ = link.began(1, "T1", token: "CAR")
        let first = self.talk(
            &link, link.order(self.order(.setpoint(Power(watts: -5_000), validFor: .seconds(20))), at: Self.now),
            at: Self.now)
        let dynamic = try first.compactMap { action, payload in
            try action == "SetChargingProfile" ? V2.SetChargingProfileRequest(payload).chargingProfile : nil
        }.first { $0.chargingProfileKind == .dynamic }
        let duration = try #require(dynamic?.chargingSchedule[0].duration)
        #expect((1...30).contains(duration))
        let later = Self.now + .seconds(duration + 5)
        let said = self.talk(
            &link, link.order(self.order(.setpoint(Power(watts: -5_000), validFor: .seconds(60))), at: later),
            at: later)
        #expect(said.first?.0 == "UpdateDynamicSchedule")
    }
}
