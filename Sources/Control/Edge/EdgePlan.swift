import Domain

/// A plan that was checked and placed, ready to be applied in one pass.
struct EdgePlan: Sendable {
    var plan: WorkerPlan
    let hash: UInt64
    let entryOfSlot: SlotIndex
    /// Per product of the plan.
    let up: [[PlacedSegment]]
    let down: [[PlacedSegment]]
    /// Entries whose segment of a local-curve product is resident in the station.
    let armed: [Bool]
    let hasArmed: Bool
    let margin: EdgeMargin
    /// No other entry has a segment: requests move no set-point.
    let isResident: Bool
    /// Curves of armed entries, which the plan alone decides.
    let resident: ResidentCurves

    /// The greatest over-arming of a local curve in 1/1000.
    static let mostGain = 1_500

    /// What is wrong with a plan's size or its products, or nil.
    private static func fault(of plan: WorkerPlan, most: Int) -> String? {
        if plan.products.count > StackBuilder.mostProducts {
            return "more than \(StackBuilder.mostProducts) products"
        }
        if plan.entries.count > most { return "more than \(most) entries" }
        for product in plan.products {
            let magnitudes = [
                product.awardUp, product.awardDown, product.spareUp, product.spareDown,
            ]
            if magnitudes.contains(where: { $0 < .zero }) {
                return "\(product.product): a negative award or spare"
            }
            if !(0...self.mostGain).contains(product.gainPerMille) {
                return "\(product.product): a gain above \(self.mostGain)"
            }
            // Falling frequency must never ask for more load, whoever signed the curve.
            let steps = zip(product.curve, product.curve.dropFirst())
            if steps.contains(where: { $0.milliHertz >= $1.milliHertz || $0.perMille < $1.perMille }
            ) {
                return "\(product.product): a curve that moves load against the grid"
            }
            if product.curve.contains(where: { $0.perMille.magnitude > 1_000 }) {
                return "\(product.product): a curve above the award"
            }
        }
        return nil
    }

    /// Checks that the plan holds together; the reason where it does not. `hash` is the plan's own,
    /// `before` the plan in force, `most` the entries that it may hold.
    static func checked(
        _ plan: WorkerPlan, hash: UInt64, before: EdgePlan? = nil, most: Int = EdgeRules.mostEntries
    ) -> Result<EdgePlan, PlanRefusal> {
        if let reason = Self.fault(of: plan, most: most) { return .failure(PlanRefusal(reason)) }
        for entry in plan.entries where entry.low > entry.base || entry.base > entry.high {
            return .failure(PlanRefusal("slot \(entry.slot): base outside its bounds"))
        }
        var fault: String?
        let entries = SlotIndex(plan.entries) { fault = fault ?? $0 }
        if let fault { return .failure(PlanRefusal(fault)) }
        var up: [[PlacedSegment]] = []
        var down: [[PlacedSegment]] = []
        for product in plan.products.indices {
            guard let above = place(plan, product: product, direction: .up, entryOfSlot: entries),
                let below = place(plan, product: product, direction: .down, entryOfSlot: entries)
            else { return .failure(PlanRefusal("segments and tables disagree")) }
            up.append(above)
            down.append(below)
        }
        var rooms = plan.entries.map {
            (up: Int($0.base) - Int($0.low), down: Int($0.high) - Int($0.base))
        }
        for segment in up.joined() { rooms[segment.entry].up -= segment.height }
        for segment in down.joined() { rooms[segment.entry].down -= segment.height }
        guard rooms.allSatisfy({ $0.up >= 0 && $0.down >= 0 }) else {
            return .failure(PlanRefusal("a vehicle's headroom is sold twice"))
        }
        var armed = plan.entries.map { _ in false }
        for (index, product) in plan.products.enumerated() where product.activation == .localCurve {
            for segments in [up[index], down[index]] {
                for segment in segments where plan.entries[segment.entry].resident { armed[segment.entry] = true }
            }
        }
        let isResident = (up + down).joined().allSatisfy { armed[$0.entry] }
        return .success(
            EdgePlan(
                plan: plan, hash: hash, entryOfSlot: entries, up: up, down: down, armed: armed,
                hasArmed: armed.contains(true), margin: EdgeMargin(entries: plan.entries.count, up: up, down: down),
                isResident: isResident,
                resident: ResidentCurves(plan, up: up, down: down, armed: armed, before: before))
        )
    }
}

/// Why a plan is refused.
struct PlanRefusal: Error, Hashable {
    var reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
