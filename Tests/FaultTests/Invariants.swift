/// What has to hold after any fault, judged from what the plant left behind (issue: "after each"). One place for all
/// faults; `InvariantTests` shows that each of them can fail.
enum Invariant: String, CaseIterable, Sendable {
    case ramp, siteLimit, promises, readings, energy, books, fallback, resume, overshoot

    /// What is wrong, a line each.
    static func findings(_ evidence: Evidence, of invariants: [Invariant] = Self.allCases) -> [Finding] {
        invariants.flatMap { invariant in invariant.check(evidence).map { Finding(invariant: invariant, text: $0) } }
    }

    struct Finding: Sendable, CustomStringConvertible {
        var invariant: Invariant
        var text: String
        var description: String { "\(self.invariant.rawValue): \(self.text)" }
    }

    private func check(_ evidence: Evidence) -> [String] {
        switch self {
        case .ramp: Self.ramp(evidence)
        case .siteLimit: Self.siteLimit(evidence)
        case .promises: Self.promises(evidence)
        case .readings: Self.readings(evidence)
        case .energy: Self.energy(evidence)
        case .books: Self.books(evidence)
        case .fallback: Self.fallback(evidence)
        case .resume: Self.resume(evidence)
        case .overshoot: Self.overshoot(evidence)
        }
    }

    /// The steepest rise of load in any second of the steady time, W; it is the direction against the grid, since the
    /// whole time up is asked for.
    static func steepest(_ evidence: Evidence) -> (watts: Int, at: Double) {
        let samples = evidence.samples.filter { evidence.steady.contains($0.at) }
        var worst = (watts: 0, at: 0.0)
        var first = 0
        for sample in samples {
            while samples[first].at < sample.at - 1 { first += 1 }
            let lowest = samples[first...].prefix { $0.at <= sample.at }.min { $0.sum < $1.sum }
            let rise = sample.sum - (lowest?.sum ?? sample.sum)
            if rise > worst.watts { worst = (rise, sample.at) }
        }
        return worst
    }

    /// Above the ramp a tenth, since looks are not evenly spaced and stations move in steps, and 3 % of the award, which is
    /// what meters and envelopes of the products bear.
    private static func ramp(_ evidence: Evidence) -> [String] {
        guard evidence.samples.contains(where: { evidence.steady.contains($0.at) }) else { return ["nobody looked"] }
        let worst = Self.steepest(evidence)
        let award = evidence.looks.map(\.awarded).max() ?? 0
        guard worst.watts > evidence.ramp * 11 / 10 + award * 3 / 100 + evidence.ownStep else { return [] }
        let at = Self.rounded(worst.at)
        return ["the sites rose by \(worst.watts) W within a second at \(at) s, the ramp is \(evidence.ramp) W/s"]
    }

    private static func siteLimit(_ evidence: Evidence) -> [String] {
        let over = evidence.samples.first { sample in
            sample.watts.prefix(evidence.sites).contains { $0.magnitude > evidence.siteWatts }
        }
        return over.map { ["\($0.watts) W at \($0.at) s, \(evidence.siteWatts) W are allowed at a site"] } ?? []
    }

    private static func promises(_ evidence: Evidence) -> [String] {
        let broken = evidence.books.promisesBroken + evidence.books.outcomesMissed
        return broken == 0 ? [] : ["\(broken) promises were broken"]
    }

    /// Each reading that a worker took is in the database once, none is missing between them.
    private static func readings(_ evidence: Evidence) -> [String] {
        var findings = evidence.books.readings.sorted { $0.key < $1.key }.compactMap { worker, rows in
            rows.held == rows.highest && rows.held > 0 ? nil : "\(worker): \(rows.held) readings of \(rows.highest)"
        }
        if evidence.books.readings.count < evidence.sites {
            findings.append("a worker has none")
        }
        if evidence.books.unacknowledged > 0 {
            findings.append("\(evidence.books.unacknowledged) readings were never acknowledged")
        }
        return findings
    }

    /// What the registers in the database say is what flowed at the stations, and what was settled is what was
    /// delivered there: to 2 %, and 60 Wh a station for what flowed beside its first and last reading.
    private static func energy(_ evidence: Evidence) -> [String] {
        var findings: [String] = []
        for site in 0..<evidence.sites {
            let own = evidence.books.registers.filter { $0.site == site }
            guard let from = own.map(\.from).max(), let until = own.map(\.until).min(), from < until else {
                findings.append("site \(site) has no registers")
                continue
            }
            let metered = own.reduce(0) { $0 + $1.net }
            let (flowed, moved) = Self.energy(evidence, from...until) { $0.watts[site] }
            let slack = moved / 50 + 60 * Double(own.count)
            if abs(Double(metered) - flowed) > slack {
                findings.append("site \(site): registers say \(metered) Wh, \(Int(flowed)) Wh flowed")
            }
        }
        let window = evidence.books.sampled
        guard window.lowerBound < window.upperBound else { return findings + ["nothing was settled"] }
        let stations = Self.energy(evidence, window) { $0.watts.prefix(evidence.sites).reduce(0, +) }.net * 3_600
        // Of simulated cars the registers tell: a look at their power is late, and what shifts is not small.
        let crowds = evidence.crowds.map {
            Self.registered($0, at: window.upperBound) - Self.registered($0, at: window.lowerBound)
        }
        let base = evidence.books.baseline.values.reduce(0, +)
        let real = Double(base) - stations - crowds.reduce(0, +)
        // When exactly a register of simulated cars was looked at is known to a quarter of a second.
        let late = evidence.crowds.isEmpty ? 0 : Double(evidence.looks.map(\.awarded).max() ?? 0) / 4
        if abs(Double(evidence.books.delivered) - real) > max(abs(real), 1e6) / 20 + late {
            findings.append(
                "settled as delivered \(evidence.books.delivered) Ws, by the stations \(Int(real)) Ws, in "
                    + "\(evidence.books.baseline.count) of \(Int(window.upperBound - window.lowerBound)) s")
        }
        return findings
    }

