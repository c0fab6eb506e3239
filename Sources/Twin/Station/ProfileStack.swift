public import Domain

/// The charging profiles that a station holds, and which of them rules (OCPP 2.1 K01, K28; 1.6 section 3.13).
public struct ProfileStack: Hashable, Sendable {
    /// `Entries[ChargingProfiles]`: more are refused.
    public static let capacity = 16
    public private(set) var profiles: [PlantProfile] = []
    /// The frequency-watt curve in force, where there is one.
    public var control: PlantControl?
    /// The operator's last signal; a station keeps it over a new profile.
    public var signal = 0

    public init() {}

    /// Installs a profile in place of one with its id, or with its purpose and level. False when full.
    public mutating func install(_ profile: PlantProfile) -> Bool {
        let kept = self.profiles.filter { held in
            held.id != profile.id
                && !(held.purpose == profile.purpose && held.stackLevel == profile.stackLevel)
        }
        guard kept.count < Self.capacity else { return false }
        self.profiles = kept + [profile]
        return true
    }

    /// A new setpoint for a Dynamic profile; its watchdog starts anew. False when there is none of that id.
    public mutating func update(id: Int, mode: PlantProfile.Mode, at now: Instant) -> Bool {
        guard let index = self.profiles.firstIndex(where: { $0.id == id && $0.isDynamic }) else {
            return false
        }
        self.profiles[index].periods = [PlantProfile.Period(start: .zero, mode: mode)]
        self.profiles[index].start = now
        return true
    }

    /// Removes what `matches`; true when there was something.
    public mutating func clear(where matches: (PlantProfile) -> Bool) -> Bool {
        let before = self.profiles.count
        self.profiles.removeAll(where: matches)
        return self.profiles.count < before
    }

    /// The profile and mode that rule the transaction: TxProfile before TxDefaultProfile, highest level first.
    public func ruling(
        at now: Instant, offlineSince: Instant?
    ) -> (profile: PlantProfile, mode: PlantProfile.Mode)? {
        var best: (profile: PlantProfile, mode: PlantProfile.Mode)?
        for profile in self.profiles where profile.purpose != .stationMax {
            guard let mode = profile.mode(at: now, offlineSince: offlineSince) else { continue }
            if let held = best, Self.rank(held.profile) >= Self.rank(profile) { continue }
            best = (profile, mode)
        }
        return best
    }

    /// The power to aim at. Without a valid profile a station charges **without limit** (2.1 Q11).
    public func target(
        at now: Instant, milliHertz: Int, offlineSince: Instant?, unlimited: Power
    ) -> Power {
        let held = self.ruling(at: now, offlineSince: offlineSince)
        let ruling = held?.mode
        var aim = ruling.map { Self.power(of: $0, milliHertz: milliHertz) } ?? unlimited
        if case .curve = ruling, let signals = held?.profile.signals, !signals.isEmpty {
            aim = Power(watts: aim.watts + Self.interpolate(signals, at: self.signal))
        }
        // A control moves what follows a set-point; a mode that only charges stays as it is.
        if case .setpoint = ruling, let control = self.control, control.until.map({ now < $0 }) ?? true {
            aim = Power(watts: Self.interpolate(control.points, at: milliHertz))
        }
        let caps = self.profiles.filter { $0.purpose == .stationMax }
            .compactMap { $0.mode(at: now, offlineSince: offlineSince) }
            .map { Self.power(of: $0, milliHertz: milliHertz).watts }
        return Power(watts: min(aim.watts, caps.min() ?? aim.watts))
    }

    private static func rank(_ profile: PlantProfile) -> Int {
        profile.purpose.rawValue * 1_000_000 + profile.stackLevel
    }

    private static func power(of mode: PlantProfile.Mode, milliHertz: Int) -> Power {
        switch mode {
        case .limit(let power), .setpoint(let power): power
        case .idle: .zero
        case .curve(let baseline, let points):
            Power(watts: baseline.watts + self.interpolate(points, at: milliHertz))
        }
    }

    /// Straight lines between points, level outside them; `points` in rising order of frequency.
    static func interpolate(_ points: [FrequencyWattPoint], at milliHertz: Int) -> Int {
        guard let first = points.first, let last = points.last else { return 0 }
        if milliHertz <= first.milliHertz { return first.watts }
        if milliHertz >= last.milliHertz { return last.watts }
        for (left, right) in zip(points, points.dropFirst()) where milliHertz < right.milliHertz {
            let width = right.milliHertz - left.milliHertz
            guard width > 0 else { return right.watts }
            let rise = (right.watts - left.watts) * (milliHertz - left.milliHertz)
            return left.watts + roundedDivision(rise, width)
        }
        return last.watts
    }
}
