import CTelemetry
import Control
import Domain
import Fleet
import GridCodes

// Naming plans, hearing the grid, saying the one scalar.
extension AggregatorEngine {
    mutating func acknowledged(_ worker: WorkerID, _ plan: PlanID, _ hash: UInt64) {
        guard let index = self.resourceIndex[plan.resource],
            plan.version == self.resources[index].version,
            plan.epoch == self.configuration.epoch, self.resources[index].hashes[worker] == hash
        else { return }
        self.resources[index].acknowledged.insert(worker)
    }

    /// A worker did not take a plan, or does not have it: the next goes to it whole. One that holds a newer one by now
    /// lacks nothing.
    mutating func refused(_ worker: WorkerID, _ plan: PlanID) {
        guard let index = self.resourceIndex[plan.resource] else { return }
        let isOver = plan.epoch == self.configuration.epoch && plan.version < self.resources[index].version
        guard !isOver || !self.resources[index].acknowledged.contains(worker) else { return }
        self.resources[index].dirty = true
        self.resources[index].unheard.insert(worker)
    }

    /// v+1 is named when every connected worker has acknowledged it.
    mutating func nameIfAcknowledged(_ index: Int) {
        let state = self.resources[index]
        guard let plan = state.plans.first, state.named?.id != plan.id,
            state.plans.allSatisfy({ plan in
                state.acknowledged.contains(plan.worker)
                    || !(self.fleet.index(of: plan.worker).map { self.fleet.workers[$0].connected }
                        ?? false)
            })
        else { return }
        var mark = Fingerprint()
        for plan in state.plans { mark.add(state.hashes[plan.worker] ?? 0) }
        self.resources[index].named = ResourceState.Named(id: plan.id, hash: mark.value)
        self.resources[index].followers = state.acknowledged
        self.resources[index].broadcastAt = .distantPast
        self.hold(index)
    }

    /// Notes what each point holds under the plan that is named now.
    private mutating func hold(_ index: Int) {
        let plans = self.resources[index].plans
        let before = self.holders[index]
        self.resources[index].placed = [:]
        self.resources[index].heldUp = 0
        self.resources[index].heldDown = 0
        // By worker and slot.
        var heights: [[Heights]] = Array(repeating: [], count: self.fleet.workers.count)
        for plan in plans {
            guard let worker = self.fleet.index(of: plan.worker) else { continue }
            heights[worker] = Self.heights(plan.segments, slots: self.points[worker].count)
            for height in heights[worker] {
                self.resources[index].heldUp += Int(height.up)
                self.resources[index].heldDown += Int(height.down)
            }
            let entries = SlotIndex(plan.entries)
            // Held once, whatever the number of products.
            let slots = plan.entries.map(\.slot)
            self.resources[index].placed[plan.worker] = plan.products.indices.map { product in
                PlacedProduct(
                    product: plan.products[product].product, slots: slots,
                    up: Control.place(plan, product: product, direction: .up, entryOfSlot: entries)
                        ?? [],
                    down: Control.place(
                        plan, product: product, direction: .down, entryOfSlot: entries) ?? [])
            }
        }
        self.resources[index].ceilings = [:]
        for product in plans.first?.products ?? [] {
            self.resources[index].ceilings[product.product] = .init(
                up: product.awardUp.watts + product.spareUp.watts,
                down: product.awardDown.watts + product.spareDown.watts)
        }
        self.hold(index, heights)
        if self.isSignalOnly(index) { self.noteMakeups(index) }
        self.watchPlan(index, before: before)
    }

    /// What a slot holds of all products, W ≥ 0.
    private struct Heights {
        var up: Int32 = 0
        var down: Int32 = 0
    }

    private static func heights(_ segments: [PlanSegment], slots: Int) -> [Heights] {
        var heights = Array(repeating: Heights(), count: slots)
        for segment in segments where Int(segment.slot) < slots {
            if segment.direction == .up {
                heights[Int(segment.slot)].up += segment.height
            } else {
                heights[Int(segment.slot)].down += segment.height
            }
        }
        return heights
    }

