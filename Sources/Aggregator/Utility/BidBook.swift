import Domain
import GridCodes
import OpenADR

/// The operator's side of the market, pure: which blocks to call, what to award, what was delivered.
struct BidBook {
    /// A product that is bought, with what the region says of it.
    struct Line: Hashable {
        var purchase: UtilityConfiguration.Purchase
        var product: Product
        var currency: Currency
        var resource: ResourceID { ResourceID(self.purchase.resource) }

        var program: CapacityProgram {
            CapacityProgram(
                name: self.purchase.program, product: self.product.id,
                gateClosure: self.product.gateClosure)
        }

        func gate(_ block: MarketInterval) -> Instant { block.start - self.product.gateClosure }
    }
    struct Call: Hashable {
        var event: ObjectID
        var line: Int
        var block: MarketInterval
        var interval: Int
    }
    /// A bid in the book, with what became of it.
    struct Entry: Hashable {
        var message: BidMessage
        var call: Call
        /// When the last word of the bidder came.
        var at: Instant
        var award: Award?
        var score = DeliveryScore()
        var samples = 0
    }
    let lines: [Line]
    private(set) var calls: [Call] = []
    private(set) var entries: [Entry] = []
    private(set) var lastSamples: [ResourceID: DeliverySample] = [:]
    private var scored: [BidID: (score: DeliveryScore, samples: Int)] = [:]
    init(lines: [Line]) {
        self.lines = lines
    }

    /// Reads the VTN's objects anew: after a restart the book is as it was.
    /// - Parameter programs: the id of each line's programme; one product may be bought under several.
    mutating func read(events: [KeptObject], reports: [KeptObject], programs: [Int: ObjectID]) {
        let lines = Dictionary(programs.map { ($1, $0) }) { first, _ in first }
        var calls: [Call] = []
        var answers: [BidID: AwardMessage] = [:]
        for kept in events {
            guard let request = try? kept.request(EventRequest.self) else { continue }
            let event = OpenADR.Event(
                id: kept.id, created: kept.created, modified: kept.modified, request: request)
            if CallMessage.isCall(request), let line = lines[request.programID] {
                calls += self.calls(event, line: line)
            }
            for message in (try? AwardMessage.messages(event, defaults: nil)) ?? [] {
                if let bid = message.bid { answers[bid] = message }
            }
        }
        self.calls = calls
        self.entries = self.entries(of: reports, answers: answers)
    }

    private func calls(_ event: OpenADR.Event, line: Int) -> [Call] {
        let entry = self.lines[line]
        let calls = try? CallMessage.calls(
            event, product: entry.product.id, resource: entry.resource,
            gateClosure: entry.product.gateClosure)
        return (calls ?? []).compactMap { call in
            guard let reference = IntervalReference(call.reference) else { return nil }
            return Call(
                event: event.id, line: line, block: call.block, interval: reference.interval)
        }
    }

    /// The award that an event of ours said.
    private func award(_ message: AwardMessage?, to bid: BidMessage, _ call: Call) -> Award? {
        guard let message else { return nil }
        let line = self.lines[call.line]
        let currency = line.currency
        return Award(
            id: message.reference.award(message.direction), bid: bid.id, resource: line.resource,
            product: line.product.id, block: message.block, direction: message.direction,
            quantity: message.quantity,
            pricePerMegawattHour: message.pricePerMegawattHour ?? .zero(currency),
            energyPricePerMegawattHour: message.energyPricePerMegawattHour ?? .zero(currency))
    }

    private func entries(
        of reports: [KeptObject], answers: [BidID: AwardMessage]
    ) -> [Entry] {
        var entries: [Entry] = []
        for kept in reports {
            guard let report = try? kept.request(ReportRequest.self) else { continue }
            for call in self.calls where call.event == report.eventID {
                let currency = self.lines[call.line].currency
                guard let message = BidMessage(report, interval: call.interval, currency: currency)
                else {
                    continue
                }
                let scored = self.scored[message.id]
                entries.append(
                    Entry(
                        message: message, call: call, at: kept.modified.instant,
                        award: self.award(answers[message.id], to: message, call),
                        score: scored?.score ?? DeliveryScore(),
                        samples: scored?.samples ?? 0))
            }
        }
        return entries
    }

