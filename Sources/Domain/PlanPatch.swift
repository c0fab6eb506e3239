/// What changed of one worker's plan since a version that it holds. Applied to that, it gives the plan `id` to the last
/// segment; the plan's own hash proves it, as it proves a plan that comes whole.
public struct PlanPatch: Hashable, Sendable, Codable {
    public var id: PlanID
    /// Version of the plan that it is applied to, of the same epoch and resource.
    public var base: UInt64
    public var worker: WorkerID
    public var validUntil: Instant
    /// All of them, with their tables: a change low on the axis moves all that lies above it.
    public var products: [PlanProduct]
    /// Slots that the plan does not hold any more, rising.
    public var gone: [UInt32]
    /// New and changed entries, rising by slot. What the plan held for their slots goes, segments included.
    public var entries: [PlanEntry]
    /// All segments of these entries, in the order of a plan.
    public var segments: [PlanSegment]

    public init(
        id: PlanID, base: UInt64, worker: WorkerID, validUntil: Instant, products: [PlanProduct], gone: [UInt32] = [],
        entries: [PlanEntry] = [], segments: [PlanSegment] = []
    ) {
        self.id = id
        self.base = base
        self.worker = worker
        self.validUntil = validUntil
        self.products = products
        self.gone = gone
        self.entries = entries
        self.segments = segments
    }

    /// A whole plan, said as a change of nothing: one that no single message can hold travels so.
    public init(whole plan: WorkerPlan) {
        self.init(
            id: plan.id, base: Self.nothing, worker: plan.worker, validUntil: plan.validUntil, products: plan.products,
            entries: plan.entries, segments: plan.segments)
    }

    /// The version before all: plans count from 1 on.
    public static let nothing: UInt64 = 0

    /// What a change of nothing is applied to.
    public var empty: WorkerPlan {
        WorkerPlan(
            id: PlanID(epoch: self.id.epoch, resource: self.id.resource, version: Self.nothing), worker: self.worker,
            validUntil: self.validUntil, products: self.products, entries: [], segments: [])
    }

    /// How many slots it touches.
    public var count: Int { self.gone.count + self.entries.count }

    /// The plan after the change; nil where it does not fit: another plan than the one that it names, other products,
    /// slots or segments out of their order, or segments without an entry.
    public func applied(to plan: WorkerPlan) -> WorkerPlan? {
        guard plan.id == PlanID(epoch: self.id.epoch, resource: self.id.resource, version: self.base),
            plan.worker == self.worker, self.products.map(\.product) == plan.products.map(\.product),
            isRising(self.gone, by: { UInt64($0) }), isRising(self.entries, by: { UInt64($0.slot) }),
            isRising(self.segments, by: \.place), self.segments.allSatisfy({ Int($0.product) < self.products.count }),
            only(self.entries.map(\.slot), self.segments, slot: \.slot).count == self.segments.count
        else { return nil }
        var new = plan
        new.id = self.id
        new.validUntil = self.validUntil
        new.products = self.products
        guard self.count > 0 else { return new }
        let changed = united(self.gone, self.entries.map(\.slot))
        new.entries = replaced(plan.entries, with: self.entries, at: changed, slot: \.slot) { UInt64($0.slot) }
        new.segments = replaced(plan.segments, with: self.segments, at: changed, slot: \.slot, key: \.place)
        return new
    }

    /// What leads from one plan to another of the same worker and products; nil where there is no such way.
    public init?(from old: WorkerPlan, to new: WorkerPlan) {
        guard old.worker == new.worker, old.id.epoch == new.id.epoch, old.id.resource == new.id.resource,
            old.products.map(\.product) == new.products.map(\.product)
        else { return nil }
        self.init(
            id: new.id, base: old.id.version, worker: new.worker, validUntil: new.validUntil, products: new.products)
        var changed: [UInt32] = []
        each(old.entries, new.entries) {
            UInt64($0.slot)
        } body: { before, after in
            if let after {
                changed.append(after.slot)
            } else if let before {
                self.gone.append(before.slot)
            }
        }
        var moved: [UInt32] = []
        each(old.segments, new.segments, by: \.place) { before, after in
            if let slot = (after ?? before)?.slot { moved.append(slot) }
        }
        moved.sort()
        changed = without(self.gone, united(changed, moved))
        self.entries = only(changed, new.entries, slot: \.slot)
        self.segments = only(changed, new.segments, slot: \.slot)
    }
}

