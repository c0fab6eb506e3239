import Control
import Domain
import Logging
import Runtime
import Synchronization

/// Points prove that they let go before they are used for V2G: what stations say goes to the tests that run, and their
/// orders to the stations.
extension WorkerCore {
    /// Takes what concerns the tests out of a message's facts.
    func commission(_ facts: [StationFact], of station: StationID, at now: Instant, _ state: inout State) {
        guard !state.commissioner.isOff else { return }
        for fact in facts {
            switch fact {
            case .booted(let vendor, let model, _, let firmware), .identified(let vendor, let model, let firmware):
                let identity = CommissioningRecord.Identity(vendor: vendor, model: model, firmware: firmware)
                if state.commissioner.met(station, identity) {
                    self.logger.notice(
                        "a station is another one than was tested: it charges only until it is tested again",
                        metadata: [LogKey.station: "\(station)", "firmware": "\(firmware ?? "")"])
                    state.restand(station)
                }
            case .capability(let evse, _): state.restand(EVSEKey(station: station, evse: evse))
            case .meter(let evse, let sample): state.tested(EVSEKey(station: station, evse: evse), sample, at: now)
            case .unplugged(let evse, _):
                state.interrupt(EVSEKey(station: station, evse: evse), "the car left")
            case .disconnected: state.interrupt(station, "the link broke")
            case .limited, .gridAlarm, .priority: state.interrupt(station, "somebody else decides")
            case .connected, .status, .plugged, .needs, .car, .limitCleared: break
            }
        }
    }

    /// Begins tests, says their orders and draws their consequences.
    func commission(at now: Instant) {
        let (orders, ended, registrations) = self.state.withLock {
            state -> ([StationOrder], [Commissioner.Outcome], [Registration]) in
            guard !state.commissioner.isOff else { return ([], [], []) }
            state.beginTests(at: now)
            guard !state.commissioner.places.isEmpty else { return ([], [], []) }
            let step = state.commissioner.step(state.table, at: now)
            for outcome in step.ended { state.release(outcome.place) }
            let orders =
                step.orders.map { self.order($0, $1, state) }
                + step.ended.map { state.order($0.place, .clear) }
            return (orders, step.ended, step.ended.isEmpty ? [] : state.register())
        }
        if !orders.isEmpty { self.command.withLock { $0 }(orders) }
        if !registrations.isEmpty { self.link?.register(registrations) }
        for outcome in ended { self.tell(outcome) }
    }

    private func order(_ place: Int, _ order: Commissioning.Order, _ state: borrowing State) -> StationOrder {
        switch order {
        case .setpoint(let watts, let validFor):
            state.order(place, .setpoint(Power(watts: watts), validFor: validFor))
        case .arm(let points, let baseline, let validFor):
            state.order(place, self.arm(points, baseline: baseline, validFor: validFor))
        }
    }

    /// Keeps the outcome and says it once.
    private func tell(_ outcome: Commissioner.Outcome) {
        let (key, proof) = self.state.withLock { state in
            let key = state.table.slots[outcome.place].key
            return (key, state.commissioner.proofs[key.station])
        }
        var facts: Logger.Metadata = [LogKey.station: "\(key.station)", "evse": "\(key.evse)"]
        switch outcome.verdict {
        case .open(let why):
            facts["reason"] = "\(why)"
            self.logger.info("a commissioning test proved nothing: again later", metadata: facts)
            return
        case .failed(let why):
            facts["reason"] = "\(why)"
            self.logger.warning("a charging point failed its commissioning test: it charges only", metadata: facts)
        case .passed(let seen):
            facts["expiry.seconds"] = "\(seen.expirySeconds)"
            facts["curve"] = "\(seen.followsCurve.map { $0 ? "followed" : "not followed" } ?? "none")"
            if let fault = seen.curveFault { facts["reason"] = "\(fault)" }
            self.logger.notice("a charging point proved that it lets go: it may serve the grid", metadata: facts)
        }
        if let proof { self.store?.remember(key.station, proof) }
    }
}

extension Commissioner {
    mutating func answered(_ place: Int, _ outcome: OrderOutcome, at now: Instant) {
        switch outcome {
        case .superseded: break
        case .accepted: self.answered(place, isAccepted: true, reason: "", at: now)
        case .rejected(let reason), .failed(let reason):
            self.answered(place, isAccepted: false, reason: reason, at: now)
        case .timedOut: self.interrupted(place, "the station did not answer")
        case .notConnected: self.interrupted(place, "the link broke")
        case .notSupported: self.answered(place, isAccepted: false, reason: "not supported", at: now)
        }
    }
}

extension WorkerCore.State {
    func order(_ place: Int, _ command: StationCommand) -> StationOrder {
        let key = self.table.slots[place].key
        return StationOrder(station: key.station, evse: key.evse, command: command, trace: .none)
    }

    mutating func beginTests(at now: Instant) {
        guard now - self.lookedAt >= .seconds(1) else { return }
        self.lookedAt = now
        let (table, stops) = (self.table, self.stops)
        let begun = self.commissioner.begin(table, at: now) { place in
            !stops.contains { order in
                if case .station(let id) = order.scope { return id == table.slots[place].key.station }
                return true
            }
        }
        for place in begun {
            self.table.test(place, true)
            self.edge.setAvailable(slot: UInt32(place), false)
        }
    }

    /// A test is over: the point is everybody's again, with what it proved.
    mutating func release(_ place: Int) {
        self.table.test(place, false)
        self.edge.setAvailable(slot: UInt32(place), true)
        self.edge.forget(slot: UInt32(place))
        self.table.stand(place, self.commissioner.standing(self.table.slots[place]))
    }

    mutating func restand(_ key: EVSEKey) {
        guard let place = self.table.slot(key) else { return }
        self.table.stand(place, self.commissioner.standing(self.table.slots[place]))
    }

    mutating func restand(_ station: StationID) {
        for place in self.table.slots.indices where self.table.slots[place].key.station == station {
            self.table.stand(place, self.commissioner.standing(self.table.slots[place]))
        }
    }

    mutating func tested(_ key: EVSEKey, _ sample: MeterSample, at now: Instant) {
        guard let watts = sample.power?.watts, let place = self.table.slot(key), self.commissioner.isTesting(place)
        else { return }
        let milliHertz = sample.milliHertz ?? self.edge.freshFrequency(at: now)
        self.commissioner.measured(place, watts: watts, milliHertz: milliHertz, at: now)
    }

    mutating func interrupt(_ key: EVSEKey, _ why: String) {
        if let place = self.table.slot(key) { self.commissioner.interrupted(place, why) }
    }

    mutating func interrupt(_ station: StationID, _ why: String) {
        for place in self.commissioner.places where self.table.slots[place].key.station == station {
            self.commissioner.interrupted(place, why)
        }
    }
}
