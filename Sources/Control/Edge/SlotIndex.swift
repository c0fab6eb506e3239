public import Domain

/// Entry by slot of one plan: slots are dense from 0, so an array serves.
public struct SlotIndex: Sendable {
    /// −1 where the plan has no entry.
    private var entries: [Int32]

    /// `fault` is told of a slot that stands twice or is beyond what a worker has.
    public init(_ plan: [PlanEntry], fault: (String) -> Void = { _ in }) {
        let most = plan.reduce(-1) { max($0, Int(min($1.slot, UInt32(PointTable.most)))) }
        self.entries = Array(repeating: -1, count: min(most + 1, PointTable.most))
        for (index, entry) in plan.enumerated() {
            guard entry.slot < UInt32(self.entries.count) else {
                fault("slot \(entry.slot) is beyond what a worker has")
                continue
            }
            if self.entries[Int(entry.slot)] >= 0 { fault("slot \(entry.slot) stands in the plan twice") }
            self.entries[Int(entry.slot)] = Int32(index)
        }
    }

    /// The entry of a slot; nil where the plan has none.
    public subscript(slot: UInt32) -> Int? {
        guard Int(slot) < self.entries.count else { return nil }
        let entry = self.entries[Int(slot)]
        return entry < 0 ? nil : Int(entry)
    }
}
