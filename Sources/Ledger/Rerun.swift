public import Domain
import GridCodes

/// What a charging point's meter said, with the car that was there.
public struct PointReading: Hashable, Sendable {
    public var reading: MeterReading
    public var vehicle: VehicleID?

    public init(_ reading: MeterReading, vehicle: VehicleID?) {
        self.reading = reading
        self.vehicle = vehicle
    }
}

/// A settled block computed again, since readings came that its last computation did not know: those that were learned
/// of after it. What was posted is reversed and posted anew; nothing is written over.
public struct Rerun: Sendable {
    /// What came to light about a block.
    public struct Outcome: Sendable {
        /// The block as it is now; nil where nothing changed.
        public var block: BlockResult?
        /// Readings that came late, that came twice, and seconds of points between two readings that are too far apart
        /// to say anything about what is between.
        public var late = 0
        public var doubled = 0
        public var missing = 0
    }
    /// Between readings further apart than this nothing is known; after the last one its power holds for ten seconds.
    public static let longestGap = 900
    static let hold = 10
    /// How late a reading may be and still count at once.
    public static let grace = TimeSpan.seconds(10)

    private let block: BlockResult
    private let first: Int
    private let seconds: Int
    /// Change of the resource's power by what is known now, W in each second of the block.
    private var change: [Int]
    /// By vehicle: change of power and of discharge in each second, W.
    private var cars: [VehicleID: [Int]] = [:]
    private var discharge: [VehicleID: [Int]] = [:]
    private var found = Outcome()

    /// - Parameter block: its latest computation.
    public init(_ block: BlockResult) {
        self.block = block
        self.first = block.award.block.start.seconds
        self.seconds = max(0, block.award.block.end.seconds - self.first)
        self.change = Array(repeating: 0, count: self.seconds)
    }

    /// Takes all readings of one charging point, from a little before the block to a little after it, in any order.
    public mutating func take(_ readings: [PointReading]) {
        var seen: [Instant: PointReading] = [:]
        for reading in readings {
            guard let known = seen[reading.reading.at] else {
                seen[reading.reading.at] = reading
                continue
            }
            self.found.doubled += 1
            // Of two for one instant the one counts that was learned of first.
            if reading.reading.receivedAt < known.reading.receivedAt { seen[reading.reading.at] = reading }
        }
        let all = seen.values.sorted { $0.reading.at < $1.reading.at }
        let known = all.filter(self.isKnown)
        let late = all.filter { !self.isKnown($0) }
        let isHere = late.contains { self.block.award.block.contains($0.reading.at) }
        self.found.late += late.count { self.block.award.block.contains($0.reading.at) }
        let now = self.powers(all, countsMissing: true)
        guard isHere else { return }
        let then = self.powers(known, countsMissing: false)
        for second in 0..<self.seconds {
            let (old, new) = (then[second]?.watts ?? 0, now[second]?.watts ?? 0)
            self.change[second] += new - old
            guard let vehicle = now[second]?.vehicle ?? then[second]?.vehicle, new != old else { continue }
            self.cars[vehicle, default: Array(repeating: 0, count: self.seconds)][second] += new - old
            self.discharge[vehicle, default: Array(repeating: 0, count: self.seconds)][second] +=
                max(0, -new) - max(0, -old)
        }
    }

    /// Whether the block's last computation knew a reading. The first one closes each second after its grace.
    private func isKnown(_ entry: PointReading) -> Bool {
        let learned = entry.reading.receivedAt
        if self.block.revision == nil, learned - entry.reading.at > Self.grace { return false }
        return learned <= self.block.settledAt
    }

    /// Power in each second of the block, straight between readings; nil where nothing is known.
    private mutating func powers(_ readings: [PointReading], countsMissing: Bool) -> [(
        watts: Int, vehicle: VehicleID?
    )?] {
        var powers: [(watts: Int, vehicle: VehicleID?)?] = Array(repeating: nil, count: self.seconds)
        for (index, entry) in readings.enumerated() {
            let (at, watts) = (entry.reading.at.seconds, entry.reading.power.watts)
            let next = index + 1 < readings.count ? readings[index + 1].reading : nil
            let gap = (next?.at.seconds ?? at + Self.hold) - at
            let isGap = gap > Self.longestGap
            let end = isGap ? at + Self.hold : at + gap
            for second in max(at, self.first)..<max(max(at, self.first), min(end, self.first + self.seconds)) {
                let slope =
                    isGap || next == nil ? 0 : ((next?.power.watts ?? watts) - watts) * (second - at) / max(1, gap)
                powers[second - self.first] = (watts + slope, entry.vehicle)
            }
        }
        if countsMissing, !readings.isEmpty { self.found.missing += powers.count { $0 == nil } }
        return powers
    }

