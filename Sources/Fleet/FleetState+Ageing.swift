import CTelemetry
public import Domain

// What goes away: points that are released, and records that nobody renews.
extension FleetState {
    /// Releases a slot: its charging point is gone or belongs to another worker now. An older generation than the
    /// one bound changes nothing. Only a later generation binds the slot again. True where something was released.
    @discardableResult
    public mutating func unregister(slot: UInt32, generation: UInt32, worker: WorkerID) -> Bool {
        guard let owner = self.index(of: worker), Int(slot) < self.range(owner).count else {
            return false
        }
        let index = self.range(owner).lowerBound + Int(slot)
        let line = self.lines[index]
        guard line.bound == 1, generation >= line.generation else { return false }
        self.empty(index)
        self.lines[index].generation = generation
        return true
    }

    /// Points whose last record came before `instant` count as unavailable with the reason `staleMeter`, until a
    /// newer record says otherwise; what they drew last stays in the totals. Returns how many went stale now.
    @discardableResult
    public mutating func age(before instant: Instant) -> Int {
        let limit = Int64(instant.microseconds)
        let ready = UInt32(HEADROOM_AVAILABLE)
        let reasons: UInt32 = 0xFF << 16
        var stale = 0
        for worker in self.workers.indices {
            for index in self.range(worker) {
                let line = self.lines[index]
                guard line.bound == 1, line.receivedAt < limit, line.record.flags & ready != 0
                else { continue }
                let kept = line.record.flags & ~(ready | reasons)
                self.lines[index].record.flags =
                    kept | UInt32(UnavailableReason.staleMeter.rawValue) << 16
                self.count(index, headroom_hot(self.lines[index]))
                stale += 1
            }
        }
        return stale
    }
}
