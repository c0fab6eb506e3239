import Domain
import Foundation
import GridCodes
import TestSupport
import Testing

/// Comparison groups, by hand and against opendsm's own matching and correction.
@Suite struct PeerMatchingTests {
    private let wednesday = CivilDate(year: 2025, month: 7, day: 16)

    /// Loads of hours 17 and 18 on each weekday back; nil: dispatched.
    private func history(_ load: (Int) -> Int?) -> [DayMatching.Day] {
        var days: [DayMatching.Day] = []
        var date = self.wednesday
        while days.count < 12 {
            date = date + -1
            guard !date.isWeekend else { continue }
            var loads = Array(repeating: Int?.some(1), count: 24)
            loads[17] = load(days.count)
            loads[18] = load(days.count).map { $0 * 2 }
            days.append(.init(date: date, load: loads))
        }
        return days
    }

    private func scale(_ own: [DayMatching.Day], _ group: [DayMatching.Day], days: Int) -> ComparisonGroup.Scale? {
        try? ComparisonGroup(days: days).scale(
            own: .init(points: 3, history: own), group: .init(points: 6, history: group), of: self.wednesday,
            event: 17..<19
        ).get()
    }

    @Test func theUnitIsScaledByUndisturbedDays() throws {
        // Own 100, 110, …; the group always 50. The first day was dispatched: days 1 and 2 count.
        let own = self.history { $0 == 0 ? nil : 100 + 10 * $0 }
        let group = self.history { _ in 50 }
        let scale = try #require(self.scale(own, group, days: 2))
        #expect(scale == .init(own: 3 * 230, group: 3 * 100) && scale.load(60) == 138)
        // A dispatched group does not compare either.
        let disturbed = self.history { $0 == 1 ? nil : 50 }
        #expect(self.scale(own, disturbed, days: 2)?.own == 3 * (120 + 130))
        #expect(self.scale(own, group, days: 0) == .init(own: 3, group: 6), "point for point")
        let half = ComparisonGroup.Scale(own: 1, group: 2)
        #expect(half.load(-3) == -2 && half.load(3) == 2)
    }

    @Test func whatCannotBeComparedSaysWhatToDo() {
        let group = ComparisonGroup(days: 12, leastPoints: 5)
        func reason(_ own: [DayMatching.Day], _ points: Int) -> String {
            let result = group.scale(
                own: .init(points: 3, history: own), group: .init(points: points, history: self.history { _ in 50 }),
                of: self.wednesday, event: 17..<19)
            guard case .failure(let refusal) = result else { return "" }
            return refusal.reason
        }
        #expect(reason(self.history { _ in 1 }, 4).contains("5 are wanted: enrol more sites"))
        #expect(reason(self.history { $0 < 2 ? nil : 9 }, 5).hasPrefix("10 like days of 12"))
        #expect(reason(self.history { _ in -9 }, 5).contains("not above zero"))
    }

    /// Where each day is what the others say, nothing is missed; a day that is double is.
    @Test func theFitIsOutOfSample() throws {
        func fit(_ own: [DayMatching.Day]) -> ComparisonGroup.Fit? {
            ComparisonGroup(days: 10).fit(
                own: .init(points: 1, history: own), group: .init(points: 1, history: self.history { _ in 5_000 }),
                of: self.wednesday, event: 17..<19)
        }
        let steady = try #require(fit(self.history { _ in 20_000 }))
        #expect(steady.intervals == 20 && steady.biasPerMille == 0 && steady.scatterPerMille == 0)
        let odd = try #require(fit(self.history { $0 == 3 ? 40_000 : 20_000 }))
        #expect(odd.intervals == 20 && odd.scatterPerMille > 300 && abs(odd.biasPerMille) < 20, "\(odd)")
    }

    /// Six units, thirty candidates, three peers each: the same assignment as opendsm's, and its correction of a load.
    @Test func opendsmChoosesTheSamePeers() throws {
        var random = SeededGenerator(seed: 7)
        func units(_ name: String, _ count: Int) -> [PeerMatching.Unit] {
            (0..<count).map { index in
                let peak = Int.random(in: 0..<24, using: &random)
                let shape = (0..<24).map { hour -> Int in
                    let apart = abs(hour - peak)
                    return 20_000 - 800 * min(apart, 24 - apart) + Int.random(in: 0...3_000, using: &random)
                }
                return PeerMatching.Unit(name: "\(name)\(index)", shape: shape)
            }
        }
        let (treated, pool) = (units("t", 6), units("p", 30))
        let ours = try PeerMatching(each: 3).matches(of: treated, among: pool).get()
        #expect(Set(ours.map(\.peer)).count == 18 && ours.count == 18)
        guard let python = Program.peersPython,
            try Program.run(python, ["-c", "import scipy, pandas, qpsolvers"]).status == 0
        else {
            return print("skipped: opendsm is not in the peers' virtual environment; ops/setup test makes it")
        }
        let outcome = try Program.run(python, ["-W", "ignore", "-c", OpenDSM.script(treated, pool)])
        let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        try #require(outcome.status == 0 && lines.count == 19, "\(outcome.errors)")
        #expect(Set(lines.dropLast().map { "\($0[0]) \($0[1])" }) == Set(ours.map { "\($0.unit) \($0.peer)" }))
        let theirs = lines.dropLast().compactMap { Double($0[2]) }.reduce(0, +)
        #expect(abs(theirs - ours.reduce(0) { $0 + $1.distance }) < 1e-3)
        // Modelled 690 by own days and 300 by the group's, which now draws 180: 690 · 180 ÷ 300.
        let corrected = try #require(lines.last.flatMap { Double($0[0]) })
        #expect(Int((corrected).rounded()) == ComparisonGroup.Scale(own: 690, group: 300).load(180))
    }

