import CTelemetry
import Control
import Domain
import Fleet
import GridCodes
import Ledger

// Money, promises, history.
extension AggregatorEngine {
    /// Cars of the blocks that are settled in one step, beyond the first block: signals wait for it.
    private static let mostSettledAtOnce = 50_000

    /// Settles every block whose seconds are closed, once; of large fleets one block a step.
    mutating func settleBlocks() {
        var settled = 0
        for number in self.market.current {
            let end = self.market.activations[number].award.block.end
            guard self.now >= end + self.configuration.settleGrace,
                !self.market.activations[number].settled,
                let index = self.resourceIndex[self.market.activations[number].award.resource],
                (self.resources[index].nextSecond ?? 0)
                    >= end.seconds + self.market.activations[number].account.tailSeconds
            else { continue }
            let cars = self.market.activations[number].vehicles.size
            guard settled == 0 || settled + cars <= Self.mostSettledAtOnce else { break }
            settled += cars
            self.accrueHeld(index)
            self.market.activations[number].settled = true
            self.settle(self.market.activations[number])
            // Its shares are in the books; the columns go.
            self.market.activations[number].vehicles = TallyTable()
        }
        self.market.forgetSettled()
        // A second that is closed looks back by a few.
        let closed = self.resources.indices.map { self.resources[$0].nextSecond ?? 0 }.min() ?? 0
        self.market.dropEndedActivations(before: Instant(seconds: closed - 10))
    }

    private mutating func settle(_ activation: Activation) {
        let vehicles = self.deliveries(activation)
        let (score, verdict) = (activation.account.score, activation.account.verdict)
        var settlement = Settlement(
            award: activation.award, tenant: self.configuration.tenant,
            region: self.configuration.region.region,
            settledAt: self.now, requested: score.requested, delivered: score.delivered,
            overDelivered: score.over, performance: verdict.factor,
            proof: DeliveryProof(
                terms: activation.account.terms, score: verdict.score, path: activation.account.path,
                notes: activation.notes + verdict.notes, lacks: self.lacks(activation)),
            vehicles: vehicles)
        settlement.isNetted = self.configuration.netsDays == true ? true : nil
        let result = settlement.result()
        self.market.keep(result)
        for transaction in Settlement.postings(of: result) {
            do {
                try self.books.post(transaction)
            } catch {
                preconditionFailure("a settlement that does not balance: \(error.message)")
            }
            self.emit(.record(.transaction(transaction)))
        }
        self.books.forget(beyond: 2 * MarketBook.mostKept, entries: MarketBook.mostShares)
        self.emit(.record(.block(result)))
        self.emit(.performance(result))
    }

    /// The vehicles that cost most of an award's score, the worst first.
    func lacks(_ activation: Activation) -> [DeliveryProof.Lack] {
        let worst = activation.vehicles.lacking.map { (vehicle: $0, missed: activation.vehicles[$0].missed) }
            .sorted { ($1.missed, $0.vehicle) < ($0.missed, $1.vehicle) }.prefix(5)
        guard !worst.isEmpty, let index = self.resourceIndex[activation.award.resource] else { return [] }
        var stations: [Int: StationID] = [:]
        let wanted = Set(worst.map(\.vehicle))
        for place in self.places[index] where wanted.contains(Int(self.fleet.lines[place.line].vehicle)) {
            stations[Int(self.fleet.lines[place.line].vehicle)] = self.fleet.station(place.line)
        }
        return worst.map { vehicle, missed in
            DeliveryProof.Lack(
                vehicle: self.enrolment.vehicles[vehicle].id, station: stations[vehicle], missed: missed)
        }
    }

    /// What each vehicle did in its block, in the order of the enrolment.
    private func deliveries(_ activation: Activation) -> [VehicleDelivery] {
        let block = activation.award.block
        var deliveries: [VehicleDelivery] = []
        deliveries.reserveCapacity(activation.vehicles.size)
        for (index, tally) in activation.vehicles.used {
            guard let terms = self.enrolment.soleTenure(of: index) else {
                deliveries += self.deliveries(of: index, tally, in: block)
                continue
            }
            deliveries.append(
                self.delivery(
                    of: index, tally, terms, tally.held, tally.delivered, tally.discharged, block.duration.seconds))
        }
        return deliveries
    }

    /// What a vehicle did in a block: one part for each contract and owner that it was under, by the seconds of each.
    private func deliveries(of index: Int, _ tally: VehicleTally, in block: MarketInterval) -> [VehicleDelivery] {
        let parts = self.enrolment.tenures(of: index, in: block)
        let seconds = parts.map(\.seconds)
        func split(_ energy: Energy) -> [Int] { allocate(energy.wattSeconds, by: seconds) }
        let (held, delivered, discharged) = (split(tally.held), split(tally.delivered), split(tally.discharged))
        return parts.indices.map { part in
            self.delivery(
                of: index, tally, parts[part].terms, Energy(wattSeconds: held[part]),
                Energy(wattSeconds: delivered[part]), Energy(wattSeconds: discharged[part]), seconds[part])
        }
    }

