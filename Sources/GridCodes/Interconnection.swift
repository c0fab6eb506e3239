public import Domain

/// What a grid connection code takes from a unit's availability.
public struct InterconnectionRule: Hashable, Sendable, Codable {
    /// The code and its category, such as `IEEE 1547-2018 category III`.
    public var code: String
    /// Frequencies between which a unit may connect, mHz.
    public var connectMilliHertz: [Int]
    /// So long the grid has to be inside before a tripped unit returns, s.
    public var reconnectSeconds: Int
    /// Then its power may rise from nothing to all over this time, s.
    public var rampSeconds: Int
    /// Most that is added at random per unit, s; 0 where none.
    public var randomisedSeconds: Int
    /// Where the code claims response: falling frequency from the first, rising from the second, mHz; full at 1/1000 per
    /// Hz. Nil where no such response is asked of the unit.
    public var claimedMilliHertz: [Int]?
    public var claimedPerMillePerHertz: Int
    /// Time within which an export limit that lost its meter goes to its safe value, s; nil where there is no rule.
    public var exportFailsafeSeconds: Int?

    public init(
        code: String, connectMilliHertz: [Int], reconnectSeconds: Int, rampSeconds: Int, randomisedSeconds: Int,
        claimedMilliHertz: [Int]?, claimedPerMillePerHertz: Int, exportFailsafeSeconds: Int?
    ) {
        self.code = code
        self.connectMilliHertz = connectMilliHertz
        self.reconnectSeconds = reconnectSeconds
        self.rampSeconds = rampSeconds
        self.randomisedSeconds = randomisedSeconds
        self.claimedMilliHertz = claimedMilliHertz
        self.claimedPerMillePerHertz = claimedPerMillePerHertz
        self.exportFailsafeSeconds = exportFailsafeSeconds
    }

    /// Part of its power that may be counted on, 1/1000, `elapsed` after the grid came back: the longest random delay is
    /// assumed of every unit, for a promise rests on the last of them.
    public func availablePerMille(after elapsed: TimeSpan) -> Int {
        let returning = elapsed.seconds - self.reconnectSeconds - self.randomisedSeconds
        guard returning >= 0 else { return 0 }
        return self.rampSeconds == 0 ? 1_000 : min(1_000, returning * 1_000 / self.rampSeconds)
    }

    /// `power`, or what the ramp after a trip leaves of it.
    public func available(_ power: Power, after elapsed: TimeSpan) -> Power {
        Power(watts: power.watts * self.availablePerMille(after: elapsed) / 1_000)
    }

    /// What the code claims at a frequency, 1/1000 of rated power, + = up: this headroom is not for sale.
    public func claimedPerMille(milliHertz: Int) -> Int {
        guard let bounds = self.claimedMilliHertz, bounds.count == 2 else { return 0 }
        let missing = max(0, bounds[0] - milliHertz)
        let surplus = max(0, milliHertz - bounds[1])
        let claimed = (missing - surplus) * self.claimedPerMillePerHertz / 1_000
        return max(-1_000, min(1_000, claimed))
    }

    var findings: [String] {
        var findings: [String] = []
        func check(_ holds: Bool, _ otherwise: String) {
            if !holds { findings.append("interconnection \(self.code): \(otherwise)") }
        }
        check(
            self.connectMilliHertz.count == 2 && self.connectMilliHertz[0] < self.connectMilliHertz[1],
            "connectMilliHertz is a low and a high bound")
        check(
            self.reconnectSeconds >= 0 && self.rampSeconds >= 0 && self.randomisedSeconds >= 0,
            "reconnectSeconds, rampSeconds and randomisedSeconds are at least 0")
        check(
            self.claimedMilliHertz.map { $0.count == 2 && $0[0] < $0[1] } ?? true,
            "claimedMilliHertz is where falling and where rising frequency begins to count")
        check(self.claimedPerMillePerHertz >= 0, "claimedPerMillePerHertz is at least 0")
        check(self.exportFailsafeSeconds.map { $0 > 0 } ?? true, "exportFailsafeSeconds is above 0")
        return findings
    }
}

extension RegionPack {
    /// Part of a station's power that may be counted on, 1/1000, `elapsed` after the grid came back: the slowest of the
    /// codes that bind it counts.
    public func availablePerMille(after elapsed: TimeSpan) -> Int {
        (self.interconnection ?? []).map { $0.availablePerMille(after: elapsed) }.min() ?? 1_000
    }
}
