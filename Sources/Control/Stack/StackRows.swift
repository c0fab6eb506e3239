import Domain

/// The members by worker, as columns that the passes for each product read: a member is 64 bytes, and reading all
/// of them each time would cost more than the work itself. Beside them the entries of each worker's plan.
struct StackRows {
    let entries: [[PlanEntry]]
    /// Where each worker's rows lie, in the order of its members.
    let ranges: [Range<Int>]
    let slot: [UInt32]
    let eligible: [UInt32]
    /// 0–127.
    let merit: [UInt8]
    /// Room per direction and kind, W ≥ 0.
    let upShift: [Int32]
    let upInject: [Int32]
    let downShift: [Int32]
}

extension StackRows {
    /// Members that are read at once: few enough to stay in the cache from one pass over them to the next.
    private static let block = 1_024

    init(_ members: [StackMember], workers: Int) {
        let asTheyCome = Self.read(members, workers: workers)
        // The engine's members come worker by worker; others are brought into that order first.
        self =
            asTheyCome.isWhole
            ? asTheyCome.rows
            : Self.read(Self.grouped(members, workers: workers), workers: workers).rows
    }

    /// Reads members that come worker by worker; not the whole of them where one worker's lie apart.
    private static func read(_ members: [StackMember], workers: Int) -> (
        rows: StackRows, isWhole: Bool
    ) {
        var entries: [[PlanEntry]] = Array(repeating: [], count: workers)
        var ranges = Array(repeating: 0..<0, count: workers)
        var slot = Array(repeating: UInt32(0), count: members.count)
        var eligible = slot
        var merit = Array(repeating: UInt8(0), count: members.count)
        var upShift = Array(repeating: Int32(0), count: members.count)
        var upInject = upShift
        var downShift = upShift
        var next = 0
        var isWhole = true
        while next < members.count {
            let block = Self.block(members, from: next)
            let worker = members[next].worker
            if ranges[worker].isEmpty {
                ranges[worker] = block
                entries[worker].reserveCapacity(members.count / workers)
            } else if ranges[worker].upperBound == next {
                ranges[worker] = ranges[worker].lowerBound..<block.upperBound
            } else {
                isWhole = false
                break
            }
            entries[worker].append(addingCapacity: block.count) { output in
                for row in block { output.append(Self.entry(members[row])) }
            }
            var slots = slot.mutableSpan
            var eligibles = eligible.mutableSpan
            var merits = merit.mutableSpan
            var upShifts = upShift.mutableSpan
            var upInjects = upInject.mutableSpan
            var downShifts = downShift.mutableSpan
            // Sound: every column is as long as the members, and the block lies inside them.
            for row in block {
                let member = members[row]
                let up = StackBuilder.heights(member.bounds, .up)
                let down = StackBuilder.heights(member.bounds, .down)
                unsafe slots[unchecked: row] = member.slot
                unsafe eligibles[unchecked: row] = member.eligible
                unsafe merits[unchecked: row] = member.merit & 127
                unsafe upShifts[unchecked: row] = Int32(clamping: up.shift)
                unsafe upInjects[unchecked: row] = Int32(clamping: up.inject)
                unsafe downShifts[unchecked: row] = Int32(clamping: down.shift)
            }
            next = block.upperBound
        }
        let rows = StackRows(
            entries: entries, ranges: ranges, slot: slot, eligible: eligible, merit: merit,
            upShift: upShift, upInject: upInject, downShift: downShift)
        return (rows, isWhole)
    }

    /// The next members of one worker, not too many.
    private static func block(_ members: [StackMember], from start: Int) -> Range<Int> {
        let most = min(members.count, start + Self.block)
        var end = start + 1
        while end < most, members[end].worker == members[start].worker { end += 1 }
        return start..<end
    }

    private static func entry(_ member: StackMember) -> PlanEntry {
        PlanEntry(
            slot: member.slot, generation: member.generation,
            base: Int32(clamping: member.bounds.base), low: Int32(clamping: member.bounds.low),
            high: Int32(clamping: member.bounds.high), resident: member.resident)
    }

    /// The members worker by worker, each worker's in their order.
    private static func grouped(_ members: [StackMember], workers: Int) -> [StackMember] {
        var groups: [[StackMember]] = Array(repeating: [], count: workers)
        for member in members { groups[member.worker].append(member) }
        return Array(groups.joined())
    }
}