    /// Accounts for what points held until now, and notes what they hold from now on: one look at each.
    private mutating func hold(_ index: Int, _ heights: [[Heights]]) {
        let open = self.market.unsettled(self.resources[index].terms.id)
        var holders: [Place] = []
        var slowest = 0
        holders.reserveCapacity(self.holders[index].count)
        self.eachPoint(index) { engine, place, point in
            engine.accrueHeld(index, place, &point, of: open)
            let own = heights[place.worker]
            let height = place.slot < own.count ? own[place.slot] : Heights()
            point.heldUp = Int(height.up)
            point.heldDown = Int(height.down)
            guard height.up > 0 || height.down > 0 else { return }
            holders.append(place)
            slowest = max(slowest, point.proof.provenSlowness.milliseconds)
        }
        self.holders[index] = holders
        self.resources[index].slowest = slowest
    }

    /// Hears the grid. A signal that was heard before, or is over, changes nothing.
    mutating func take(_ signal: GridSignal) {
        guard let index = self.resourceIndex[signal.resource], signal.expiry > self.now,
            signal.sequence > (self.resources[index].lastSignalSequence[signal.product] ?? 0)
        else { return }
        self.resources[index].lastSignalSequence[signal.product] = signal.sequence
        switch signal.value {
        case .frequency(let milliHertz):
            self.resources[index].frequency = ResourceState.Frequency(milliHertz: milliHertz, at: self.now)
            self.resources[index].frequencyTrace = signal.trace
            self.resources[index].frequencyBins[self.now.seconds] = milliHertz
            self.emit(.relayFrequency(signal))
            self.noteLocalRequests(index, milliHertz)
            let second = self.now.seconds
            if second != self.resources[index].frequencyRecorded {
                self.resources[index].frequencyRecorded = second
                self.record(signal)
            }
        case .request(let watts):
            // A request that is only repeated keeps the trace of the signal that made it.
            let known = self.resources[index].signals[signal.product]
            self.resources[index].signals[signal.product] = signal
            if let known, known.value == signal.value, known.expiry > self.now {
                self.resources[index].signals[signal.product]?.trace = known.trace
            }
            self.note(index, signal.product, request: watts)
            self.resources[index].broadcastAt = .distantPast
            self.record(signal)
        }
    }

    private mutating func record(_ signal: GridSignal) {
        self.emit(
            .record(
                .signal(
                    signal, tenant: self.configuration.tenant,
                    region: self.configuration.region.region)))
    }

    /// What the local-curve products ask at this frequency: the account of what the workers answer by themselves.
    private mutating func noteLocalRequests(_ index: Int, _ milliHertz: Int) {
        let resource = self.resources[index].terms
        for product in resource.products.compactMap(self.configuration.region.product)
        where product.activation == .localCurve {
            let request = product.request(
                milliHertz: milliHertz,
                awardUp: self.market.awarded(resource.id, product.id, .up, at: self.now),
                awardDown: self.market.awarded(resource.id, product.id, .down, at: self.now))
            self.note(index, product.id, request: request.watts)
        }
    }

    private mutating func note(_ index: Int, _ product: ProductID, request: Int) {
        let second = self.now.seconds
        self.noteActivation(index, product, request: request)
        self.resources[index].lastRequest[product] = request
        var bin = self.resources[index].requestBins[product, default: [:]][second] ?? ResourceState.Bin()
        bin.sum += request
        bin.count += 1
        self.resources[index].requestBins[product, default: [:]][second] = bin
    }

    /// A request stands until it expires, also through seconds in which the grid does not repeat it.
    mutating func noteStanding(_ index: Int) {
        for product in self.resources[index].terms.products {
            guard let signal = self.resources[index].signals[product], signal.expiry > self.now,
                case .request(let watts) = signal.value,
                self.resources[index].requestBins[product]?[self.now.seconds] == nil
            else { continue }
            self.note(index, product, request: watts)
        }
    }

