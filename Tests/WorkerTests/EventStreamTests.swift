import Domain
import OCPP
import Testing

@testable import Worker

/// Monitored variables that come as streams (2.1 N11 to N15), and as events.
@Suite struct EventStreamTests {
    private let now = Instant(seconds: 1_795_464_000)

    private func link() -> StationLink {
        var link = StationLink(
            station: "CP1", version: .v21, configuration: LinkConfiguration(), record: StationRecord(), salt: 1,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }))
        _ = link.began(1, "T1", token: "CAR")
        return link
    }

    private func say(_ link: inout StationLink, _ text: String) -> [LinkOutput] {
        link.receive(Array(text.utf8), at: self.now)
    }

    private func call(_ action: String, _ payload: String) -> String {
        #"[2,"\#(UInt32.random(in: 0 ... .max))","\#(action)",\#(payload)]"#
    }

    private func values(_ stream: Int, _ values: [(t: Int, v: String)]) -> String {
        let data = values.map { #"{"t":\#($0.t),"v":"\#($0.v)"}"# }.joined(separator: ",")
        return #"[6,"s","NotifyPeriodicEventStream",{"id":\#(stream),"pending":0,"basetime":"2026-11-23T20:00:00Z","#
            + #""data":[\#(data)]}]"#
    }

    private func charge(_ outputs: [LinkOutput]) -> Int? {
        for case .facts(let facts, _) in outputs {
            for case .car(1, let car) in facts { return car.stateOfCharge?.basisPoints }
        }
        return nil
    }

    private static let open =
        #"{"constantStreamData":{"id":7,"params":{"interval":1},"variableMonitoringId":42}}"#
    private static let watched =
        #""component":{"name":"ConnectedEV","evse":{"id":1}},"variable":{"name":"StateOfCharge"}"#

    /// An operator sets the monitor, the station opens the stream: its newest value counts until it is closed.
    @Test func valuesOfAStreamMoveWhatIsKnown() throws {
        var link = self.link()
        let monitor = V2.SetVariableMonitoringRequest { request in
            request.setMonitoringData = [
                V2.SetVariableMonitoringRequest.MonitoringData {
                    $0.type = "Periodic"
                    $0.value = Milli(1)
                    $0.component = V2.Component("ConnectedEV", evse: 1)
                    $0.variable = V2.Variable("StateOfCharge")
                }
            ]
        }
        var id = ""
        var outputs = try link.ask(monitor, at: self.now, done: { _ in })
        // What dispatch has to say comes first.
        while id.isEmpty, case .send(let bytes)? = outputs.first(where: { if case .send = $0 { true } else { false } })
        {
            guard case .call(let sent, let action, _) = Frame.read(bytes, version: .v21) else { break }
            if action == "SetVariableMonitoring" {
                id = sent
            } else {
                outputs = self.say(&link, #"[3,"\#(sent)",{"status":"Accepted"}]"#)
            }
        }
        _ = self.say(&link, self.call("OpenPeriodicEventStream", Self.open))
        #expect(self.charge(self.say(&link, self.values(7, [(0, "50")]))) == nil, "nobody knows what it watches")
        let result = #"{"id":42,"status":"Accepted","type":"Periodic","severity":5,\#(Self.watched)}"#
        _ = self.say(&link, #"[3,"\#(id)",{"setMonitoringResult":[\#(result)]}]"#)
        #expect(self.charge(self.say(&link, self.values(7, [(2, "64.5"), (1, "63")]))) == 6_450, "the newest")
        #expect(self.charge(self.say(&link, self.values(8, [(0, "50")]))) == nil)
        #expect(self.charge(self.say(&link, self.values(7, [(3, "nonsense")]))) == nil)
        _ = self.say(&link, self.call("ClosePeriodicEventStream", #"{"id":7}"#))
        #expect(self.charge(self.say(&link, self.values(7, [(4, "66")]))) == nil)
    }

    /// What the station reports of its monitors counts, too, and outlives the connection.
    @Test func reportedMonitorsAreKnown() {
        var link = self.link()
        let monitor =
            #"{"id":42,"transaction":false,"value":1,"type":"Periodic","severity":5,"#
            + #""eventNotificationType":"CustomMonitor"}"#
        _ = self.say(
            &link,
            self.call(
                "NotifyMonitoringReport",
                #"{"requestId":1,"seqNo":0,"generatedAt":"2026-11-23T20:00:00Z","monitor":[{\#(Self.watched),"#
                    + #""variableMonitoring":[\#(monitor)]}]}"#))
        _ = self.say(&link, self.call("OpenPeriodicEventStream", Self.open))
        #expect(self.charge(self.say(&link, self.values(7, [(0, "71")]))) == 7_100)
        var next = self.link()
        next.record.streams = link.record.streams
        #expect(self.charge(self.say(&next, self.values(7, [(0, "72")]))) == 7_200)
    }

    @Test func whatIsRememberedIsBounded() {
        var streams = EventStreams()
        for id in 0..<500 {
            streams.learn(monitor: id, V2.Component("C"), V2.Variable("V"))
            streams.open(id, monitor: id)
        }
        #expect((0..<500).count { streams.watched(by: $0) != nil } == EventStreams.most)
    }

    /// The power that flows at an EVSE, told by an event, is not what it is built for.
    @Test func anEventOfPowerIsNoNameplate() {
        var link = self.link()
        link.record.model.take(
            component: "EVSE", evse: 1, variable: "Power", instance: nil, value: "0", maxLimit: Milli(22_000))
        let event =
            #"{"eventId":1,"timestamp":"2026-11-23T20:00:00Z","trigger":"Periodic","actualValue":"500","#
            + #""eventNotificationType":"CustomMonitor","component":{"name":"EVSE","evse":{"id":1}},"#
            + #""variable":{"name":"Power"}}"#
        _ = self.say(
            &link,
            self.call("NotifyEvent", #"{"generatedAt":"2026-11-23T20:00:00Z","seqNo":0,"eventData":[\#(event)]}"#))
        #expect(link.record.model.evses[1]?.maxPower == 22_000)
    }

    /// A transaction that another station runs is none of this one's: no car is bound by it, and its end ends nothing.
    @Test(arguments: OCPPVersion.allCases) func anotherStationsTransaction(_ version: OCPPVersion) {
        let policy = StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(77) })
        func link(_ station: StationID) -> StationLink {
            StationLink(
                station: station, version: version, configuration: LinkConfiguration(), record: StationRecord(),
                salt: 1,
                policy: policy)
        }
        var (mine, other) = (link("CP1"), link("CP2"))
        _ = mine.began(1, "77", token: "CAR")
        let sample = #""timestamp":"2026-11-23T20:00:00Z","sampledValue":[{"value":VALUE}]"#
        let texts =
            version == .v16
            ? [
                ("MeterValues", #"{"connectorId":1,"transactionId":77,"meterValue":[{\#(sample)}]}"#),
                ("StopTransaction", #"{"transactionId":77,"meterStop":5,"timestamp":"2026-11-23T20:00:00Z"}"#),
            ]
            : ["Updated", "Ended"].map { type in
                (
                    "TransactionEvent",
                    #"{"eventType":"\#(type)","timestamp":"2026-11-23T20:00:00Z","triggerReason":"MeterValuePeriodic","#
                        + #""seqNo":3,"transactionInfo":{"transactionId":"77"},"evse":{"id":1},"meterValue":[{\#(sample)}]}"#
                )
            }
        for (action, payload) in texts {
            let value = version == .v16 ? #""5""# : "5"
            let outputs = self.say(&other, self.call(action, payload.replacing("VALUE", with: value)))
            for case .facts(let facts, _) in outputs {
                for case .plugged(_, let token, _) in facts { #expect(token == nil) }
            }
        }
        #expect(other.record.transactions.isEmpty && mine.record.transactions[1]?.token == "CAR")
    }
}
