import Domain
import Logging
import OpenADR
import Runtime
import Synchronization

extension VENService {
    /// Sends everything that is due, in order; what fails for the moment is put off.
    func sendWaiting(now: Instant) async {
        for item in self.state.withLock({ $0.outbox.due(now: now) }) {
            do {
                try await self.send(item.content, now: now)
                self.state.withLock { $0.outbox.remove(item) }
            } catch let failure as VTNFailure where failure.isPassing {
                await self.postpone(item, failure, now: now)
            } catch {
                await self.refused(item, "\(error)", now: now)
            }
        }
    }

    /// A bid whose block began while the VTN was away is refused; everything else is tried again.
    private func postpone(_ item: VENOutbox.Item, _ failure: VTNFailure, now: Instant) async {
        if case .bid(let bid, _) = item.content, bid.state == .submitted,
            bid.call.block.start <= now
        {
            return await self.refused(
                item, "not delivered before the block began: \(failure)", now: now)
        }
        self.state.withLock { $0.outbox.postpone(item, now: now) }
    }

    /// Gives an item up, once the engine has heard that its bid was refused.
    private func refused(_ item: VENOutbox.Item, _ reason: String, now: Instant) async {
        self.logger.warning("the VTN took a report not", metadata: ["reason": "\(reason)"])
        // Only a bid that waits for its receipt can be refused; one that is known already, and only comes with a newer
        // baseline, stands as it was taken.
        if case .bid(let bid, _) = item.content, bid.state == .submitted {
            guard await self.tell([.bidAnswered(bid.id, .refused, reason: reason)]) else {
                return self.state.withLock { $0.outbox.postpone(item, now: now) }
            }
            self.state.withLock { $0.status.bidsRefused += 1 }
        }
        self.state.withLock { $0.outbox.remove(item) }
    }

    private func send(_ content: VENOutbox.Content, now: Instant) async throws {
        let name = self.configuration.venName
        switch content {
        case .bid(let bid, let baseline):
            guard
                let report = BidMessage.request(
                    bid, baseline, storage: self.storageState(), clientName: name)
            else { throw VTNFailure(status: 400, detail: "the bid answers no call of this VTN") }
            if bid.state == .withdrawn { return try await self.withdraw(report) }
            if bid.state == .submitted, bid.call.gateClosure <= now {
                // Too late to bid; but an answer may have been lost, and then the VTN has it already.
                guard try await self.find(report) != nil else {
                    throw VTNFailure(status: 400, detail: "not delivered before the gate closed")
                }
            } else {
                try await self.put(report)
            }
            if bid.state == .submitted {
                guard await self.tell([.bidAnswered(bid.id, .received, reason: "")]) else {
                    throw VTNFailure(status: 0, detail: "the engine has no room for the receipt")
                }
            }
            self.state.withLock { $0.status.bidsAccepted += 1 }
        case .performance(let result):
            guard let reference = IntervalReference(result.award.id.rawValue) else { return }
            try await self.put(
                AwardReport.performance(result, reference: reference, clientName: name))
        case .acknowledgement(let live):
            try await self.put(
                AwardReport.acknowledgement(
                    live.reference, resource: live.award.resource, clientName: name))
        }
    }

    func sendTelemetry() async throws {
        for (reference, mean, period) in self.state.withLock({ $0.telemetry.take() }) {
            do {
                try await self.put(
                    AwardReport.telemetry(
                        mean, period: period, reference: reference,
                        clientName: self.configuration.venName))
            } catch let failure as VTNFailure where !failure.isPassing {
                self.logger.debug("telemetry was refused", metadata: ["reason": "\(failure)"])
            }
        }
    }

    /// Writes a report under its name: the VTN has it once, however often this is tried and whatever
    /// answer got lost, because the name is looked for before a new one is made.
    private func put(_ report: ReportRequest) async throws {
        if let id = try await self.find(report) {
            do {
                _ = try await self.client.update(id, report)
                return
            } catch let failure as VTNFailure where failure.status == 404 {
                self.remember(report, nil)
            }
        }
        let stored = try await self.client.create(report)
        self.remember(report, stored.id)
    }

    private func withdraw(_ report: ReportRequest) async throws {
        guard let id = try await self.find(report) else { return }
        try await self.client.delete(.report, id)
        self.remember(report, nil)
    }

    private func find(_ report: ReportRequest) async throws -> ObjectID? {
        if let id = self.state.withLock({ $0.reports[Self.key(report)] }) { return id }
        let found = try await self.client.list(
            Report.self,
            query: [("eventID", report.eventID.text), ("clientName", report.clientName)])
        let id = found.objects.first {
            $0.request.reportName == report.reportName && $0.request.eventID == report.eventID
                && $0.request.resources.first?.resourceName == report.resources.first?.resourceName
        }?.id
        self.remember(report, id)
        return id
    }

    private static func key(_ report: ReportRequest) -> String {
        "\(report.eventID) \(report.reportName ?? "") \(report.resources.first?.resourceName ?? "")"
    }

    private func remember(_ report: ReportRequest, _ id: ObjectID?) {
        self.state.withLock { state in
            if state.reports.count > 4_096 { state.reports.removeAll() }
            state.reports[Self.key(report)] = id
        }
    }

    /// Tells the engine which instruction holds: at its start, when it changes, every 20 s while it lasts,
    /// and a zero when it is over. Each carries an expiry, so that silence is safe.
    func follow(now: Instant) async {
        let (events, emitted) = self.state.withLock { state in
            Self.signals(state.reader.instructions(now: now), after: state.emitted, now: now)
        }
        guard !events.isEmpty, await self.tell(events) else { return }
        self.state.withLock { $0.emitted = emitted }
    }

    /// The signals that the engine must hear now, and what it will then have heard.
    private static func signals(
        _ instructions: [MarketReader.Instruction], after last: [String: Emitted], now: Instant
    ) -> (events: [Domain.Event], emitted: [String: Emitted]) {
        var events: [Domain.Event] = []
        var emitted: [String: Emitted] = [:]
        for instruction in instructions {
            let key = "\(instruction.resource) \(instruction.product)"
            let expiry = min(instruction.end ?? .distantFuture, now + .seconds(60))
            if let known = last[key], known.instruction == instruction,
                now < known.expiry - .seconds(40) || known.expiry == expiry
            {
                emitted[key] = known
                continue
            }
            emitted[key] = Emitted(instruction: instruction, expiry: expiry)
            events.append(
                Self.signal(instruction, watts: instruction.watts, now: now, expiry: expiry))
        }
        for (key, over) in last where emitted[key] == nil {
            events.append(
                Self.signal(over.instruction, watts: 0, now: now, expiry: now + .seconds(60)))
        }
        return (events, emitted)
    }

    private static func signal(
        _ instruction: MarketReader.Instruction, watts: Int, now: Instant, expiry: Instant
    ) -> Domain.Event {
        .signal(
            GridSignal(
                resource: instruction.resource, product: instruction.product,
                sequence: UInt64(clamping: now.microseconds), sentAt: now, validFrom: now,
                expiry: expiry, value: .request(watts: watts), trace: WallClock.newTrace()))
    }
}
