import Domain
import OCPP
import Testing

@testable import Worker

/// The link without a socket: bytes in, outputs out.
@Suite struct ServerLinkTests {
    private let start = Instant(seconds: 1_795_464_000)

    private func link(_ version: OCPPVersion) -> StationLink {
        StationLink(
            station: "CP1", version: version, configuration: LinkConfiguration(),
            record: StationRecord(), salt: 1,
            policy: StationPolicy(
                accepts: { token, _ in token != "BAD" }, transactionID: { _, done in done(1) },
                fallbackLimit: { _, _ in Power(watts: 4_000) }))
    }

    private func facts(_ outputs: [LinkOutput]) -> [StationFact] {
        outputs.flatMap { output -> [StationFact] in
            if case .facts(let facts, _) = output { facts } else { [] }
        }
    }

    private func sent(_ outputs: [LinkOutput]) -> [String] {
        outputs.compactMap { output -> String? in
            if case .send(let bytes) = output {
                String(decoding: bytes, as: UTF8.self)
            } else {
                nil
            }
        }
    }

    private func ticket(_ outputs: [LinkOutput]) -> Int? {
        outputs.lazy.compactMap { output -> Int? in
            switch output {
            case .facts(_, let ticket): ticket
            case .wantsTransactionID(_, let ticket): ticket
            default: nil
            }
        }.first
    }

    private func say(_ link: inout StationLink, _ text: String, after seconds: Int = 0)
        -> [LinkOutput]
    {
        link.receive(Array(text.utf8), at: self.start + .seconds(seconds))
    }

    private let start16 =
        #"[2,"s","StartTransaction",{"connectorId":1,"idTag":"CAR","meterStart":1000,"timestamp":"2026-11-23T20:00:00Z"}]"#

    @Test func aTransactionOn16IsAnsweredOnceItsIdAndItsStartAreKept() {
        var link = self.link(.v16)
        let asked = self.say(&link, self.start16)
        #expect(self.sent(asked).isEmpty)
        guard let ticket = self.ticket(asked) else {
            Issue.record("an id is asked for")
            return
        }
        let issued = link.issued(77, for: ticket, at: self.start)
        #expect(self.facts(issued).contains(.plugged(evse: 1, token: "CAR", transaction: "77")))
        #expect(!self.sent(issued).contains { $0.hasPrefix("[3,\"s\"") })
        let done = link.acknowledged(self.ticket(issued) ?? 0, at: self.start)
        #expect(self.sent(done).first?.contains("\"transactionId\":77") == true)
        let again = link.acknowledged(self.ticket(issued) ?? 0, at: self.start)
        #expect(!self.sent(again).contains { $0.hasPrefix("[3,\"s\"") }, "answered once")
    }

    @Test func aRefusedTokenGetsNoTransaction() {
        var link = self.link(.v16)
        let asked = self.say(&link, self.start16.replacing("CAR", with: "BAD"))
        let issued = link.issued(78, for: self.ticket(asked) ?? 0, at: self.start)
        #expect(self.facts(issued).isEmpty)
        #expect(self.sent(issued).first?.contains("\"Invalid\"") == true)
    }

    @Test func aRunningTransactionIsMetHalfWay() {
        var link = self.link(.v16)
        let outputs = self.say(
            &link,
            #"[2,"m","MeterValues",{"connectorId":1,"transactionId":77,"meterValue":[{"timestamp":"2026-11-23T20:00:05Z","sampledValue":[{"value":"7400","measurand":"Power.Active.Export","unit":"W"}]}]}]"#
        )
        #expect(self.facts(outputs).first == .plugged(evse: 1, token: nil, transaction: "77"))
    }

    private func event(_ kind: String, _ id: String, _ transaction: String) -> String {
        "[2,\"\(id)\",\"TransactionEvent\",{\"eventType\":\"\(kind)\",\"timestamp\":\"2026-11-23T20:00:00Z\",\"triggerReason\":\"Trigger\",\"seqNo\":1,\"transactionInfo\":{\"transactionId\":\"\(transaction)\"},\"evse\":{\"id\":1}}]"
    }

