public import Domain

/// What changed of one worker's plan: whatever stands at `slots` goes, and the entries and segments take its place.
public struct PlanDelta: Hashable, Sendable {
    /// Index of the worker among the stack's.
    public var worker: Int
    /// With all tables: they are small, and a change low on the axis moves all that is above it.
    public var products: [PlanProduct] = []
    public var areTablesNew = false
    /// Rising.
    public var slots: [UInt32] = []
    /// In the order of their slots; a slot without one is gone.
    public var entries: [PlanEntry] = []
    /// All that the slots have now, slot by slot.
    public var segments: [PlanSegment] = []

    init(worker: Int) {
        self.worker = worker
    }

    /// The plan after the change; `plan` is the one before it.
    public func applied(to plan: WorkerPlan, id: PlanID, validUntil: Instant) -> WorkerPlan {
        var gone = Set<UInt32>()
        for slot in self.slots { gone.insert(slot) }
        var new = plan
        new.id = id
        new.validUntil = validUntil
        new.products = self.products
        new.entries = merged(plan.entries.filter { !gone.contains($0.slot) }, self.entries) { $0.slot < $1.slot }
        new.segments = merged(
            plan.segments.filter { !gone.contains($0.slot) }, self.segments.inPlanOrder(), by: isBefore)
        return new
    }
}

extension [PlanSegment] {
    /// Direction, product, kind, slot.
    func inPlanOrder() -> [PlanSegment] {
        var parts: [[PlanSegment]] = Array<[PlanSegment]>(repeating: [], count: 4 * StackBuilder.mostProducts)
        // Each part's segments come in the order of their slots already.
        for segment in self { parts[part(segment)].append(segment) }
        return Array(parts.joined())
    }
}

private func part(_ segment: PlanSegment) -> Int {
    (segment.direction == .up ? 0 : 2 * StackBuilder.mostProducts) + 2 * Int(segment.product)
        + (segment.kind == .shift ? 0 : 1)
}

private func isBefore(_ one: PlanSegment, _ other: PlanSegment) -> Bool {
    (part(one), one.slot) < (part(other), other.slot)
}

/// Two lists that are in order each, as one.
private func merged<Element>(
    _ one: [Element], _ other: [Element], by isBefore: (Element, Element) -> Bool
) -> [Element] {
    var result: [Element] = []
    result.reserveCapacity(one.count + other.count)
    var next = 0
    for element in one {
        while next < other.count, isBefore(other[next], element) {
            result.append(other[next])
            next += 1
        }
        result.append(element)
    }
    result += other[next...]
    return result
}