extension PlanSegment {
    /// Where it stands in a plan: by direction, product, kind, slot.
    public var place: UInt64 {
        let part = (self.direction == .up ? 0 : 512) + 2 * UInt64(self.product) + (self.kind == .shift ? 0 : 1)
        return part << 32 | UInt64(self.slot)
    }
}

/// Where in a list that rises something not below `slot` stands.
private func start(of slot: UInt32, in slots: [UInt32]) -> Int {
    var (low, high) = (0, slots.count)
    while low < high {
        let middle = (low + high) / 2
        if slots[middle] < slot { low = middle + 1 } else { high = middle }
    }
    return low
}

/// Goes through a list that rises, beside another that rises in parts.
private struct Cursor {
    let slots: [UInt32]
    private var next = 0
    private var last: UInt32 = 0

    init(_ slots: [UInt32]) {
        self.slots = slots
    }

    /// Whether a slot is in the list.
    mutating func holds(_ slot: UInt32) -> Bool {
        if slot < self.last { self.next = start(of: slot, in: self.slots) }
        self.last = slot
        while self.next < self.slots.count, self.slots[self.next] < slot { self.next += 1 }
        return self.next < self.slots.count && self.slots[self.next] == slot
    }
}

private func isRising<Element>(_ list: [Element], by key: (Element) -> UInt64) -> Bool {
    zip(list, list.dropFirst()).allSatisfy { key($0) < key($1) }
}

/// Two lists that rise, as one without doubles.
private func united(_ one: [UInt32], _ other: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(one.count + other.count)
    var (first, second) = (0, 0)
    while first < one.count || second < other.count {
        let isFirst = second == other.count || (first < one.count && one[first] <= other[second])
        let slot = isFirst ? one[first] : other[second]
        if isFirst { first += 1 } else { second += 1 }
        if result.last != slot { result.append(slot) }
    }
    return result
}

private func without(_ some: [UInt32], _ slots: [UInt32]) -> [UInt32] {
    var cursor = Cursor(some)
    return slots.filter { !cursor.holds($0) }
}

private func only<Element>(_ slots: [UInt32], _ list: [Element], slot: (Element) -> UInt32) -> [Element] {
    var cursor = Cursor(slots)
    return list.filter { cursor.holds(slot($0)) }
}

/// A list in the order of `key`, with what it has at `slots` replaced.
private func replaced<Element>(
    _ old: [Element], with new: [Element], at slots: [UInt32], slot: (Element) -> UInt32, key: (Element) -> UInt64
) -> [Element] {
    var result: [Element] = []
    result.reserveCapacity(old.count + new.count)
    var cursor = Cursor(slots)
    var next = 0
    for element in old where !cursor.holds(slot(element)) {
        while next < new.count, key(new[next]) < key(element) {
            result.append(new[next])
            next += 1
        }
        result.append(element)
    }
    result += new[next...]
    return result
}

/// Tells where two lists in the order of `key` differ: what went, what came, and what is another.
private func each<Element: Equatable>(
    _ old: [Element], _ new: [Element], by key: (Element) -> UInt64, body: (Element?, Element?) -> Void
) {
    var (first, second) = (0, 0)
    while first < old.count || second < new.count {
        let before = first < old.count ? old[first] : nil
        let after = second < new.count ? new[second] : nil
        let (low, high) = (before.map(key) ?? .max, after.map(key) ?? .max)
        if low <= high { first += 1 }
        if high <= low { second += 1 }
        if low < high {
            body(before, nil)
        } else if high < low {
            body(nil, after)
        } else if before != after {
            body(before, after)
        }
    }
}
