import CTelemetry
import Control
import Domain
import Fleet
import GridCodes

// Readings, and the seconds that they make.
extension AggregatorEngine {
    mutating func take(_ readings: [MeterReading], from worker: WorkerID) {
        guard !readings.isEmpty else { return }
        var seen = self.readingsSeen.removeValue(forKey: worker) ?? SequenceWindow()
        defer { self.readingsSeen[worker] = seen }
        for reading in readings {
            guard seen.take(reading.sequence) else { continue }
            let vehicle = self.enrolment.vehicle(token: reading.token).map {
                self.enrolment.vehicles[$0].id
            }
            self.emit(
                .record(
                    .reading(
                        reading, tenant: self.configuration.tenant,
                        region: self.configuration.region.region,
                        vehicle: vehicle)))
            guard let place = self.place[PlaceKey(station: reading.station, evse: reading.evse)],
                place.slot < self.points[place.worker].count
            else { continue }
            self.points[place.worker][place.slot].meter.take(reading)
        }
    }

    /// Closes every second whose grace is over, and keeps the provisional figures of two seconds ago.
    mutating func closeSeconds(_ index: Int) {
        let provisional = self.now.seconds - 2
        let last = (self.now - self.configuration.meterGrace).seconds - 1
        let next = self.resources[index].nextSecond ?? last
        guard last >= next || self.resources[index].provisionalSecond != provisional else { return }
        let lines = self.lines(resource: index)
        if self.resources[index].provisionalSecond != provisional {
            self.resources[index].provisionalSecond = provisional
            self.provide(index, provisional, lines)
        }
        for second in next..<max(next, last + 1) { self.close(index, second, lines) }
        self.resources[index].nextSecond = max(next, last + 1)
        self.forget(index, before: last - 60)
    }

    /// What each line's meter showed in a second, W.
    private func powers(_ second: Int, _ lines: [(worker: Int, slot: Int, line: VehicleLine)])
        -> [Int]
    {
        lines.map { entry in
            guard entry.slot < self.points[entry.worker].count else { return 0 }
            return self.points[entry.worker][entry.slot].meter.power(second: second)
        }
    }

    /// The live figures of a second, from what has arrived by now.
    private mutating func provide(
        _ index: Int, _ second: Int, _ lines: [(worker: Int, slot: Int, line: VehicleLine)]
    ) {
        let at = Instant(seconds: second)
        let metered = self.powers(second, lines).reduce(0, +)
        let baseline =
            self.market.declared(self.resources[index].terms.id, at: at)?.watts
            ?? self.baseSum(index)
        let requested = self.resources[index].terms.products.reduce(0) {
            $0 + self.requested(index, $1, second)
        }
        self.resources[index].metered = metered
        self.resources[index].delivered = baseline - metered
        self.resources[index].requested = requested
        self.resources[index].baseline = baseline
        for product in self.resources[index].terms.products
        where self.isSold(index, product, at) {
            self.emit(
                .report(
                    DeliverySample(
                        resource: self.resources[index].terms.id, product: product, at: at,
                        requested: Power(watts: self.requested(index, product, second)),
                        delivered: Power(watts: baseline - metered),
                        baseline: Power(watts: baseline),
                        metered: Power(watts: metered))))
        }
        self.trim(index, second, error: requested - (baseline - metered))
    }

    /// A slow correction from the meter, for signal products only; it cannot wind up beyond
    /// a tenth of the award, nor while the request moves.
    private mutating func trim(_ index: Int, _ second: Int, error: Int) {
        let resource = self.resources[index].terms
        let signal = resource.products.compactMap(self.configuration.region.product).first {
            $0.activation == .signal
        }
        guard let signal else { return }
        let award =
            Direction.allCases.map {
                self.market.awarded(resource.id, signal.id, $0, at: self.now).watts
            }.max() ?? 0
        guard award > 0, self.resources[index].signals[signal.id] != nil else {
            self.resources[index].trim = 0
            return
        }
        // While stations are still on their way to a new request the error is not theirs to answer for.
        let asked = self.requested(index, signal.id, second)
        let isSteady = (1...4).allSatisfy {
            (self.requested(index, signal.id, second - $0) - asked).magnitude <= UInt(award / 50)
        }
        guard isSteady else { return }
        self.resources[index].trim = min(
            max(self.resources[index].trim + error / 20, -award / 10), award / 10)
    }

    private func isSold(_ index: Int, _ product: ProductID, _ at: Instant) -> Bool {
        let resource = self.resources[index].terms.id
        return Direction.allCases.contains {
            self.market.awarded(resource, product, $0, at: at).watts > 0
        }
    }

    /// Mean request of a product in a second, W, + = up; the last one before where nothing was heard in it.
    func requested(_ index: Int, _ product: ProductID, _ second: Int) -> Int {
        guard self.isSold(index, product, Instant(seconds: second)) else { return 0 }
        let bins = self.resources[index].requestBins[product] ?? [:]
        for back in 0..<5 {
            if let bin = bins[second - back], bin.count > 0 { return bin.sum / bin.count }
        }
        return 0
    }

