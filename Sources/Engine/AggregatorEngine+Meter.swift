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
        let sender = self.fleet.index(of: worker)
        var slot = -1
        var vehicles: [UInt32] = []
        vehicles.reserveCapacity(readings.count)
        var earliest = Instant.distantFuture
        /// Those that are new, once one was not.
        var fresh: [MeterReading]?
        // Taken out, so that points and sums change in their place.
        var own: [Point] = []
        let first = sender.map { self.fleet.range($0).lowerBound } ?? 0
        let names = sender.map { self.names[$0] } ?? []
        if let sender { swap(&own, &self.points[sender]) }
        let start = Point.address(of: own)
        for number in readings.indices {
            Point.prefetch(own, slot + 1, from: start)

            guard seen.take(readings[number].sequence) else {
                if fresh == nil { fresh = Array(readings[..<number]) }
                continue
            }
            fresh?.append(readings[number])
            earliest = min(earliest, readings[number].at)
            if slot + 1 < names.count, Self.isAt(readings.span[number], names.span[slot + 1]) {
                slot += 1
                vehicles.append(self.fleet.lines[first + slot].vehicle)
                self.measure(readings, number, &own[slot], line: first + slot)
                continue
            }
            vehicles.append(
                self.enrolment.vehicle(token: readings[number].token).map(UInt32.init) ?? MeteredVehicles.none)
            let key = PlaceKey(station: readings[number].station, evse: readings[number].evse)
            guard let place = self.place[key] else { continue }
            let line = self.fleet.range(place.worker).lowerBound + place.slot
            if place.worker == sender {
                guard place.slot < own.count else { continue }
                slot = place.slot
                self.measure(readings, number, &own[slot], line: line)
            } else if place.slot < self.points[place.worker].count {
                var trace = MeterTrace()
                swap(&trace, &self.points[place.worker][place.slot].meter)
                self.meter(readings, number, &trace, line: line)
                swap(&trace, &self.points[place.worker][place.slot].meter)
            }
        }
        if let sender { swap(&own, &self.points[sender]) }
        if let last = readings.last { self.noteReadings(worker, upTo: last.receivedAt) }
        guard !vehicles.isEmpty else { return }
        self.emit(
            .recordReadings(
                self.dated(fresh ?? readings, since: earliest),
                of: MeteredVehicles(indices: vehicles, names: self.enrolment.names),
                tenant: self.configuration.tenant, region: self.configuration.region.region))
    }

    /// As they are kept: one whose second is closed was learned of now, whatever its worker says, since no score knew it.
    /// `earliest` is when the first of them was measured.
    private func dated(_ readings: [MeterReading], since earliest: Instant) -> [MeterReading] {
        let closed = self.resources.compactMap(\.nextSecond).min() ?? 0
        guard earliest.seconds < closed else { return readings }
        return readings.map { reading in
            guard reading.at.seconds < closed else { return reading }
            var late = reading
            late.receivedAt = max(reading.receivedAt, self.now)
            return late
        }
    }

    /// Puts a reading into its point's trace, and into the sums of the resource of its line.
    @inline(__always)
    private mutating func meter(
        _ readings: [MeterReading], _ number: Int, _ trace: inout MeterTrace, line: Int
    ) {
        let resource = Int(self.fleet.lines[line].resource)
        let (at, watts) = (readings[number].at, readings[number].power.watts)
        let net = readings[number].importRegister - readings[number].exportRegister
        if resource < self.bins.count {
            trace.take(at: at, watts: watts, net: net, bins: &self.bins[resource])
        } else {
            trace.take(at: at, watts: watts, net: net, bins: &self.strayBins)
        }
    }

    /// The same for a point of the sender, whose trust record looks at it, too.
    @inline(__always)
    private mutating func measure(_ readings: [MeterReading], _ number: Int, _ point: inout Point, line: Int) {
        self.meter(readings, number, &point.meter, line: line)
        point.proof.measure(readings[number].power.watts, at: readings[number].at)
    }

    /// Whether a reading belongs to a slot of its sender. Workers send theirs mostly in the order of slots: what stands
    /// at the next one is compared before anything is looked up by name.
    @inline(__always)
    private static func isAt(_ reading: MeterReading, _ name: PointName?) -> Bool {
        guard let name else { return false }
        return name.evse == reading.evse && name.station == reading.station && name.token == reading.token
    }

    /// Most seconds that are closed in one pass over the points.
    static let mostSeconds = 16

    /// Closes every second whose grace is over, and keeps the provisional figures of two seconds ago.
    mutating func closeSeconds(_ index: Int) {
        let provisional = self.now.seconds - 2
        let graced = (self.now - self.configuration.meterGrace).seconds - 1
        let last = min(graced, (self.firstUnknownSecond ?? Int.max) - 1)
        var next = self.resources[index].nextSecond ?? last
        self.refill(index, from: next)
        if self.resources[index].provisionalSecond != provisional {
            self.resources[index].provisionalSecond = provisional
            self.provide(index, provisional)
        }
        self.judge(index, from: self.resources[index].nextJudged ?? next, through: graced)
        guard last >= next else { return }
        while next <= last {
            let count = min(last + 1 - next, Self.mostSeconds)
            self.close(index, from: next, count: count)
            next += count
            self.bins[index].advance(to: next)
            self.refill(index, from: next)
        }
        self.forget(index, before: min(last, next) - 60)
    }

    /// Adds up anew what the meters showed from a second on, where the sums are not right any more.
    private mutating func refill(_ index: Int, from second: Int) {
        guard self.bins[index].isStale else { return }
        self.bins[index].clear(from: second)
        for place in self.places[index] {
            self.points[place.worker][place.slot].meter.add(to: &self.bins[index])
        }
    }

    /// The live figures of a second, from what has arrived by now.
    private mutating func provide(_ index: Int, _ second: Int) {
        let at = Instant(seconds: second)
        let metered = self.bins[index][second]
        let baseline =
            self.market.declared(self.resources[index].terms.id, at: at)?.watts
            ?? self.baseSum(index)
        let requested = self.resources[index].terms.products.reduce(0) {
            $0 + self.requested(index, $1, second)
        }
        self.resources[index].metered = metered
        self.notePeers(index, second, metered)
        self.resources[index].delivered = baseline - metered
        self.resources[index].requested = requested
        self.resources[index].baseline = baseline
        for product in self.resources[index].terms.products
        where self.isSold(index, product, at) {
            let baseline = self.basis(index, product, second, metered: metered)?.watts ?? baseline
            self.emit(
                .report(
                    DeliverySample(
                        resource: self.resources[index].terms.id, product: product, at: at,
                        requested: Power(watts: self.requested(index, product, second)),
                        delivered: Power(watts: baseline - metered),
                        baseline: Power(watts: baseline),
                        metered: Power(watts: metered))))
        }
        let signal = self.signalProduct(index)
        let basis = signal.flatMap { self.basis(index, $0.id, second, metered: metered)?.watts } ?? baseline
        self.correct(index, second, signal, error: requested - (basis - metered))
    }

    /// Nobody is waited for longer before a request counts as steady, s.
    private static let mostSettling = 20

    private func signalProduct(_ index: Int) -> Product? {
        self.resources[index].terms.products.compactMap(self.configuration.region.product).first {
            $0.activation == .signal
        }
    }

    /// What is known of a second, to the correction of the signal product. Of a worker that is away nobody knows what its
    /// meters show.
    private mutating func correct(_ index: Int, _ second: Int, _ signal: Product?, error: Int) {
        let resource = self.resources[index].terms
        guard let signal else { return }
        let award =
            Direction.allCases.map {
                self.market.awarded(resource.id, signal.id, $0, at: self.now).watts
            }.max() ?? 0
        guard award > 0, self.resources[index].signals[signal.id] != nil else {
            return self.resources[index].correction.clear()
        }
        let asked = self.requested(index, signal.id, second)
        // Who lags is on his way for as long.
        let settling = min(Self.mostSettling, max(4, (self.resources[index].slowest ?? 0) / 1_000 + 2))
        let isSteady = (1...settling).allSatisfy {
            (self.requested(index, signal.id, second - $0) - asked).magnitude <= UInt(award / 50)
        }
        self.resources[index].correction.see(
            error: self.isSomebodyAway ? nil : error, isSteady: isSteady, award: award)
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

    /// What was asked of a resource's products in a second.
    func requests(_ index: Int, _ second: Int) -> [(product: ProductID, watts: Int)] {
        self.resources[index].terms.products.map { (product: $0, watts: self.requested(index, $0, second)) }
    }

    /// The accounts of some seconds, once.
    private mutating func close(_ index: Int, from first: Int, count: Int) {
        let resource = self.resources[index].terms.id
        let isKept = self.keepsDiary(index)
        for second in first..<first + count {
            if isKept { self.write(index, second) }
            guard let declared = self.market.declared(resource, at: Instant(seconds: second)) else { continue }
            let requests = self.requests(index, second)
            self.score(index, second, requests, declared, self.bins[index][second])
            if requests.contains(where: { $0.watts != 0 }) { self.tallyLate(index, second, requests) }
        }
        self.resources[index].nextSecond = first + count
    }

    /// Puts a second into the diary of the load.
    private mutating func write(_ index: Int, _ second: Int) {
        var diary = self.resources[index].diary ?? LoadDiary()
        self.resources[index].diary = nil
        diary.add(
            second: second, watts: self.bins[index][second],
            isAsked: self.requests(index, second).contains { $0.watts != 0 },
            zone: self.configuration.region.zone)
        self.resources[index].diary = diary
    }

    /// Scores each award by a second. What came too much or too little is charged to the products by what they asked.
    private mutating func score(
        _ index: Int, _ second: Int, _ requests: [(product: ProductID, watts: Int)], _ baseline: Power,
        _ metered: Int
    ) {
        let at = Instant(seconds: second)
        let total = requests.reduce(0) { $0 + Int($1.watts.magnitude) }
        let asked = requests.reduce(0) { $0 + $1.watts }
        for number in self.market.unsettled(self.resources[index].terms.id) {
            let award = self.market.activations[number].award
            let end = award.block.end + .seconds(self.market.activations[number].account.tailSeconds)
            guard award.block.start <= at, at < end,
                let request = requests.first(where: { $0.product == award.product })?.watts
            else { continue }
            let baseline = self.basis(index, award.product, second, metered: metered) ?? baseline
            let error = baseline.watts - metered - asked
            let share = total > 0 ? error * Int(request.magnitude) / total : error
            self.market.activations[number].account.add(
                requested: Power(watts: request), delivered: Power(watts: request + share), at: at)
            self.emit(
                .record(
                    .sample(
                        DeliverySample(
                            resource: award.resource, product: award.product, at: at,
                            requested: Power(watts: request),
                            delivered: Power(watts: request + share), baseline: baseline,
                            metered: Power(watts: metered)),
                        tenant: self.configuration.tenant, region: self.configuration.region.region)
                ))
        }
    }

    /// Adds what every point of a resource held in the seconds that were closed since it was last looked at. What is
    /// held stands still from one plan to the next, so that it needs no look at every second.
    mutating func accrueHeld(_ index: Int) {
        let open = self.market.unsettled(self.resources[index].terms.id)
        guard index < self.places.count else { return }
        self.eachPoint(index) { $0.accrueHeld(index, $1, &$2, of: open) }
    }

    mutating func accrueHeld(_ index: Int, _ place: Place, of activations: [Int]) {
        guard place.slot < self.points[place.worker].count else { return }
        var points: [Point] = []
        swap(&points, &self.points[place.worker])
        self.accrueHeld(index, place, &points[place.slot], of: activations)
        swap(&points, &self.points[place.worker])
    }

    @inline(__always)
    mutating func accrueHeld(_ index: Int, _ place: Place, _ point: inout Point, of activations: [Int]) {
        let through = self.resources[index].nextJudged ?? 0
        let since = point.accruedThrough
        point.accruedThrough = through
        let vehicle = self.fleet.lines[place.line].vehicle
        guard since < through, vehicle != VehicleLine.none else { return }
        for number in activations {
            let block = self.market.activations[number].award.block
            let seconds = min(through, block.end.seconds) - max(since, block.start.seconds)
            let held =
                self.market.activations[number].award.direction == .up ? point.heldUp : point.heldDown
            guard seconds > 0, held > 0 else { continue }
            self.market.activations[number].vehicles[Int(vehicle)].held += Power(watts: held)
                .over(.seconds(seconds))
        }
    }

    /// Now and then, and then many at once.
    private mutating func forget(_ index: Int, before second: Int) {
        guard second >= self.resources[index].forgotten + 60 else { return }
        self.resources[index].forgotten = second
        for product in self.resources[index].requestBins.keys {
            self.resources[index].requestBins[product] = self.resources[index].requestBins[product]?
                .filter { $0.key >= second }
        }
        self.resources[index].frequencyBins = self.resources[index].frequencyBins.filter {
            $0.key >= second
        }
    }

    /// ∫ metered power against the registers, over all points: true within 3 % of what flowed and 20 Wh a point.
    public var energyConserved: Bool {
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