    /// The blocks that bids must be called for by now.
    func missingCalls(now: Instant) -> [(line: Int, block: MarketInterval)] {
        var missing: [(line: Int, block: MarketInterval)] = []
        for (index, line) in self.lines.enumerated() {
            var block = line.product.block(containing: now)
            while block.start - .seconds(line.purchase.callAheadSeconds) <= now {
                let isOpen = line.gate(block) > now
                if isOpen, !self.calls.contains(where: { $0.line == index && $0.block == block }) {
                    missing.append((index, block))
                }
                block = line.product.block(containing: block.end)
            }
        }
        return missing
    }

    /// The bids whose gate has closed and that have no answer yet, with the quantity bought of each. A word
    /// that came after the gate is not heard.
    func decisions(now: Instant) -> [(entry: Entry, quantity: Power)] {
        self.entries.compactMap { entry in
            let line = self.lines[entry.call.line]
            let gate = line.gate(entry.call.block)
            guard entry.award == nil, gate <= now, now < entry.call.block.end, entry.at <= gate,
                entry.message.resource == line.resource,
                line.product.directions.contains(entry.message.direction)
            else { return nil }
            let watts = entry.message.quantity.watts * line.purchase.awardShare / 100
            return (entry, line.product.biddable(watts))
        }
    }

    /// The award that a decision becomes; the event that says it has yet no id.
    func award(_ entry: Entry, quantity: Power) -> Award {
        let line = self.lines[entry.call.line]
        return Award(
            id: AwardID(""), bid: entry.message.id, resource: line.resource,
            product: line.product.id,
            block: entry.call.block, direction: entry.message.direction, quantity: quantity,
            pricePerMegawattHour: entry.message.pricePerMegawattHour,
            energyPricePerMegawattHour: Money(
                microUnits: line.product.energyPrice, currency: line.currency))
    }

    /// Power bought at an instant of a line's resource, magnitudes.
    func awarded(line: Int, at now: Instant) -> (up: Power, down: Power) {
        var up = Power.zero
        var down = Power.zero
        for entry in self.entries where entry.call.line == line && entry.call.block.contains(now) {
            guard let award = entry.award else { continue }
            if award.direction == .up { up += award.quantity } else { down += award.quantity }
        }
        return (up, down)
    }

    /// Counts a second of delivery for the award that it belongs to.
    mutating func add(_ sample: DeliverySample) {
        self.lastSamples[sample.resource] = sample
        for index in self.entries.indices {
            guard let award = self.entries[index].award, award.resource == sample.resource,
                award.product == sample.product, award.block.contains(sample.at),
                award.direction == (sample.requested < .zero ? .down : .up)
                    || sample.requested == .zero
            else { continue }
            self.entries[index].score.add(
                requested: sample.requested, delivered: sample.delivered, span: .seconds(1))
            self.entries[index].samples += 1
            self.scored[award.bid] = (self.entries[index].score, self.entries[index].samples)
        }
    }

    /// The events whose block is over for so long that they may go.
    func outdated(now: Instant, keep: TimeSpan, events: [KeptObject]) -> [ObjectID] {
        var outdated: [ObjectID] = []
        for kept in events {
            guard let request = try? kept.request(EventRequest.self),
                let timeline = try? Timeline(request, anchor: kept.modified.microseconds),
                let end = timeline.pass.map({ $0.end ?? .max }).max(), end < .max,
                Instant(microseconds: end) + keep < now
            else { continue }
            outdated.append(kept.id)
        }
        return outdated
    }

    /// Forgets scores of bids that are no longer in the book.
    mutating func forget() {
        let known = Set(self.entries.map(\.message.id))
        self.scored = self.scored.filter { known.contains($0.key) }
    }
}
