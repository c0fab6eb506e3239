/// Stays that are planned as one: alike in site, times, powers, efficiency and wear, and nearly in energy.
///
/// An inner group has the bounds of the member that binds first: what it can do its members can, each by an equal part. An
/// outer group has those of the mean member: it can do all that its members can together, and perhaps more.
struct StayGroup: Hashable, Sendable {
    /// Alike in all of it.
    struct Key: Hashable, Sendable {
        var site: Int
        var arrival: Int
        var departure: Int
        var maxCharge: Int
        var maxDischarge: Int
        var efficiency: Int
        var wear: Int
        /// Energy missing to the target, by bins; above the reserve, and to the top, by bins that grow: who has much of it is
        /// not bound by it.
        var missing: Int
        var above: Int
        var below: Int
    }
    let key: Key
    let members: [Int]
    /// Wh by member, from what it has on arrival: the most that it must gain by departure, the least that it has above its
    /// reserve, the least that fits in.
    let missing: Int
    let above: Int
    let below: Int

    /// Whether all members are the same, so that each does best by an equal part.
    let isAlike: Bool

    var count: Int { self.members.count }

    /// - Parameter bin: Wh within which stays count as alike; 0 = only equal ones.
    static func groups(_ stays: [BidProblem.Stay], bin: Int, isOuter: Bool = false) -> [StayGroup] {
        var members: [Key: [Int]] = [:]
        var order: [Key] = []
        for (index, stay) in stays.enumerated() {
            func place(_ energy: Int) -> Int { energy / max(1, bin) }
            func growing(_ energy: Int) -> Int {
                guard bin > 1 else { return energy }
                var (limit, number) = (bin, 0)
                while energy >= limit { (limit, number) = (limit * 3 / 2 + bin / 2, number + 1) }
                return number
            }
            let key = Key(
                site: stay.site, arrival: stay.arrival, departure: stay.departure, maxCharge: stay.maxCharge,
                maxDischarge: stay.maxDischarge, efficiency: stay.efficiency, wear: stay.wear,
                missing: place(max(0, stay.target - stay.energy)), above: growing(stay.energy - stay.reserve),
                below: growing(stay.capacity - stay.energy))
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(index)
        }
        return order.flatMap { key -> [StayGroup] in
            let rows = members[key] ?? []
            let missing = rows.map { stays[$0].target - stays[$0].energy }
            let above = rows.map { stays[$0].energy - stays[$0].reserve }
            let below = rows.map { stays[$0].capacity - stays[$0].energy }
            let isAlike = [missing, above, below].allSatisfy { $0.min() == $0.max() }
            guard isOuter else {
                // What one lacks may not fit into another: then each is planned by itself.
                guard missing.max() ?? 0 <= below.min() ?? 0 else { return self.groups(stays, of: rows) }
                return [
                    StayGroup(
                        key: key, members: rows, missing: missing.max() ?? 0, above: above.min() ?? 0,
                        below: below.min() ?? 0, isAlike: isAlike)
                ]
            }
            // Rounded so that the group can do no less than its members.
            func mean(_ values: [Int]) -> Int { values.reduce(0, +) / max(1, values.count) }
            return [
                StayGroup(
                    key: key, members: rows, missing: mean(missing) - 1, above: mean(above) + 1,
                    below: mean(below) + 1, isAlike: isAlike)
            ]
        }
    }

    /// Some of the stays, each by itself.
    static func groups(_ stays: [BidProblem.Stay], of members: [Int]) -> [StayGroup] {
        members.map { member in
            let stay = stays[member]
            let key = Key(
                site: stay.site, arrival: stay.arrival, departure: stay.departure, maxCharge: stay.maxCharge,
                maxDischarge: stay.maxDischarge, efficiency: stay.efficiency, wear: stay.wear, missing: 0, above: 0,
                below: 0)
            return StayGroup(
                key: key, members: [member], missing: stay.target - stay.energy, above: stay.energy - stay.reserve,
                below: stay.capacity - stay.energy, isAlike: true)
        }
    }
}
