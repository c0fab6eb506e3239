import Domain
import OpenADR

/// Turns what a VTN holds into what the engine hears. Reads the whole list each time, so a missed
/// notification is made up for by the next poll; says each thing once, and again when it changed.
struct MarketReader {
    /// An award that runs or is to come.
    struct LiveAward: Hashable {
        var award: Award
        var reference: IntervalReference
    }
    /// An instruction that holds now for a resource and product.
    struct Instruction: Hashable {
        var resource: ResourceID
        var product: ProductID
        var watts: Int
        var source: ObjectID
        var end: Instant?
    }
    struct Outcome: Hashable {
        var events: [Domain.Event] = []
        /// Awards that were new and want an acknowledgement.
        var acknowledge: [LiveAward] = []
        /// One line each: what could not be used, and why.
        var complaints: [String] = []
    }
    private let configuration: VENConfiguration
    private var seen: [ObjectID: Int] = [:]
    private var complained = Set<String>()
    private(set) var liveAwards: [LiveAward] = []
    /// The stretches with instructions, by resource and product.
    private var schedule: [Key: [ScheduleEntry<ObjectID>]] = [:]
    /// The bids that we sent, for what an award leaves out.
    private var bids: [BidID: Bid] = [:]
    private var baselines: [ResourceID: [DeclaredBaseline]] = [:]
    private static let keptBids = 1_024

    private struct Key: Hashable {
        var resource: ResourceID
        var product: ProductID
    }

    init(_ configuration: VENConfiguration) {
        self.configuration = configuration
    }

    /// Remembers a bid that is on its way, and the load declared with it.
    mutating func note(_ bid: Bid, _ baseline: DeclaredBaseline) {
        self.bids[bid.id] = bid
        var declared = self.baselines[bid.call.resource] ?? []
        declared.removeAll { $0.interval == baseline.interval }
        declared.append(baseline)
        self.baselines[bid.call.resource] = declared.suffix(64)
        guard self.bids.count > Self.keptBids,
            let oldest = self.bids.values.min(by: { $0.call.block.end < $1.call.block.end })
        else { return }
        self.bids[oldest.id] = nil
    }

    /// What is new in a reading of all programmes and of the events that are not over.
    mutating func read(_ programs: [Program], _ events: [OpenADR.Event], now: Instant) -> Outcome {
        var outcome = Outcome()
        var stretches: [Key: [ScheduleEntry<ObjectID>]] = [:]
        var awards: [LiveAward] = []
        for event in events {
            guard let program = programs.first(where: { $0.id == event.request.programID }) else {
                continue
            }
            let isNew = self.seen[event.id] != event.modified.microseconds
            do {
                if isNew { outcome.events += try self.calls(event, program, now: now) }
                awards += try self.awards(event, program, isNew: isNew, now: now, &outcome)
                for (key, entries) in try self.stretches(event, program) {
                    stretches[key, default: []] += entries
                }
            } catch {
                self.complain("event \(event.id): \(error)", &outcome)
            }
        }
        for gone in self.liveAwards where gone.award.block.end > now {
            if !awards.contains(where: { $0.award.id == gone.award.id }) {
                self.complain(
                    "award \(gone.award.id) was withdrawn by the operator before its end", &outcome)
            }
        }
        self.liveAwards = awards
        self.schedule = stretches.mapValues(Schedule.merged)
        self.seen = Dictionary(events.map { ($0.id, $0.modified.microseconds) }) { $1 }
        return outcome
    }

    /// Has everything said again at the next reading: the engine did not hear it.
    mutating func forget() {
        self.seen.removeAll()
        self.liveAwards.removeAll()
    }

    private mutating func complain(_ line: String, _ outcome: inout Outcome) {
        if self.complained.count > 1_000 { self.complained.removeAll() }
        if self.complained.insert(line).inserted { outcome.complaints.append(line) }
    }

    private func participations(_ program: Program) -> [VENConfiguration.Participation] {
        self.configuration.programs.filter { $0.program == program.request.programName }
    }

    /// Seconds before a block, where neither programme, configuration nor pack say.
    private static let usualGate = 30

    private func calls(
        _ event: OpenADR.Event, _ program: Program, now: Instant
    ) throws -> [Domain.Event] {
        let stated = CapacityProgram.gateClosure(of: program.request)
        return try self.participations(program).flatMap { participation in
            try CallMessage.calls(
                event, product: ProductID(participation.product),
                resource: ResourceID(participation.resource),
                gateClosure: stated ?? .seconds(participation.gateClosureSeconds ?? Self.usualGate))
        }.filter { $0.gateClosure > now }.map(Domain.Event.bidCalled)
    }