    /// For how long a worker follows what it heard last.
    private static let signalLife = TimeSpan.seconds(5)

    /// Repeats the scalar of each product at least each second, and at once when something changed.
    mutating func broadcastIfDue(_ index: Int) {
        let state = self.resources[index]
        guard let named = state.named,
            self.now - state.broadcastAt >= self.configuration.repeatPeriod,
            // Where nobody follows it, nothing that is asked would be right for who does hear it.
            state.followers.contains(where: { self.follows($0, index) })
        else { return }
        self.resources[index].broadcastAt = self.now
        for product in state.terms.products.compactMap(self.configuration.region.product) {
            self.resources[index].sequence += 1
            let request = self.request(index, product)
            self.resources[index].note(sent: request, product.id, at: self.now)
            self.emit(
                .broadcast(
                    DispatchSignal(
                        plan: named.id, planHash: named.hash, product: product.id,
                        sequence: self.resources[index].sequence, sentAt: self.now,
                        validFrom: self.now,
                        expiry: self.now + Self.signalLife, slow: request, fast: request,
                        trace: product.activation == .localCurve
                            ? state.frequencyTrace : state.signals[product.id]?.trace ?? .none)))
        }
    }

    /// `x = request + (Σ base − declared baseline) + residuals + correction`, inside award and spare.
    private mutating func request(_ index: Int, _ product: Product) -> Int {
        let state = self.resources[index]
        guard product.activation == .signal else { return state.lastRequest[product.id] ?? 0 }
        let resource = state.terms.id
        let up = self.market.awarded(resource, product.id, .up, at: self.now).watts
        let down = self.market.awarded(resource, product.id, .down, at: self.now).watts
        guard up > 0 || down > 0 else { return 0 }
        let asked = self.asked(index, product)
        // What stations usually fail to make of it goes to others at once, not when the meter has shown it again.
        let told = self.raised(asked, product.id, index)
        let residual = state.residuals.values.reduce(0) { $0 + ($1[product.id] ?? 0) }
        let drift = self.basisNow(index, product).map { self.reckonedBase(index) - $0.watts } ?? 0
        // Never more than the worker's guard lets through, which knows the plan that is named.
        let ceiling = state.ceilings[product.id] ?? .init(up: up, down: down)
        let most = min(up + self.spare(up, product, index), ceiling.up)
        let least = -min(down + self.spare(-down, product, index), ceiling.down)
        let wanted = min(max(told + drift + residual + state.correction.watts, least), most)
        return self.asking(index, product.id, for: wanted, inside: least...most)
    }

    /// What has to be asked so that those who follow the plan that is named make `wanted` of it. A worker in another life
    /// knows the plan no more until the next one is named, and one that is lost does not hear: its stations hold what they
    /// were told, which ``baseSum(_:at:)`` reckons with, and its share of a request comes from nobody.
    private func asking(_ index: Int, _ product: ProductID, for wanted: Int, inside range: ClosedRange<Int>) -> Int {
        let state = self.resources[index]
        func pieces(_ isWanted: (WorkerID) -> Bool) -> [PlacedSegment] {
            state.placed.filter { isWanted($0.key) }.values.joined()
                .filter { $0.product == product }.flatMap { wanted > 0 ? $0.up : $0.down }
        }
        guard !pieces({ !self.follows($0, index) }).isEmpty else { return wanted }
        let present = pieces { self.follows($0, index) }
        let size = Int(wanted.magnitude)
        let most = max(size, Int((wanted > 0 ? range.upperBound : range.lowerBound).magnitude))
        func comes(_ asked: Int) -> Int { present.reduce(0) { $0 + $1.moved(by: asked) } }
        // What comes rises with what is asked, with flats where only the others would move. Among requests that bring the
        // same, the one before is kept: who is taken for lost may hear it all the same. Where those who follow cannot bring
        // it, they are asked for all that they can, and no further.
        let goal = min(size, comes(most))
        let least = Self.first(in: size...most) { comes($0) >= goal }
        let next = Self.first(in: least...most) { comes($0) > goal }
        let before = Int((state.sent[product]?.last?.watts ?? 0).magnitude)
        let asked = min(max(before, least), comes(next) > goal ? next - 1 : next)
        return wanted > 0 ? asked : -asked
    }

