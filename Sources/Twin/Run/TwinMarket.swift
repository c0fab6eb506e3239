import Domain
import GridCodes

/// The operator of a run: calls each block of the product, and awards what `--award` says.
struct TwinMarket: Sendable {
    let resource: ResourceID
    let product: Product
    let award: Power
    /// The time that is awarded, and its blocks in order.
    let span: MarketInterval
    let blocks: [MarketInterval]
    /// A block is called this long before it starts.
    let lead: TimeSpan
    let step: TimeSpan

    init(input: TwinInput, resource: ResourceID) {
        self.resource = resource
        self.product = input.product
        self.award = input.award
        self.step = input.step
        self.span = input.awarded
        self.lead = TimeSpan(microseconds: input.lead.microseconds / 2)
        self.blocks = Self.blocks(of: input.product, in: input.awarded)
    }

    /// Calls that fall into the step that begins at `now`.
    func calls(at now: Instant) -> [Event] {
        guard self.award > .zero else { return [] }
        return self.blocks.compactMap { block in
            let at = block.start - self.lead
            guard now <= at, at < now + self.step else { return nil }
            return .bidCalled(
                BidCall(
                    resource: self.resource, product: self.product.id, block: block,
                    gateClosure: block.start, reference: "twin-\(block.start.seconds)"))
        }
    }

    /// The product's blocks, the first and the last cut to the time that is awarded.
    private static func blocks(of product: Product, in span: MarketInterval) -> [MarketInterval] {
        var blocks: [MarketInterval] = []
        var at = span.start
        while at < span.end {
            let whole = product.block(containing: at)
            // A calendar may have gaps: between its blocks nothing is called.
            let start = max(at, whole.start)
            if start < span.end { blocks.append(MarketInterval(start: start, end: min(whole.end, span.end))) }
            at = whole.end
        }
        return blocks
    }

    /// The receipt and the award for a bid: what the run asks for, and no more than was bid; all of an indivisible one.
    func answers(to bid: Bid) -> [Event] {
        guard bid.state == .submitted else { return [] }
        let isWhole = self.product.terms?.bid.isDivisible == false
        let award = Award(
            id: AwardID("award-\(bid.id)"), bid: bid.id, resource: bid.call.resource,
            product: bid.call.product, block: bid.call.block, direction: bid.direction,
            quantity: isWhole ? bid.quantity : min(self.award, bid.quantity),
            pricePerMegawattHour: bid.pricePerMegawattHour,
            energyPricePerMegawattHour: Money(
                microUnits: self.product.energyPrice, currency: bid.pricePerMegawattHour.currency))
        return [.bidAnswered(bid.id, .received, reason: ""), .awarded(award)]
    }
}
