/// How closely a signal was followed: 1 − Σ|asked − came| ÷ Σ|asked|, in 1/10,000, not below zero.
/// Nothing asked and nothing done is full accuracy; nothing asked and something done is none.
/// - Parameters:
///   - asked, came: W at the same instants, + = up; as many of both.
public func trackingAccuracy(asked: [Int], came: [Int]) -> Int {
    precondition(asked.count == came.count, "as many responses as requests")
    let wanted = asked.reduce(Int128(0)) { $0 + Int128($1.magnitude) }
    let missed = zip(asked, came).reduce(Int128(0)) { $0 + Int128(($1.0 - $1.1).magnitude) }
    guard wanted > 0 else { return missed == 0 ? 10_000 : 0 }
    return Int(max(0, (wanted - missed) * 10_000 / wanted))
}