    /// The first of a range of which something holds that holds of all after it; its last where it holds of none.
    private static func first(in range: ClosedRange<Int>, _ holds: (Int) -> Bool) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// What the grid asks for: its last signal while that is valid, then held for the product's time, then on a ramp to
    /// nothing, as a worker does that hears nobody. An operator that falls silent for a moment is no step.
    private mutating func asked(_ index: Int, _ product: Product) -> Int {
        guard let signal = self.resources[index].signals[product.id], case .request(let watts) = signal.value else {
            return 0
        }
        let asked = self.now > signal.expiry + product.hold ? self.faded(index, product, from: watts) : watts
        self.resources[index].said[product.id] = .init(watts: asked, at: self.now)
        return asked
    }

    /// The next step of the ramp from what was said last. Who was frozen, or began anew, goes on from where its workers
    /// are: with what they heard last, or as far down as they are by themselves.
    private func faded(_ index: Int, _ product: Product, from watts: Int) -> Int {
        guard let last = self.resources[index].said[product.id] else { return 0 }
        // As slow as the slowest of them: each lets go by the ramp of its own points.
        let points =
            self.resources[index].placed.values.compactMap { $0.first?.slots.count }.min() ?? self.places[index].count
        let together = max(1, points * self.configuration.region.rampWattsPerSecond)
        let ramp = max(product.hold.milliseconds, Int(watts.magnitude) * 1_000 / together, 1_000)
        let since = self.now - last.at
        let alone = max(0, (since - Self.signalLife - product.hold).milliseconds)
        let elapsed = max(0, min(since.milliseconds, 1_000)) + min(alone, ramp)
        return last.watts.nearerToZero(by: (Int(watts.magnitude) * elapsed + ramp - 1) / ramp)
    }

    /// What a charging point does that is not commanded, W: by its meter, or, under a worker that was restarted and has not
    /// heard it yet, by what was known of it before.
    private func metered(_ place: Place) -> Int {
        let line = self.fleet.lines[place.line]
        guard !line.isMetered, let name = self.names[place.worker][place.slot] else { return Int(line.record.power) }
        let key = PlaceKey(station: name.station, evse: name.evse)
        return self.belief(key, self.points[place.worker][place.slot]) ?? Int(line.record.power)
    }

    /// Σ base that a request reckons with. It stays what it was while a worker that is back has not answered with the plan
    /// in force: nobody is asked to step in for who is about to follow, only to let go of it when he comes.
    private mutating func reckonedBase(_ index: Int) -> Int {
        if let before = self.resources[index].reckoned, self.isSomebodyAnswering(index) { return before }
        let sum = self.baseSum(index)
        self.resources[index].reckoned = sum
        return sum
    }

    /// Σ base of the resource: what it would draw if nothing were asked, now or at a later instant.
    func baseSum(_ index: Int, at instant: Instant? = nil) -> Int {
        var sum = self.orphanPower(index)
        let moved = instant == nil ? self.movedOfThoseWhoAreBack(index) : [:]
        for place in self.places[index] {
            guard self.fleet.lines[place.line].isPlugged else {
                sum += self.unseen(place)
                continue
            }
            guard self.fleet.lines[place.line].isAvailable,
                moved.isEmpty || moved[place.worker]?.contains(UInt32(place.slot)) ?? true,
                !self.points[place.worker][place.slot].countsAsMetered,
                let base = self.points[place.worker][place.slot].base
            else {
                sum += self.metered(place)
                continue
            }
            if let instant, let deferral = self.points[place.worker][place.slot].deferral, deferral.until <= instant {
                sum += deferral.wanted
            } else if instant != nil, let pledge = self.points[place.worker][place.slot].pledge {
                sum += pledge.watts
            } else {
                sum += base
            }
        }
        return sum
    }
}
