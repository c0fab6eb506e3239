import Domain

/// What the passes over all members read, as columns: a member is some 70 bytes, and reading all of them for each
/// product and direction would cost more than the work itself.
struct StackColumns {
    var eligible: [UInt32] = []
    /// 0–127.
    var merit: [UInt8] = []
    var worker: [Int32] = []
    var slot: [UInt32] = []
    /// Room per direction and kind, W ≥ 0.
    var upShift: [Int32] = []
    var upInject: [Int32] = []
    var downShift: [Int32] = []

    init(_ members: [StackMember]) {
        let count = members.count
        self.eligible.reserveCapacity(count)
        self.merit.reserveCapacity(count)
        self.worker.reserveCapacity(count)
        self.slot.reserveCapacity(count)
        self.upShift.reserveCapacity(count)
        self.upInject.reserveCapacity(count)
        self.downShift.reserveCapacity(count)
        for member in members {
            let up = StackBuilder.heights(member.bounds, .up)
            self.eligible.append(member.eligible)
            self.merit.append(member.merit & 127)
            self.worker.append(Int32(truncatingIfNeeded: member.worker))
            self.slot.append(member.slot)
            self.upShift.append(Int32(clamping: up.shift))
            self.upInject.append(Int32(clamping: up.inject))
            self.downShift.append(Int32(clamping: StackBuilder.heights(member.bounds, .down).shift))
        }
    }
}
