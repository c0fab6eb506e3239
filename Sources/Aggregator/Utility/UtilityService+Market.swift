import Domain
import GridCodes
import Logging
import OpenADR
import Runtime
import Synchronization

extension UtilityService {
    /// One turn of the market. What fails is said and tried again at the next turn.
    func turn(now: Instant) async {
        do {
            try await self.enrol()
            try await self.publishPrograms()
            self.readBook()
            try await self.call(now: now)
            try await self.decide(now: now)
            try await self.alert(now: now)
            try await self.dispatch(now: now)
            try await self.clean(now: now)
        } catch {
            self.logger.warning("the market's turn failed", metadata: ["reason": "\(error)"])
        }
    }

    /// Makes sure that each VEN of the configuration has its ven with the granted targets.
    private func enrol() async throws {
        guard !self.configuration.vens.isEmpty else { return }
        let known = self.vtn.objects(.ven)
        for enrolment in self.configuration.vens {
            let request = VenRequest(
                venName: enrolment.venName, clientID: enrolment.clientID, targets: enrolment.targets
            )
            if let ven = known.first(where: { $0.clientID == enrolment.clientID }) {
                guard ven.targets != enrolment.targets else { continue }
                try await self.vtn.update(ven.id, request)
            } else {
                try await self.vtn.create(request)
            }
        }
    }

    private func publishPrograms() async throws {
        for (index, line) in self.lines.enumerated()
        where self.state.withLock({ $0.programs[index] }) == nil {
            let request = line.program.request(targets: line.purchase.targets)
            let known = self.vtn.objects(.program)
                .first { $0.body["programName"]?.string == line.program.name }
            let id: ObjectID
            if let known {
                id = try await self.vtn.update(known.id, request).id
            } else {
                id = try await self.vtn.create(request).id
            }
            self.state.withLock { $0.programs[index] = id }
        }
    }

    /// Reads the VTN's events and reports where something changed.
    private func readBook() {
        let revision = self.vtn.revision
        guard self.state.withLock({ $0.readRevision }) != revision else { return }
        let events = self.vtn.objects(.event)
        let reports = self.vtn.objects(.report)
        self.state.withLock { state in
            state.readRevision = revision
            state.book.read(events: events, reports: reports, programs: state.programs)
        }
    }

    private func call(now: Instant) async throws {
        for (index, block) in self.state.withLock({ $0.book.missingCalls(now: now) }) {
            guard let program = self.state.withLock({ $0.programs[index] }) else { continue }
            let line = self.lines[index]
            try await self.vtn.create(
                CallMessage.request(
                    program: program, product: line.product.id, block: block,
                    directions: line.product.directions, currency: line.currency,
                    targets: line.purchase.targets))
            self.logger.info(
                "called for bids",
                metadata: ["product": "\(line.product.id)", "block": "\(block.start.iso8601)"])
            self.readBook()
        }
    }

    /// Awards what was bid for the blocks whose gate has closed.
    private func decide(now: Instant) async throws {
        for (entry, quantity) in self.state.withLock({ $0.book.decisions(now: now) }) {
            guard let program = self.state.withLock({ $0.programs[entry.call.line] }) else {
                continue
            }
            let award = self.state.withLock { $0.book.award(entry, quantity: quantity) }
            try await self.vtn.create(
                AwardMessage.request(
                    award, program: program, interval: entry.call.interval,
                    targets: self.lines[entry.call.line].purchase.targets))
            self.logger.info(
                "awarded",
                metadata: [
                    "bid.id": "\(award.bid)", "offered": "\(entry.message.quantity.watts)",
                    "awarded": "\(quantity.watts)",
                ])
            self.readBook()
        }
    }

    /// While the frequency is far below nominal an alert event stands; it is for people, the droop needs
    /// no word from here.
    private func alert(now: Instant) async throws {
        let limit = self.configuration.alertBelowMilliHertz
        guard limit > 0, let line = self.traces.first(where: { $0.value.kind == .frequency }),
            let program = self.state.withLock({ $0.programs[line.key] })
        else { return }
        let value = line.value.value(at: now)
        let standing = self.state.withLock { $0.alert }
        if standing == nil, value < limit {
            let request = EventRequest(
                programID: program, eventName: "ALERT-\(now.iso8601)", priority: 0,
                targets: self.lines[line.key].purchase.targets,
                intervalPeriod: IntervalPeriod(start: DateTime(now), duration: .infinite),
                intervals: [
                    Interval(
                        id: 0,
                        payloads: [
                            ValuesMap(
                                .alertGridEmergency,
                                text: "grid frequency below \(limit) mHz: response is due")
                        ])
                ])
            let id = try await self.vtn.create(request).id
            self.state.withLock { $0.alert = id }
        } else if let standing, value > limit + 300 {
            try await self.end(standing, now: now)
            self.state.withLock { $0.alert = nil }
        }
    }

    /// Gives an event that ran on its real end.
    private func end(_ id: ObjectID, now: Instant) async throws {
        guard let kept = self.vtn.objects(.event).first(where: { $0.id == id }),
            var request = try? kept.request(EventRequest.self),
            let start = request.intervalPeriod?.start
        else { return }
        let length = max(0, now.microseconds - start.microseconds)
        request.intervalPeriod?.duration = ISODuration(microseconds: length)
        try await self.vtn.update(id, request)
    }

    /// Publishes the regulation signals that go as events: one event per product, changed when the signal
    /// changed, renewed before it ends, and gone when nothing is asked.
    private func dispatch(now: Instant) async throws {
        for (index, trace) in self.traces {
            guard self.lines[index].purchase.signal?.path == .openadr,
                let program = self.state.withLock({ $0.programs[index] })
            else { continue }
            let watts = self.watts(line: index, value: trace.value(at: now), at: now)
            let standing = self.state.withLock { $0.dispatches[index] }
            if let standing, standing.watts == watts, now + .seconds(15) < standing.until {
                continue
            }
            guard watts != 0 || standing != nil else { continue }
            if watts == 0, let standing {
                try await self.vtn.delete(.event, standing.event)
                self.state.withLock { $0.dispatches[index] = nil }
                continue
            }
            let until = now + .seconds(60)
            let request = DispatchMessage.request(
                program: program, name: "DISPATCH-\(self.lines[index].product.id)", watts: watts,
                interval: MarketInterval(start: now, end: until),
                targets: self.lines[index].purchase.targets)
            let id: ObjectID
            if let standing {
                id = try await self.vtn.update(standing.event, request).id
            } else {
                id = try await self.vtn.create(request).id
            }
            self.state.withLock {
                $0.dispatches[index] = Dispatch(event: id, watts: watts, until: until)
            }
        }
    }

    /// A regulation value in 1/1000 of what is awarded now, as W with + = up; outside an award nothing.
    func watts(line: Int, value: Int, at now: Instant) -> Int {
        let (up, down) = self.state.withLock { $0.book.awarded(line: line, at: now) }
        return roundedDivision((value >= 0 ? up.watts : down.watts) * value, 1_000)
    }

    private func clean(now: Instant) async throws {
        let keep = TimeSpan.seconds(self.configuration.keepSeconds)
        let events = self.vtn.objects(.event)
        let old = self.state.withLock { $0.book.outdated(now: now, keep: keep, events: events) }
        guard !old.isEmpty else { return }
        for id in old { try await self.vtn.delete(.event, id) }
        self.readBook()
        self.state.withLock { $0.book.forget() }
    }
}