    /// The awards of an event that are not over; new ones become events for the engine.
    private mutating func awards(
        _ event: OpenADR.Event, _ program: Program, isNew: Bool, now: Instant,
        _ outcome: inout Outcome
    ) throws -> [LiveAward] {
        var live: [LiveAward] = []
        for message in try AwardMessage.messages(
            event, defaults: program.request.payloadDescriptors)
        where message.block.end > now {
            guard let award = self.award(message, event, program) else {
                self.complain(
                    "event \(event.id): the award names no bid of ours: check its eventName",
                    &outcome)
                continue
            }
            if award.quantity == .zero {
                if isNew {
                    outcome.events.append(
                        .bidAnswered(award.bid, .refused, reason: "the operator awarded 0 kW"))
                }
                continue
            }
            live.append(LiveAward(award: award, reference: message.reference))
            guard isNew else { continue }
            outcome.events.append(.awarded(award))
            outcome.acknowledge.append(LiveAward(award: award, reference: message.reference))
        }
        return live
    }

    /// The award in our words. The bid is the one that it names, or ours for the same block and direction;
    /// a bid of a former life is known by name only.
    private func award(
        _ message: AwardMessage, _ event: OpenADR.Event, _ program: Program
    ) -> Award? {
        let participations = self.participations(program)
        let bid =
            message.bid.flatMap { self.bids[$0] }
            ?? self.bids.values.filter { bid in
                message.bid == nil && bid.direction == message.direction
                    && bid.call.block == message.block
                    && participations.contains { $0.product == bid.call.product.rawValue }
            }.min { $0.id < $1.id }
        guard let participation = self.participation(event, participations, bid: bid),
            let id = message.bid ?? bid?.id,
            let price = message.pricePerMegawattHour ?? bid?.pricePerMegawattHour
        else { return nil }
        return Award(
            id: message.reference.award(message.direction), bid: id,
            resource: ResourceID(participation.resource), product: ProductID(participation.product),
            block: message.block, direction: message.direction, quantity: message.quantity,
            pricePerMegawattHour: price,
            energyPricePerMegawattHour: message.energyPricePerMegawattHour ?? .zero(price.currency))
    }

    /// Which of our resources an event is for: its bid's, the one that its targets name, or the only one.
    private func participation(
        _ event: OpenADR.Event, _ participations: [VENConfiguration.Participation], bid: Bid? = nil
    ) -> VENConfiguration.Participation? {
        if let bid {
            return participations.first {
                $0.resource == bid.call.resource.rawValue && $0.product == bid.call.product.rawValue
            }
        }
        let named = participations.filter { event.request.targets?.contains($0.resource) == true }
        if named.count == 1 { return named[0] }
        return participations.count == 1 ? participations[0] : nil
    }

    private func stretches(
        _ event: OpenADR.Event, _ program: Program
    ) throws -> [Key: [ScheduleEntry<ObjectID>]] {
        let intervals = event.request.intervals ?? []
        guard intervals.contains(where: { DispatchMessage.isDispatch($0.payloads) }) else {
            return [:]
        }
        let participations = self.participations(program)
        guard let participation = self.participation(event, participations) else {
            throw OpenADRError(.invalid, "the instruction does not say for which resource it is")
        }
        guard participation.dispatch == .openadr else { return [:] }
        let draw = StartDraw(reader: self.configuration.venName, event: event.id)
        let timeline = try Timeline(
            event.request, anchor: event.modified.microseconds, draw: draw.fraction)
        let key = Key(
            resource: ResourceID(participation.resource), product: ProductID(participation.product))
        let from = event.modified.microseconds - 86_400_000_000
        return [
            key: timeline.stretches(from: from, to: from + 8 * 86_400_000_000).map {
                ScheduleEntry(
                    source: event.id, priority: event.request.priority,
                    written: event.modified.microseconds, interval: $0)
            }
        ]
    }

    /// The instructions that hold at `now`.
    func instructions(now: Instant) -> [Instruction] {
        self.schedule.compactMap { key, entries in
            guard
                let entry = entries.first(where: {
                    $0.interval.start <= now.microseconds
                        && now.microseconds < ($0.interval.end ?? .max)
                }),
                let watts = DispatchMessage.request(
                    entry.interval.payloads, baseline: self.baseline(key.resource, at: now))
            else { return nil }
            return Instruction(
                resource: key.resource, product: key.product, watts: watts, source: entry.source,
                end: entry.interval.end.map(Instant.init(microseconds:)))
        }.sorted { ($0.resource, $0.product) < ($1.resource, $1.product) }
    }

    /// When the next instruction starts or ends after `now`; nil where none does.
    func nextEdge(after now: Instant) -> Instant? {
        self.schedule.values.joined()
            .flatMap { [$0.interval.start, $0.interval.end ?? .max] }
            .filter { $0 > now.microseconds && $0 < .max }.min().map(Instant.init(microseconds:))
    }

    private func baseline(_ resource: ResourceID, at instant: Instant) -> Power {
        self.baselines[resource]?.last { $0.interval.contains(instant) }?.power(at: instant)
            ?? .zero
    }

    /// The award that a sample of delivery belongs to.
    func award(for sample: DeliverySample) -> LiveAward? {
        self.liveAwards.first {
            $0.award.resource == sample.resource && $0.award.product == sample.product
                && $0.award.block.contains(sample.at)
        }
    }
}
