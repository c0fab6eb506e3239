public import Domain

/// What changed of one worker's plan, as the stack that stands tells it: exactly the slots whose entry or segments are
/// others than they were.
public struct PlanDelta: Hashable, Sendable {
    /// Index of the worker among the stack's.
    public var worker: Int
    /// With all tables: they are small, and a change low on the axis moves all that is above it.
    public var products: [PlanProduct] = []
    public var areTablesNew = false
    /// Slots whose members left, rising.
    public var gone: [UInt32] = []
    /// In the order of their slots.
    public var entries: [PlanEntry] = []
    /// All that the entries have now, slot by slot.
    public var segments: [PlanSegment] = []

    init(worker: Int) {
        self.worker = worker
    }

    /// How many slots it touches.
    public var count: Int { self.gone.count + self.entries.count }

    /// The change of a worker's plan; `plan` is the one before it.
    public func patch(of plan: WorkerPlan, id: PlanID, validUntil: Instant) -> PlanPatch {
        PlanPatch(
            id: id, base: plan.id.version, worker: plan.worker, validUntil: validUntil, products: self.products,
            gone: self.gone, entries: self.entries, segments: self.segments.inPlanOrder())
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