    private func delivery(
        of index: Int, _ tally: VehicleTally, _ terms: ContractTerms, _ held: Energy, _ delivered: Energy,
        _ discharged: Energy, _ seconds: Int
    ) -> VehicleDelivery {
        var contract = terms
        if contract.conditions?.usesOwnWear == true, let rate = tally.wearRate { contract.wearPerKilowattHour = rate }
        return VehicleDelivery(
            vehicle: self.enrolment.vehicles[index].id, contract: contract, headroomHeld: held, delivered: delivered,
            discharged: discharged, efficiency: self.enrolment.vehicles[index].efficiency, seconds: seconds)
    }

    /// Notes who left, and whether the promise was kept; a miss without a reason known before is a broken promise.
    mutating func notePlugging() {
        guard self.now.seconds != self.plugCheckedAt else { return }
        self.plugCheckedAt = self.now.seconds
        for worker in self.fleet.workers.indices {
            let first = self.fleet.range(worker).lowerBound
            for slot in 0..<min(self.fleet.range(worker).count, self.points[worker].count) {
                guard !self.fleet.lines[first + slot].isPlugged, self.fleet.lines[first + slot].bound == 1,
                    self.points[worker][slot].pluggedAt != nil,
                    self.fleet.lines[first + slot].has(HEADROOM_ONLINE)
                else { continue }
                self.departed(worker, slot, self.fleet.lines[first + slot])
            }
        }
    }

    /// Judges a departure by the charge that the car left with. One without a promise takes none along.
    mutating func departed(_ worker: Int, _ slot: Int, _ line: VehicleLine) {
        let point = self.points[worker][slot]
        self.points[worker][slot].endSession()
        guard line.vehicle != VehicleLine.none else { return }
        self.watch.departed(Int(line.vehicle), at: self.now)
        let early = self.now < point.departure - .seconds(60)
        let charge = Point.isSure(line) ? Int(line.record.soc) : point.charge?.basisPoints
        let met = early || charge.map { $0 >= point.target.basisPoints - 100 } ?? false
        let known = point.reason.isEmpty ? point.obstacle : point.reason
        let reason = early ? "left before the promised time" : known
        if !met && reason.isEmpty { self.promisesBroken += 1 }
        self.emit(
            .record(
                .departure(
                    self.enrolment.vehicles[Int(line.vehicle)].id,
                    tenant: self.configuration.tenant, at: self.now,
                    met: met, reason: met && !early ? "" : reason)))
    }

    /// One point of history a second, for the plots: at most fifteen minutes.
    mutating func noteHistory() {
        guard self.now.seconds > self.historySecond else { return }
        self.historySecond = self.now.seconds
        let second = self.now.seconds - 2
        self.history.append(
            HistoryPoint(
                second: second,
                milliHertz: self.resources.first.flatMap {
                    $0.frequencyBins[second] ?? $0.frequencyBins[second - 1]
                },
                requestedWatts: self.resources.reduce(0) { $0 + $1.requested },
                deliveredWatts: self.resources.reduce(0) { $0 + $1.delivered }))
        if self.history.count >= 1_000 { self.history.removeFirst(self.history.count - 900) }
    }

    /// Everything that decides or pays, as one number: equal after a replay, bit for bit.
    public var fingerprint: UInt64 {
        var mark = Fingerprint()
        mark.add(self.now.microseconds)
        self.fleet.fingerprint(into: &mark)
        self.enrolment.fingerprint(into: &mark)
        self.wear.fingerprint(into: &mark)
        for point in self.points.joined() { point.fingerprint(into: &mark) }
        self.market.fingerprint(into: &mark)
        self.watch.fingerprint(into: &mark)
        for state in self.resources { state.fingerprint(into: &mark) }
        for worker in self.readingsSeen.keys.sorted() {
            mark.add(self.readingsSeen[worker]?.highest ?? 0)
        }
        for worker in self.outages.keys.sorted() {
            mark.add(self.outages[worker]?.since.microseconds ?? 0)
            mark.add(self.outages[worker]?.backAt?.microseconds ?? 0)
        }
        self.markFormerLives(into: &mark)
        for key in self.absences.keys.sorted(by: { ($0.station, $0.evse) < ($1.station, $1.evse) }) {
            mark.add(key.station.rawValue)
            mark.add(self.absences[key]?.since.microseconds ?? 0)
            mark.add(self.absences[key]?.backAt?.microseconds ?? 0)
        }
        for site in self.siteLoads.keys.sorted() {
            mark.add(self.siteLoads[site]?.power.watts ?? 0)
        }
        for curve in self.prices {
            mark.add(curve.site?.rawValue ?? "")
            mark.add(curve.end.microseconds)
            for step in curve.steps { mark.add(step.value) }
        }
        for site in self.charging {
            mark.add(site.mark)
            mark.add(site.until.microseconds)
        }
        mark.add(self.promisesBroken)
        for transaction in self.books.transactions {
            mark.add(transaction.id)
            for entry in transaction.entries { mark.add(entry.amount) }
        }
        for order in self.stops { mark.add(order.id) }
        return mark.value
    }

    /// What stations of restarted workers were told last decides what others are asked for.
    private func markFormerLives(into mark: inout Fingerprint) {
        for (key, life) in self.formerLives.sorted(by: { $0.key < $1.key }) {
            mark.add(key.station.rawValue)
            mark.add(key.evse)
            mark.add(life.capability.rawValue)
            mark.add(life.mostDischarge ?? -1)
            mark.add(life.registeredAt?.microseconds ?? -1)
            mark.add(life.told?.watts ?? -1)
            mark.add(life.told?.at.microseconds ?? -1)
        }
    }
}