    /// A replay after an outage revives no transaction that has ended.
    @Test func anEndedTransactionStaysEnded() {
        var link = self.link(.v21)
        let started = self.facts(self.say(&link, self.event("Started", "1", "T")))
        #expect(started.first == .plugged(evse: 1, token: nil, transaction: "T"))
        let ended = self.facts(self.say(&link, self.event("Ended", "2", "T")))
        #expect(ended == [.unplugged(evse: 1, transaction: "T")])
        let replayed = self.facts(self.say(&link, self.event("Updated", "3", "T")))
        #expect(replayed.isEmpty)
    }

    @Test func anAvailableConnectorEndsATransactionWhoseEndWasLost() {
        var link = self.link(.v201)
        _ = self.say(&link, self.event("Started", "1", "T"))
        let facts = self.facts(
            self.say(
                &link,
                #"[2,"2","StatusNotification",{"timestamp":"2026-11-23T20:00:00Z","connectorStatus":"Available","evseId":1,"connectorId":1}]"#
            ))
        #expect(facts == [.unplugged(evse: 1, transaction: "T"), .status(evse: 1, .available)])
    }

    /// When all stations of a site fall back together, each keeps to its share.
    @Test func theFallbackKeepsToTheSharesOfTheSite() {
        var link = self.link(.v201)
        let sent = self.sent(self.say(&link, self.event("Started", "1", "T")))
        let beneath = sent.first { $0.contains("SetChargingProfile") }
        #expect(beneath?.contains("\"limit\":4000") == true)
    }

    /// A station that is not known and does not boot is asked to; one that does not answer is asked thrice.
    @Test func aStationThatDoesNotBootIsAsked() {
        var link = self.link(.v21)
        _ = link.opened(at: self.start)
        #expect(self.sent(link.tick(at: self.start + .seconds(2))).isEmpty)
        var asks = 0
        for second in 3...300 {
            let sent = self.sent(link.tick(at: self.start + .seconds(second)))
            asks += sent.count { $0.contains("BootNotification") }
        }
        #expect(asks == 3)
    }

    @Test func anOrderThatStaysUnansweredTimesOutOnce() {
        var link = self.link(.v201)
        _ = self.say(&link, self.event("Started", "1", "T"))
        let order = StationOrder(
            station: "CP1", evse: 1,
            command: .setpoint(Power(watts: 4_000), validFor: .seconds(300)),
            trace: .none)
        var answers: [OrderAnswer] = []
        func keep(_ outputs: [LinkOutput]) {
            for case .answered(let answer) in outputs { answers.append(answer) }
        }
        keep(link.order(order, at: self.start))
        for second in 1...120 { keep(link.tick(at: self.start + .seconds(second))) }
        #expect(answers.map(\.outcome) == [.timedOut])
    }

    /// Q02.FR.01: no discharge is asked of a car that asked for charging only.
    @Test func carsWithoutBidirectionalServiceAreNotDischarged() {
        var link = self.link(.v21)
        for (variable, value) in [("SupportedOperationModes", "ChargingOnly,CentralSetpoint")] {
            link.record.model.take(
                component: "V2XChargingCtrlr", evse: 1, variable: variable, instance: nil,
                value: value)
        }
        let before = self.facts(link.learned())
        guard case .capability(1, let able) = before.first else {
            Issue.record("a capability is told")
            return
        }
        #expect(able.capability == .setpoint)
        let told = self.facts(
            self.say(
                &link,
                #"[2,"n","NotifyEVChargingNeeds",{"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"DC","departureTime":"2026-11-24T06:30:00Z","dcChargingParameters":{"evMaxCurrent":30,"evMaxVoltage":450,"stateOfCharge":40,"evEnergyCapacity":60000}}}]"#
            ))
        let needs = told.compactMap { fact -> ChargingNeeds? in
            if case .needs(1, let needs) = fact { needs } else { nil }
        }
        #expect(needs.first?.stateOfCharge == StateOfCharge(basisPoints: 4_000))
        #expect(needs.first?.capacity == Energy(wattHours: 60_000))
        guard case .capability(1, let unable) = told.last else {
            Issue.record("the capability is told anew")
            return
        }
        #expect(unable.capability == .curtail)
    }
}