    /// What the registers of simulated cars said at an instant, Ws: on the straight line between two looks at them.
    private static func registered(_ looks: [Evidence.Registered], at instant: Double) -> Double {
        guard let next = looks.firstIndex(where: { $0.at >= instant }), next > 0 else {
            return (looks.first { $0.at >= instant } ?? looks.last)?.wattSeconds ?? 0
        }
        let (one, two) = (looks[next - 1], looks[next])
        return one.wattSeconds + (two.wattSeconds - one.wattSeconds) * (instant - one.at) / (two.at - one.at)
    }

    /// Energy between two instants, Wh: with its sign, and without.
    private static func energy(
        _ evidence: Evidence, _ window: ClosedRange<Double>, _ watts: (Evidence.Sample) -> Int
    ) -> (net: Double, moved: Double) {
        var net = 0.0
        var moved = 0.0
        for (one, next) in zip(evidence.samples, evidence.samples.dropFirst()) where window.contains(one.at) {
            let energy = Double(watts(one)) * (min(next.at, window.upperBound) - one.at) / 3_600
            net += energy
            moved += abs(energy)
        }
        return (net, moved)
    }

    private static func books(_ evidence: Evidence) -> [String] {
        var findings: [String] = []
        if !evidence.books.findings.contains(" 0 findings") {
            findings.append("ledger verify: \(evidence.books.findings)")
        }
        if !evidence.books.settled.contains(" 0 differences") { findings.append("settle: \(evidence.books.settled)") }
        // What is not in the database agrees with everything.
        if self.count(evidence.books.findings) < 2 { findings.append("the database has no postings") }
        if self.count(evidence.books.settled) < 2 { findings.append("the database has no 2 settled blocks") }
        if evidence.books.blocks < 2 { findings.append("\(evidence.books.blocks) of 2 blocks are settled") }
        if !evidence.books.balanced { findings.append("the ledger is out of balance") }
        if !evidence.books.conserved { findings.append("energy is not conserved") }
        return findings
    }

    /// The number that a summary begins with.
    private static func count(_ summary: String) -> Int { Int(summary.prefix { $0.isNumber }) ?? 0 }

    /// Where an export has to end: no export any more at its sites from then on until the heal.
    private static func fallback(_ evidence: Evidence) -> [String] {
        evidence.faults.compactMap { fault in
            guard let fallback = fault.fallback else { return nil }
            let by = fault.at + fallback.seconds
            let late = evidence.samples.first { sample in
                sample.at > by && sample.at < fault.healed
                    && fallback.sites.reduce(0) { $0 + min(0, sample.watts[$1]) } < -1_000
            }
            guard let late else { return nil }
            let after = Self.rounded(late.at - fault.at)
            return "\(fault.name): still exports \(late.watts) W after \(after) s, \(fallback.seconds) s are stated"
        }
    }

    private static func resume(_ evidence: Evidence) -> [String] {
        var findings = evidence.faults.compactMap { fault -> String? in
            guard let resumed = fault.resumed else { return "\(fault.name): the request was not met again" }
            guard resumed > fault.resume else { return nil }
            return "\(fault.name): met again after \(Self.rounded(resumed)) s, \(fault.resume) s are stated"
        }
        if evidence.looks.last?.plugged != evidence.plugged {
            findings.append("\(evidence.looks.last?.plugged ?? 0) of \(evidence.plugged) cars are there in the end")
        }
        return findings
    }

    /// The plan goes on without a jump: after the heal never more than a tenth of the award beyond the request, once the
    /// sum has had two seconds to come down.
    private static func overshoot(_ evidence: Evidence) -> [String] {
        guard let asked = evidence.looks.first(where: { evidence.steady.contains($0.at) && $0.requested > 0 }) else {
            return ["nobody asked for anything"]
        }
        let most = asked.requested + asked.awarded / 10
        var since: Double?
        for sample in evidence.samples where evidence.steady.contains(sample.at) {
            guard asked.baseline - sample.sum > most else {
                since = nil
                continue
            }
            let began = since ?? sample.at
            since = began
            if sample.at - began > 2 {
                return ["\(asked.baseline - sample.sum) W at \(sample.at) s, \(asked.requested) W were asked for"]
            }
        }
        return []
    }

    static func rounded(_ seconds: Double) -> String { "\((seconds * 10).rounded() / 10)" }
}