    /// Sites a and b are dispatched on the last day; c, d are like them, e and f charge at night.
    @Test func aTableSaysWhatWasDelivered() throws {
        var lines = ["date,hour,id,kw,dispatched"]
        for back in stride(from: 12, through: 0, by: -1) where !(self.wednesday + -back).isWeekend {
            for (site, peak, size) in [
                ("a", 18, 100), ("b", 18, 60), ("c", 18, 90), ("d", 18, 50), ("e", 2, 100), ("f", 2, 60),
            ] {
                for hour in 0..<24 {
                    let isDown = back == 0 && site < "c" && (17..<19).contains(hour)
                    let load = (hour == peak || hour == peak - 1 ? size : 4) - (isDown ? 30 : 0)
                    lines.append("\(self.wednesday + -back),\(hour),\(site),\(load),\(isDown ? 1 : 0)")
                }
            }
        }
        let table = try LoadTable(csv: lines.joined(separator: "\n"))
        let report = try PeerReport(
            table, units: ["a", "b"], each: 1, days: 5, date: self.wednesday, event: 17..<19)
        #expect(report.peers.map(\.peer) == ["c", "d"])
        #expect(report.hours.map(\.baselineWatts) == [160_000, 160_000] && report.biasPerMille == 0)
        #expect(report.hours.map(\.deliveredWatts) == [60_000, 60_000])
        for (text, reason) in [
            ("date,hour\n", "the header must be"), ("date,hour,id,kw\n2025-07-16,24,a,1", "line 2: write a row as"),
            ("date,hour,id,kw\n2025-07-16,1,a,1\n2025-07-16,1,a,1", "line 3: a has the hour 1"),
            ("", "there is no row"),
        ] {
            #expect(throws: BaselineRefusal.self, "\(reason)") { try LoadTable(csv: text) }
            do { _ = try LoadTable(csv: text) } catch { #expect(error.reason.contains(reason)) }
        }
    }
}

/// What asks opendsm. Its package as a whole needs more than a gigabyte of others, so only the modules that match and
/// correct are loaded, as they are, without those that their parents load beside them.
private enum OpenDSM {
    static func script(_ treated: [PeerMatching.Unit], _ pool: [PeerMatching.Unit]) -> String {
        func frame(_ units: [PeerMatching.Unit]) -> String {
            "pd.DataFrame(\(units.map { $0.shape.map(Double.init) }), index=\(units.map(\.name)))"
        }
        return self.head + """

            s = Settings(n_matches_per_treatment=3)
            df = DistanceMatching(s).get_comparison_group(\(frame(treated)), \(frame(pool)))
            for row in df.itertuples():
                print(row.treatment, row.id, row.distance)
            one = np.array
            c, _ = _unit_correction(
                one([0.]), one([690.]), one([180.]), one([300.]), 0, 0, 0, 0, 0, False,
                method="percent_difference_in_differences")
            print(690 - c[0])
            """
    }

    private static let head = """
        import importlib.util, os, sys, types
        import numpy as np, pandas as pd
        root = os.path.join(os.path.dirname(importlib.util.find_spec("qpsolvers").origin), "..", "opendsm")
        def package(name, **names):
            m = types.ModuleType("opendsm" + name)
            m.__path__ = [os.path.join(root, *name.split(".")[1:])]
            vars(m).update(names)
            sys.modules["opendsm" + name] = m
        for name in ["", ".common", ".common.stats", ".comparison_groups", ".comparison_groups.common",
                ".comparison_groups.individual_meter_matching", ".comparison_groups.savings"]:
            package(name)
        package(".common.stats.outliers_transformed", remove_outliers=None)
        package(".common.stats.basic", fast_std=None, unc_factor=None)
        from opendsm.comparison_groups.individual_meter_matching.distance_calc_selection import DistanceMatching
        from opendsm.comparison_groups.individual_meter_matching.settings import Settings
        from opendsm.comparison_groups.savings.model_correction import _unit_correction
        """
}
