import Control
import Domain
import Fleet
import GridCodes

/// What the stack is to know of each point of a resource, in the order of its places, and which of it is another than the
/// stack that stands knows: a plan looks at those alone.
struct StackDrafts: Sendable {
    /// 24 bytes a point.
    struct Draft: Hashable, Sendable {
        var generation: UInt32 = 0
        var base: Int32 = 0
        var low: Int32 = 0
        var high: Int32 = 0
        var eligible: UInt32 = 0
        var merit: UInt8 = 0
        /// False where the stack is to have nobody.
        var isThere = false
        var resident = false
    }

    var drafts: [Draft] = []
    /// Numbers of places, some of them twice.
    var changed: [Int32] = []
    /// Everything else is as the stack that stands has it.
    var isKnown = false

    mutating func set(_ number: Int, _ draft: Draft) {
        guard self.drafts[number] != draft else { return }
        self.drafts[number] = draft
        self.changed.append(Int32(number))
    }

    /// The stack has it all.
    mutating func noteKnown() {
        self.changed.removeAll(keepingCapacity: self.changed.count <= self.drafts.count / 8)
        self.isKnown = true
    }
}

extension AggregatorEngine {
    /// What is needed to draft the members of a resource's stack.
    struct Drafting {
        var column: StackDrafts
        var served: Served
        /// A leaver's substitute is armed before he goes.
        var leavesUntil: Instant
        /// Whether anybody may be just back.
        var hasOutages: Bool
        /// A product is scored second by second: the fastest go first among equals.
        var isPaced: Bool
    }

    /// So long a product's full delivery may take at most, so that a second's lag shows in its score.
    private static let pace = TimeSpan.minutes(1)

    /// Takes a resource's drafts out, so that they change in their place.
    mutating func drafting(_ resource: Int) -> Drafting {
        while self.drafts.count <= resource { self.drafts.append(StackDrafts()) }
        var column = StackDrafts()
        swap(&column, &self.drafts[resource])
        if column.drafts.count != self.places[resource].count {
            column = StackDrafts()
            column.drafts = Array(repeating: .init(), count: self.places[resource].count)
        }
        let products = self.resources[resource].terms.products.compactMap(self.configuration.region.product)
        return Drafting(
            column: column, served: Served(products: products), leavesUntil: self.now + self.configuration.watchdog,
            hasOutages: !self.outages.isEmpty,
            isPaced: products.contains { $0.activation == .signal && $0.fullDelivery <= Self.pace })
    }

    /// Notes how a point goes into the stack, as it is now. It changes nothing of the point, which would be copied else.
    @inline(__always)
    mutating func draft(_ drafting: inout Drafting, _ number: Int, _ place: Place, _ point: inout Point) {
        guard self.fleet.lines[place.line].isAvailable, point.base != nil,
            !(drafting.hasOutages && self.isSettling(place, point))
        else {
            return drafting.column.set(number, .init())
        }
        let station = self.fleet.limits[place.line]
        let leaves = point.departure >= self.now && point.departure < drafting.leavesUntil
        let response = point.proof.response(said: station.responseTime)
        drafting.column.set(
            number,
            .init(
                generation: self.fleet.lines[place.line].generation, base: Int32(clamping: point.bounds.base),
                low: Int32(clamping: point.bounds.low), high: Int32(clamping: point.bounds.high),
                eligible: !point.isSuspect && !leaves ? drafting.served.mask(station, response) : 0,
                merit: StackMember.merit(
                    laxitySeconds: point.bounds.laxity, response: response, index: place.slot, turn: 0,
                    wear: self.wear.rate(Int(self.fleet.lines[place.line].vehicle)), isPaced: drafting.isPaced),
                isThere: true, resident: station.capability == .residentCurve))
    }

    /// Brings a stack up to what was drafted; `workers` are those of the stack. Returns what changed of which worker's plan.
    mutating func bring(_ stack: inout StandingStack, upTo resource: Int, _ workers: [Int], _ products: [StackProduct])
        -> [PlanDelta]
    {
        var position = Array(repeating: -1, count: self.fleet.workers.count)
        for (number, worker) in workers.enumerated() { position[worker] = number }
        var column = StackDrafts()
        swap(&column, &self.drafts[resource])
        defer {
            column.noteKnown()
            swap(&column, &self.drafts[resource])
        }
        let numbers = column.isKnown ? column.changed.map(Int.init) : Array(column.drafts.indices)
        var members: [StackMember] = []
        members.reserveCapacity(numbers.count)
        var leaving: [(worker: Int, slot: UInt32)] = []
        for number in numbers {
            let place = self.places[resource][number]
            guard position[place.worker] >= 0 else { continue }
            let draft = column.drafts[number]
            if draft.isThere {
                members.append(StackMember(draft, worker: position[place.worker], slot: UInt32(place.slot)))
            } else if column.isKnown {
                leaving.append((position[place.worker], UInt32(place.slot)))
            }
        }
        return column.isKnown
            ? stack.update(members, leaving: leaving, products: products) : stack.replace(members, products: products)
    }
}

extension StackMember {
    init(_ draft: StackDrafts.Draft, worker: Int, slot: UInt32) {
        self.init(
            worker: worker, slot: slot, generation: draft.generation,
            bounds: Bounds(
                base: Int(draft.base), low: Int(draft.low), high: Int(draft.high), laxity: 0, atRisk: false),
            resident: draft.resident, eligible: draft.eligible, merit: draft.merit)
    }
}
