/// What the controller knows of each charging point, by slot: slots are dense from 0, so an array serves.
struct PointTable: Sendable {
    /// A slot above this is not taken: a worker has far fewer, and the table must not grow without bound.
    static let most = 1_000_000

    private var points: [EdgeController.Point] = []

    /// nil where nothing is bound.
    subscript(slot: UInt32) -> EdgeController.Point? {
        get {
            let index = Int(slot)
            return index < self.points.count && self.points[index].isBound ? self.points[index] : nil
        }
        set {
            let index = Int(slot)
            guard index < Self.most else { return }
            if index >= self.points.count {
                self.points.append(
                    contentsOf: repeatElement(.nobody, count: index + 1 - self.points.count))
            }
            self.points[index] = newValue ?? .nobody
        }
    }

    /// What the point of a slot was told last, W, without a copy of it; nil where nothing holds.
    func sent(_ slot: UInt32) -> Int? {
        let index = Int(slot)
        return index < self.points.count && self.points[index].isBound ? self.points[index].sent : nil
    }

    /// Changes the point of this generation in its place; nothing where another one is bound, or one that cannot be
    /// commanded. False then.
    @inline(__always)
    mutating func update(
        _ slot: UInt32, generation: UInt32, _ body: (inout EdgeController.Point) -> Void
    ) -> Bool {
        let index = Int(slot)
        guard index < self.points.count, self.points[index].isThere(generation) else { return false }
        self.points[index].change(body)
        return true
    }

    /// Changes the point of a slot in its place, whichever it is.
    mutating func change(_ slot: UInt32, _ body: (inout EdgeController.Point) -> Void) {
        guard Int(slot) < self.points.count, self.points[Int(slot)].isBound else { return }
        self.points[Int(slot)].change(body)
    }

    /// Whether the point of this generation may be moved; one that is stopped not into discharge.
    func mayMove(_ slot: UInt32, generation: UInt32, discharging: Bool) -> Bool {
        let index = Int(slot)
        guard index < self.points.count, self.points[index].isThere(generation) else { return false }
        return !(discharging && self.points[index].stopped)
    }
}