    /// - Parameters:
    ///   - samples: the metered seconds of the resource inside the block and a moment behind it, of all its products.
    ///   - performance: of a score that is computed elsewhere, in 1/10,000; nil: the delivered share.
    ///   - penalty: nil: as it was, or as the product's own rule says.
    ///   - prices: what imbalance and a path are worth; where they do not cover the block it stays as it was.
    ///   - isShared: whether an award of the other direction of this product has a part of the block's time.
    public func outcome(
        _ samples: some Collection<DeliverySample>, at now: Instant, performance: Int? = nil, penalty: Money? = nil,
        prices: MarketPrices = MarketPrices(), isShared: Bool = false
    ) -> Outcome {
        var result = self.found
        var settlement = Settlement(self.block)
        var account = BlockAccount(self.block.award, terms: self.block.proof?.terms ?? .plain)
        let asked = self.asked(samples)
        var beside = ImbalanceAccount(self.block.award, isShared: isShared, prices: prices.imbalance)
        for sample in samples.filter(self.isOfProduct).sorted(by: { $0.at < $1.at }) {
            let second = sample.at.seconds - self.first
            let change = self.change.indices.contains(second) ? self.change[second] : 0
            let all = asked[second] ?? 0
            let own = all > 0 ? change * abs(sample.requested.watts) / all : change
            let delivered = sample.delivered - Power(watts: own)
            account.add(requested: sample.requested, delivered: delivered, at: sample.at)
            beside.add(requested: sample.requested, delivered: delivered, at: sample.at)
        }
        if samples.contains(where: self.isOwn) {
            let verdict = account.verdict
            settlement.requested = account.score.requested
            settlement.delivered = account.score.delivered
            settlement.overDelivered = account.score.over
            settlement.performance = performance ?? verdict.factor
            settlement.proof?.score = verdict.score
            settlement.proof?.path = account.path
            self.price(&settlement, beside, prices)
        } else if let performance {
            settlement.performance = performance
        }
        if let penalty { settlement.penalty = penalty }
        self.correct(&settlement.vehicles, samples)
        settlement.settledAt = now
        settlement.revision = (self.block.revision ?? 0) + 1
        var again = settlement.result()
        (again.settledAt, again.revision) = (self.block.settledAt, self.block.revision)
        if again != self.block {
            (again.settledAt, again.revision) = (now, settlement.revision)
            result.block = again
        }
        return result
    }

    /// Puts in what the market's prices say, where they cover the block.
    private func price(_ settlement: inout Settlement, _ beside: ImbalanceAccount, _ prices: MarketPrices) {
        if let cost = beside.cost {
            settlement.imbalance = cost.microUnits == 0 ? nil : cost
            settlement.proof?.imbalance = beside.energy
        }
        guard settlement.proof?.terms.paysMileage == true, let curve = prices.mileage,
            let price = MarketPrices.mean(of: curve, in: self.block.award.block)
        else { return }
        settlement.proof?.terms.mileagePrice = price
    }

    private func isOwn(_ sample: DeliverySample) -> Bool {
        self.isOfProduct(sample) && self.block.award.block.contains(sample.at)
    }

    private func isOfProduct(_ sample: DeliverySample) -> Bool {
        sample.resource == self.block.award.resource && sample.product == self.block.award.product
    }

    /// Σ of what all products asked, by the second of the block.
    private func asked(_ samples: some Collection<DeliverySample>) -> [Int: Int] {
        var sums: [Int: Int] = [:]
        for sample in samples where self.block.award.block.contains(sample.at) {
            sums[sample.at.seconds - self.first, default: 0] += abs(sample.requested.watts)
        }
        return sums
    }

    /// What each car moved, in the seconds in which its award's direction was asked for; never more than it held. A car
    /// of two contracts is corrected in proportion to what it moved under each, or held where it moved nothing.
    private func correct(_ vehicles: inout [VehicleDelivery], _ samples: some Collection<DeliverySample>) {
        let sign = self.block.award.direction == .up ? 1 : -1
        let called = samples.filter { self.isOwn($0) && $0.requested.watts * sign > 0 }.map {
            $0.at.seconds - self.first
        }
        for (vehicle, change) in self.cars.sorted(by: { $0.key < $1.key }) {
            let own = vehicles.indices.filter { vehicles[$0].vehicle == vehicle }
            guard !own.isEmpty else { continue }
            let moved = called.reduce(0) { $0 - change[$1] * sign }
            let given = called.reduce(0) { $0 + (self.discharge[vehicle]?[$1] ?? 0) }
            let weights = own.map { max(0, vehicles[$0].headroomHeld.wattSeconds) }
            for (index, (more, less)) in zip(own, zip(allocate(moved, by: weights), allocate(given, by: weights))) {
                let delivered = vehicles[index].delivered.wattSeconds + more
                let most = max(0, vehicles[index].headroomHeld.wattSeconds)
                vehicles[index].delivered = Energy(wattSeconds: min(most, max(0, delivered)))
                let discharged = vehicles[index].discharged.wattSeconds + less
                vehicles[index].discharged = Energy(
                    wattSeconds: min(vehicles[index].delivered.wattSeconds, max(0, discharged)))
            }
        }
    }

    /// What is posted where a block was computed again: the old one taken back, the new one in its place. One that is
    /// booked with its day is so again (``DaySettlement/postings(_:wanted:at:posted:)``).
    public static func postings(from old: BlockResult, to new: BlockResult) -> [LedgerTransaction] {
        let why = "computation \(new.revision ?? 0) of \(new.award.id)"
        return Settlement.postings(of: old).map { AccountBook.reversal(of: $0, at: new.settledAt, why: why) }
            + Settlement.postings(of: new)
    }
}
