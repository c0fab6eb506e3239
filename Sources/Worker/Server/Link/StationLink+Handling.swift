import Domain
import OCPP

/// Calls of the station, and answers to ours.
extension StationLink {
    typealias Call = Session.InboundCall

    mutating func handle(_ call: Call, at now: Instant) -> [LinkOutput] {
        if let refusal = self.refusal(call) { return self.refuse(call, refusal) }
        do throws(OCPPError) {
            if let hot = try self.frequent(call) { return self.handle(call, hot, at: now) }
            return self.version == .v16
                ? try self.handle16(call, at: now) : try self.handle2(call, at: now)
        } catch {
            return self.refuse(call, error)
        }
    }

    /// The frequent messages, whether they were read from bytes or from a tree.
    private func frequent(_ call: Call) throws(OCPPError) -> HotMessage? {
        if let hot = call.hot { return hot }
        return try HotMessage(action: call.action, call.payload, version: self.version)
    }

    private mutating func handle(_ call: Call, _ message: HotMessage, at now: Instant) -> [LinkOutput] {
        switch message {
        case .heartbeat: self.reply(call, V2.HeartbeatResponse(currentTime: now.wire))
        case .meterValues(let report): self.meterValues(call, report)
        case .transactionEvent(let report): self.transactionEvent(call, report, at: now)
        case .statusNotification(let report): self.status(call, report, at: now)
        case .startTransaction(let request): self.start16(call, request)
        case .stopTransaction(let report): self.stop16(call, report, at: now)
        }
    }

    private mutating func meterValues(_ call: Call, _ report: MeterReport) -> [LinkOutput] {
        guard self.meet(report.evse) else { return self.reply(call, EmptyPayload()) }
        var facts: [StationFact] = []
        let id = report.transactionId.flatMap { $0 > 0 ? String($0) : nil }
        // After a restart of ours a running transaction is met half-way.
        if let id { facts += self.began(report.evse, id, token: nil) }
        facts += self.samples(
            report.samples, evse: report.evse, transaction: id ?? self.record.transactions[report.evse]?.id)
        return facts.isEmpty
            ? self.reply(call, EmptyPayload()) : self.hold(call, EmptyPayload(), until: facts)
    }

    mutating func refuse(_ call: Call, _ error: OCPPError) -> [LinkOutput] {
        [.send(self.session.refuse(call, error)), .counted(error.code.rawValue)]
    }

    /// Facts that the station need not wait for, with the answer at once.
    mutating func reply(
        _ call: Call, _ payload: some Payload, telling facts: [StationFact] = []
    ) -> [LinkOutput] {
        let answer = LinkOutput.send(self.session.answer(call, payload))
        return facts.isEmpty ? [answer] : [.facts(facts, acknowledge: nil), answer]
    }

    /// Facts that have to be kept before the station may forget them: the answer waits.
    mutating func hold(
        _ call: Call, _ payload: some Payload, until facts: [StationFact]
    ) -> [LinkOutput] {
        let ticket = self.nextTicket
        self.nextTicket += 1
        self.held[ticket] = .ready(call, payload)
        return [.facts(facts, acknowledge: ticket)]
    }

    /// The observer has what it was told.
    mutating func acknowledged(_ ticket: Int, at now: Instant) -> [LinkOutput] {
        guard case .ready(let call, let payload) = self.held[ticket] else { return [] }
        self.held[ticket] = nil
        return [.send(self.session.answer(call, payload))] + self.pump(at: now)
    }

    // MARK: Answers to our calls

    mutating func completed(
        _ open: Session.OpenCall, _ outcome: Session.Outcome, at now: Instant
    ) -> [LinkOutput] {
        switch open.tag.purpose {
        case .dispatch(let evse):
            return self.dispatched(DispatchAnswer(outcome), evse, at: now)
        case .variables:
            self.readiness.answered(self.version, at: now)
            guard case .result(let json) = outcome, let answer = try? V2.GetVariablesResponse(json)
            else { return [.counted("no_variables")] }
            for result in answer.getVariableResult { self.record.model.take(result) }
            return self.learned()
        case .configuration:
            self.readiness.answered(self.version, at: now)
            guard case .result(let json) = outcome,
                let answer = try? V16.GetConfigurationResponse(json)
            else { return [.counted("no_configuration")] }
            for key in answer.configurationKey { self.record.model.take(key) }
            return self.learned()
        case .asked(let number):
            self.learnMonitors(open.action, outcome)
            self.asked.removeValue(forKey: number)?(outcome)
            return []
        case .housekeeping:
            switch outcome {
            case .accepted, .result: return []
            case .error, .timedOut, .disconnected: return [.counted("housekeeping_refused")]
            }
        }
    }

    mutating func learned() -> [LinkOutput] {
        for evse in self.record.model.evses.keys.sorted() { _ = self.meet(evse) }
        self.relearn()
        return self.tellCapabilities() + self.tellCars()
    }

    // MARK: Transactions

    /// A transaction runs on the EVSE; nil facts when that is known or over already.
    mutating func began(_ evse: Int, _ id: String, token: TokenID?) -> [StationFact] {
        guard self.meet(evse), !self.record.ended.contains(id) else { return [] }
        if let known = self.record.transactions[evse], known.id == id {
            guard known.token == nil, let token else { return [] }
            self.record.transactions[evse]?.token = token
            return [.plugged(evse: evse, token: token, transaction: id)]
        }
        var facts: [StationFact] = []
        if let old = self.record.end(evse) {
            facts.append(.unplugged(evse: evse, transaction: old.id))
        }
        self.record.transactions[evse] = StationRecord.Transaction(id: id, token: token)
        self.dispatchers[evse]?.began(transaction: id)
        facts.append(.plugged(evse: evse, token: token, transaction: id))
        return facts
    }

    /// The transaction is over.
    mutating func ended(_ evse: Int, at now: Instant) -> (
        facts: [StationFact], outputs: [LinkOutput]
    ) {
        guard let old = self.record.end(evse) else { return ([], []) }
        let reports = self.dispatchers[evse]?.ended() ?? []
        self.relearn()
        let facts: [StationFact] = [.unplugged(evse: evse, transaction: old.id)]
        return (facts, self.answers(reports, at: now))
    }

    mutating func samples(_ snapshots: [MeterSnapshot], evse: Int, transaction: String?) -> [StationFact] {
        if snapshots.contains(where: { $0.stateOfCharge != nil }) { self.chargeHeard.insert(evse) }
        return snapshots.filter { !$0.isEmpty }.map { snapshot in
            .meter(
                evse: evse,
                MeterSample(
                    at: snapshot.at.instant, power: snapshot.power.map { Power(watts: $0) },
                    importRegister: snapshot.importRegister.map { Energy(wattHours: $0) },
                    exportRegister: snapshot.exportRegister.map { Energy(wattHours: $0) },
                    stateOfCharge: snapshot.stateOfCharge.map { StateOfCharge(basisPoints: $0) },
                    milliHertz: snapshot.milliHertz, transaction: transaction))
        }
    }
}
