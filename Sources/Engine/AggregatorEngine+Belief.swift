import Control
import Domain
import Fleet
import GridCodes
import Planning

// What is believed of the headroom to come, and what it is worth to a bid.
extension AggregatorEngine {
    /// Most cars that a bid names.
    private static let named = 5

    /// Looks once a minute at what every point offers.
    mutating func watchHeadroom() {
        let confidences = self.configuration.region.products.map(\.confidence)
        guard
            self.watch.begins(
                self.now, resources: self.resources.count, region: self.configuration.region, confidences: confidences)
        else { return }
        var sums = Array(repeating: 0, count: 2 * self.resources.count)
        for resource in self.resources.indices {
            for place in self.places[resource] {
                guard let room = self.offered(place) else { continue }
                let vehicle = Int(self.fleet.lines[place.line].vehicle)
                let limits = self.enrolment.limits[vehicle]
                sums[ForecastBook.place(resource, .up)] += room.up
                sums[ForecastBook.place(resource, .down)] += room.down
                self.watch.take(
                    vehicle, resource: resource, rated: limits.maxCharge + limits.maxDischarge, up: room.up,
                    down: room.down)
            }
        }
        self.watch.end(sums)
    }

    /// Power that a point offers in each direction now, W: what its promise leaves, as far as it usually delivers.
    private func offered(_ place: Place) -> (up: Int, down: Int)? {
        guard self.fleet.workers[place.worker].connected, self.fleet.lines[place.line].isAvailable,
            Int(self.fleet.lines[place.line].vehicle) < self.enrolment.limits.count,
            self.points[place.worker][place.slot].base != nil
        else { return nil }
        let bounds = self.pledgedRoom(place) ?? self.saleable(place)
        let derating = self.points[place.worker][place.slot].derating
        let (up, down) = (StackBuilder.heights(bounds, .up), StackBuilder.heights(bounds, .down))
        return ((up.shift + up.inject) * derating / 1_000, (down.shift + down.inject) * derating / 1_000)
    }

    /// What is believed of a resource's headroom for a block, as far as is known now.
    /// - Parameter promised: W that other bids promise in the same time.
    func belief(
        _ index: Int, _ product: Product, _ direction: Direction, block: MarketInterval, promised: Int
    ) -> (belief: BidBelief, behind: Greatest) {
        var served = Served(products: [product])
        var (rated, ratedServing) = (0, 0)
        var behind = Greatest(most: Self.named)
        let offers = self.places[index].compactMap { place -> HeadroomOffer? in
            let limits = self.fleet.limits[place.line]
            let serves =
                served.mask(
                    limits,
                    self.points[place.worker][place.slot].proof.response(said: limits.responseTime)) != 0
            let power = Int(limits.maxCharge) + Int(limits.maxDischarge)
            rated += power
            guard serves else { return nil }
            ratedServing += power
            guard let room = self.offered(place) else { return nil }
            let watts = direction == .up ? room.up : room.down
            let departure = self.points[place.worker][place.slot].departure
            if departure >= block.end + product.endurance {
                behind.add(Int(self.fleet.lines[place.line].vehicle), watts: watts)
            }
            return HeadroomOffer(
                watts: watts, departure: departure,
                stay: self.configuration.stayProbability * self.points[place.worker][place.slot].trust / 10_000)
        }
        let plugged = firmHeadroom(
            offers, block: block, endurance: product.endurance, confidence: product.confidence)
        let forecaster = self.watch.book.map { $0.ahead[ForecastBook.place(index, direction)] }
        let belief = BidBelief(
            plugged: plugged,
            measured: self.measured(index, direction, block)?.scaled(rated > 0 ? ratedServing * 10_000 / rated : 0),
            block: block, confidence: product.confidence, promised: promised, days: (forecaster?.judged ?? 0) / 24,
            at: self.now)
        return (belief, behind)
    }

    /// What was measured of such blocks; nil until fourteen days were judged.
    private func measured(_ index: Int, _ direction: Direction, _ block: MarketInterval) -> BlockForecast? {
        guard let book = self.watch.book, 2 * index < book.ahead.count, block.end > block.start else { return nil }
        let hours = block.start.seconds / 3_600..<(block.end.seconds + 3_599) / 3_600
        return book.ahead[ForecastBook.place(index, direction)].block(hours, enrolled: book.enrolled(index))
    }

    /// What a bid of `quantity` risks.
    func risk(
        of quantity: Power, _ index: Int, _ product: Product, _ direction: Direction, block: MarketInterval,
        _ known: (belief: BidBelief, behind: Greatest)
    ) -> BidRisk {
        let belief = known.belief
        let shortfall = belief.expectedShortfall(under: quantity.watts)
        let probability = belief.shortfall(under: quantity.watts)
        var (count, rows) = (known.behind.count, known.behind.rows)
        if !belief.isNear, belief.measured != nil, let book = self.watch.book {
            (count, rows) = book.contributors(index, direction, at: block.start, most: Self.named)
        }
        return BidRisk(
            quantile: 10_000 - product.confidence, shortfallProbability: probability,
            expectedShortfall: Power(watts: shortfall),
            expectedPenalty: Money(
                microUnits: product.expectedPenalty(
                    watts: quantity.watts, shortfall: shortfall, probability: probability,
                    price: product.availabilityPrice, over: block.duration),
                currency: self.configuration.region.currency),
            source: belief.source, believedAt: belief.measured?.madeAt ?? self.now, vehicles: count,
            contributors: rows.map { self.enrolment.names[$0] })
    }

    /// How the stated quantiles did so far.
    func forecastScores() -> [EngineSnapshot.Forecast] {
        guard let book = self.watch.book else { return [] }
        return self.resources.indices.flatMap { index in
            Direction.allCases.flatMap { direction -> [EngineSnapshot.Forecast] in
                let forecaster = book.ahead[ForecastBook.place(index, direction)]
                return forecaster.scores.map {
                    EngineSnapshot.Forecast(
                        resource: self.resources[index].terms.id, direction: direction, confidence: $0.confidence,
                        daysJudged: forecaster.judged / 24, isReady: forecaster.isReady, hours: $0.hours,
                        coverage: $0.coverage, relativeLoss: $0.relativeLoss, sharpness: $0.sharpness,
                        changes: forecaster.changes.count)
                }
            }
        }
    }
}
