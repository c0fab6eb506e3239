import Domain
import OpenADR

/// What waits for the VTN. Bids, results and acknowledgements are kept until the VTN has them or refuses
/// them; telemetry is replaced by what is newer.
struct VENOutbox {
    enum Content: Hashable {
        case bid(Bid, DeclaredBaseline)
        case performance(BlockResult)
        case acknowledgement(MarketReader.LiveAward)
    }
    struct Item: Hashable {
        /// The same thing again replaces what waits: an absolute statement needs no history.
        var key: String
        var content: Content
        var attempts = 0
        var due: Instant
    }
    private(set) var items: [Item] = []
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// False where the box is full and the item was not taken.
    mutating func add(_ content: Content) -> Bool {
        let key = Self.key(content)
        if let place = self.items.firstIndex(where: { $0.key == key }) {
            self.items[place].content = content
            self.items[place].due = .distantPast
            return true
        }
        guard self.items.count < self.limit else { return false }
        self.items.append(Item(key: key, content: content, due: .distantPast))
        return true
    }

    private static func key(_ content: Content) -> String {
        switch content {
        case .bid(let bid, _): BidMessage.name(bid.id)
        case .performance(let result): MarketNames.performancePrefix + result.award.id.rawValue
        case .acknowledgement(let live): "\(MarketNames.acknowledgementName)-\(live.award.id)"
        }
    }

    func due(now: Instant) -> [Item] { self.items.filter { $0.due <= now } }

    /// Takes a sent or refused item out, unless something newer replaced it meanwhile.
    mutating func remove(_ item: Item) {
        self.items.removeAll { $0.key == item.key && $0.content == item.content }
    }

    /// Puts an item off after an attempt that failed: 1, 2, 4 … 60 s.
    mutating func postpone(_ item: Item, now: Instant) {
        guard let place = self.items.firstIndex(where: { $0.key == item.key }) else { return }
        self.items[place].attempts += 1
        let seconds = min(60, 1 << min(self.items[place].attempts - 1, 6))
        if self.items[place].content == item.content {
            self.items[place].due = now + .seconds(seconds)
        }
    }
}

/// Means of delivery samples between two telemetry reports.
struct TelemetryMean {
    private struct Sum {
        var first: DeliverySample
        var last: Instant
        var count = 0
        var requested = 0
        var delivered = 0
        var baseline = 0
        var metered = 0
    }
    private var sums: [IntervalReference: Sum] = [:]

    mutating func add(_ sample: DeliverySample, reference: IntervalReference) {
        var sum = self.sums[reference] ?? Sum(first: sample, last: sample.at)
        sum.count += 1
        sum.last = max(sum.last, sample.at)
        sum.requested += sample.requested.watts
        sum.delivered += sample.delivered.watts
        sum.baseline += sample.baseline.watts
        sum.metered += sample.metered.watts
        self.sums[reference] = sum
    }

    /// The means so far, with the time that they cover; starts anew.
    mutating func take() -> [(
        reference: IntervalReference, mean: DeliverySample, period: MarketInterval
    )] {
        defer { self.sums.removeAll() }
        return self.sums.sorted { $0.key.text < $1.key.text }.map { reference, sum in
            func mean(_ total: Int) -> Power { Power(watts: roundedDivision(total, sum.count)) }
            let mean = DeliverySample(
                resource: sum.first.resource, product: sum.first.product, at: sum.last,
                requested: mean(sum.requested), delivered: mean(sum.delivered),
                baseline: mean(sum.baseline), metered: mean(sum.metered))
            let end = max(sum.last, sum.first.at) + .seconds(1)
            return (reference, mean, MarketInterval(start: sum.first.at, end: end))
        }
    }
}