    /// The account of a second, once: score of each award, and what each vehicle held and moved.
    private mutating func close(
        _ index: Int, _ second: Int, _ lines: [(worker: Int, slot: Int, line: VehicleLine)]
    ) {
        let resource = self.resources[index].terms.id
        let at = Instant(seconds: second)
        guard let declared = self.market.declared(resource, at: at) else { return }
        let powers = self.powers(second, lines)
        let metered = powers.reduce(0, +)
        let delivered = declared.watts - metered
        let requests = self.resources[index].terms.products.map {
            ($0, self.requested(index, $0, second))
        }
        let total = requests.reduce(0) { $0 + Int($1.1.magnitude) }
        let error = delivered - requests.reduce(0) { $0 + $1.1 }
        for number in self.market.current {
            let award = self.market.activations[number].award
            guard award.resource == resource, award.block.contains(at),
                !self.market.activations[number].settled,
                let request = requests.first(where: { $0.0 == award.product })?.1
            else { continue }
            // What came too much or too little is charged to the products by what they asked.
            let share = total > 0 ? error * Int(request.magnitude) / total : error
            let inDirection = award.direction == .up ? max(0, request) : min(0, request)
            self.market.activations[number].score.add(
                requested: Power(watts: inDirection), delivered: Power(watts: request + share),
                span: .seconds(1))
            self.tally(number, award, inDirection, lines, powers)
            self.emit(
                .record(
                    .sample(
                        DeliverySample(
                            resource: resource, product: award.product, at: at,
                            requested: Power(watts: request),
                            delivered: Power(watts: request + share), baseline: declared,
                            metered: Power(watts: metered)),
                        tenant: self.configuration.tenant, region: self.configuration.region.region)
                ))
        }
        self.watchTrust(index, second, requests)
    }

    private mutating func tally(
        _ number: Int, _ award: Award, _ request: Int,
        _ lines: [(worker: Int, slot: Int, line: VehicleLine)], _ powers: [Int]
    ) {
        for ((worker, slot, line), power) in zip(lines, powers)
        where line.vehicle != VehicleLine.none && slot < self.points[worker].count {
            let held =
                award.direction == .up
                ? self.points[worker][slot].heldUp : self.points[worker][slot].heldDown
            var tally =
                self.market.activations[number].vehicles[Int(line.vehicle)] ?? VehicleTally()
            tally.held += Power(watts: held).over(.seconds(1))
            if request != 0 {
                let base = self.points[worker][slot].base ?? power
                let moved = (base - power) * (request > 0 ? 1 : -1)
                let counted = min(max(0, moved), held)
                tally.delivered += Power(watts: counted).over(.seconds(1))
                // A car that serves two products is compensated for its wear once.
                tally.discharged += Power(watts: min(counted, max(0, -power))).over(.seconds(1))
            }
            if tally.held.wattSeconds > 0 || tally.discharged.wattSeconds > 0 {
                self.market.activations[number].vehicles[Int(line.vehicle)] = tally
            }
        }
    }

    /// What each point was asked and what its meter showed: the beginning of a trust record.
    private mutating func watchTrust(_ index: Int, _ second: Int, _ requests: [(ProductID, Int)]) {
        for (product, request) in requests where request != 0 {
            // Only steady seconds count: a station that is a second late has not failed.
            guard
                (self.requested(index, product, second - 4) - request).magnitude <= request
                    .magnitude / 20
            else { continue }
            for (workerID, placed) in self.resources[index].placed.sorted(by: { $0.key < $1.key }) {
                guard let worker = self.fleet.index(of: workerID) else { continue }
                for part in placed where part.product == product {
                    for segment in request > 0 ? part.up : part.down {
                        let slot = Int(part.slots[segment.entry])
                        guard slot < self.points[worker].count else { continue }
                        let asked = segment.moved(by: Int(request.magnitude))
                        let power = self.points[worker][slot].meter.power(second: second)
                        let moved =
                            ((self.points[worker][slot].base ?? power) - power)
                            * (request > 0 ? 1 : -1)
                        self.points[worker][slot].asked += Power(watts: asked).over(.seconds(1))
                        self.points[worker][slot].came += Power(watts: min(asked, max(0, moved)))
                            .over(.seconds(1))
                    }
                }
            }
        }
    }

    private mutating func forget(_ index: Int, before second: Int) {
        for product in self.resources[index].requestBins.keys {
            self.resources[index].requestBins[product] = self.resources[index].requestBins[product]?
                .filter { $0.key >= second }
        }
        self.resources[index].frequencyBins = self.resources[index].frequencyBins.filter {
            $0.key >= second
        }
    }

    /// ∫ metered power against the registers, over all points: true within 3 % of what flowed and 20 Wh a point.
    package var energyConserved: Bool {
        var difference = 0
        var throughput = 0
        var count = 0
        for point in self.points.joined() where point.meter.throughput.wattSeconds > 0 {
            difference += (point.meter.integral - point.meter.registerChange).wattSeconds
            throughput += point.meter.throughput.wattSeconds
            count += 1
        }
        return difference.magnitude <= throughput / 100 * 3 + count * 20 * 3600
    }
}
