import Domain
import Foundation
import TestSupport
import Testing

@testable import GridCodes

/// A baseline by hour of the week and temperature: by hand, and hour for hour as opendsm's.
@Suite struct TemperatureRegressionTests {
    private typealias Hour = TemperatureRegression.Hour
    private let monday = CivilDate(year: 2025, month: 1, day: 6)

    /// An office of 20 kW that takes 15 more in its hours and 9 on the evening of every other Tuesday, is heated below
    /// 50 °F and cooled above 70; `noise` on top.
    private static func hours(weeks: Int, noise: Int, seed: UInt64) -> [Hour] {
        var random = SeededGenerator(seed: seed)
        return (0..<weeks * 168).map { index in
            let (hour, day) = (index % 24, index / 24 % 7)
            let season = sin(Double(index) / Double(weeks * 168) * 2 * .pi)
            let degrees = 1_200 + Int(1_400 * season) + Int(600 * sin(Double(hour - 8) / 24 * 2 * .pi))
            let temperature = degrees + Int.random(in: -300...300, using: &random)
            let warmth = TemperatureRegression.fahrenheit(temperature)
            let office = day < 5 && (8..<18).contains(hour) ? 15_000 : 0
            let weather = max(0, 50 - warmth) * 300 + max(0, warmth - 70) * 500
            let evening = day == 1 && (18..<22).contains(hour) && (index / 168).isMultiple(of: 2) ? 9_000 : 0
            let rest = evening + Int.random(in: -noise...noise, using: &random)
            return Hour(
                ofWeek: index % 168, temperature: temperature, watts: 20_000 + office + Int(weather) + rest)
        }
    }

    /// What is a straight line of temperature beside an hour's own level is found again to the watt.
    @Test func aLineIsFoundAgain() throws {
        func watts(_ hour: Int, _ temperature: Int) -> Int { 10_000 + hour * 10 - temperature * 2 }
        var random = SeededGenerator(seed: 5)
        let hours = (0..<168 * 6).map { index in
            let temperature = Int.random(in: -1_500...3_500, using: &random)
            return Hour(ofWeek: index % 168, temperature: temperature, watts: watts(index % 168, temperature))
        }
        let model = try TemperatureRegression(hours)
        for hour in 0..<168 {
            for temperature in [-3_000, -1_200, 0, 1_850, 3_300, 4_100] {
                let found = try #require(model.watts(ofWeek: hour, temperature: temperature))
                #expect(abs(found - watts(hour, temperature)) <= 1, "hour \(hour) at \(temperature)")
            }
        }
        #expect(model.watts(ofWeek: 168, temperature: 0) == nil)
        let still = try TemperatureRegression((0..<600).map { Hour(ofWeek: $0 % 168, temperature: 2_000, watts: 7) })
        #expect(still.watts(ofWeek: 3, temperature: 2_000) == 7, "a temperature that never changes says nothing")
        #expect(throws: BaselineRefusal.self) { try TemperatureRegression(Array(hours.prefix(500))) }
    }

    /// Ten weeks with noise, a twentieth of the hours dispatched: the same hours of use, the same bends, the same load.
    @Test func opendsmFindsTheSame() throws {
        let hours = Self.hours(weeks: 10, noise: 2_500, seed: 11)
        // opendsm takes the last row as the end of the one before.
        let free = hours.enumerated().filter { $0.offset % 20 != 7 && $0.offset != hours.count - 1 }.map(\.element)
        let model = try TemperatureRegression(free)
        #expect(model.isUsed.count { $0 } >= 50 && model.usedBends != model.otherBends)
        var random = SeededGenerator(seed: 3)
        let wanted = (0..<168).map { _ in Int.random(in: -1_000...4_000, using: &random) }
        guard let python = Program.peersPython,
            try Program.run(python, ["-c", "import scipy, pandas, qpsolvers, statsmodels"]).status == 0
        else {
            return print("skipped: opendsm is not in the peers' virtual environment; ops/setup test makes it")
        }
        let watts = hours.enumerated().map { $0.offset % 20 == 7 ? "None" : "\($0.element.watts)" }
        let outcome = try Program.run(
            python,
            [
                "-W", "ignore", "-c",
                HourlyOpenDSM.head + "watts, degrees, wanted = [\(watts.joined(separator: ","))], "
                    + "\(hours.map(\.temperature)), \(wanted)\n" + HourlyOpenDSM.rest,
            ])
        let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").compactMap { Double($0) } }
        try #require(outcome.status == 0 && lines.count == 4, "\(outcome.errors)")
        #expect(lines[0].map { $0 == 1 } == model.isUsed)
        #expect(lines[1] == model.usedBends && lines[2] == model.otherBends)
        try #require(lines[3].count == 168)
        for (hour, (temperature, theirs)) in zip(wanted, lines[3]).enumerated() {
            let ours = try #require(model.watts(ofWeek: hour, temperature: temperature))
            #expect(abs(Double(ours) - theirs) <= 1, "hour \(hour)")
        }
    }

    /// A site that gave 9 kW for two hours, by tables as a user has them.
    @Test func aTableSaysWhatWasDelivered() throws {
        var loads = ["date,hour,id,kw,dispatched"]
        var weather = ["date,hour,celsius"]
        let hours = Self.hours(weeks: 9, noise: 0, seed: 1)
        let event = self.monday + 8 * 7 + 2
        for (index, hour) in hours.enumerated() {
            let (date, clock) = (self.monday + index / 24, index % 24)
            guard date <= event else { break }
            let isDown = date == event && (17..<19).contains(clock)
            loads.append(
                "\(date),\(clock),a,\(Double(hour.watts - (isDown ? 9_000 : 0)) / 1_000),\(isDown ? 1 : 0)")
            weather.append("\(date),\(clock),\(Double(hour.temperature) / 100)")
        }
        let table = try LoadTable(csv: loads.joined(separator: "\n"))
        let air = try TemperatureTable(csv: weather.joined(separator: "\n"))
        let report = try RegressionReport(table, air, units: ["a"], date: event, event: 17..<19)
        #expect(report.fittedHours == 58 * 24 && report.biasPerMille == 0 && report.scatterPerMille < 30)
        for hour in report.hours {
            #expect((8_000...10_000).contains(hour.deliveredWatts ?? 0), "\(report)")
        }
        #expect(report.lines.count == 3 && report.lines[1].contains("hour 17: baseline"))
        let cold = try TemperatureTable(csv: "date,hour,celsius\n\(event),3,-4.5")
        for (wrong, reason) in [
            ((["b"], air, event), "b is not in the table"), ((["a"], cold, event), "0 undisturbed hours"),
            ((["a"], air, event + 1), "has no temperature"),
            ((["a"], air, self.monday + 14), "336 undisturbed hours with a temperature: give 3 weeks or more"),
        ] {
            do throws(BaselineRefusal) {
                _ = try RegressionReport(table, wrong.1, units: wrong.0, date: wrong.2, event: 17..<19)
                Issue.record("\(reason) is refused")
            } catch {
                #expect(error.reason.contains(reason), "\(error.reason)")
            }
        }
        for (text, reason) in [
            ("time,celsius", "the header must be"), ("date,hour,celsius\n2025-01-06,1,200", "line 2: write a row"),
            ("date,hour,celsius\n2025-01-06,1,2\n2025-01-06,1,3", "line 3: the hour 1"), ("", "there is no row"),
            ("date,hour,celsius\n2025-01-06,1,nan", "line 2: write a row"),
        ] {
            do throws(BaselineRefusal) {
                _ = try TemperatureTable(csv: text)
                Issue.record("\(reason) is refused")
            } catch {
                #expect(error.reason.contains(reason), "\(error.reason)")
            }
        }
    }
}

/// opendsm's hourly model of CalTRACK with one segment, as it is, without the modules that its parents load beside it.
private enum HourlyOpenDSM {
    static let head = """
        import importlib.util, os, sys, types
        import numpy as np, pandas as pd
        root = os.path.join(os.path.dirname(importlib.util.find_spec("qpsolvers").origin), "..", "opendsm")
        for name in ["", ".eemeter", ".eemeter.common", ".eemeter.models", ".eemeter.models.hourly_caltrack"]:
            m = types.ModuleType("opendsm" + name)
            m.__path__ = [os.path.join(root, *name.split(".")[1:])]
            sys.modules["opendsm" + name] = m
        from opendsm.eemeter.common.features import estimate_hour_of_week_occupancy, fit_temperature_bins
        from opendsm.eemeter.models.hourly_caltrack.design_matrices import *
        from opendsm.eemeter.models.hourly_caltrack.model import fit_caltrack_hourly_model
        from opendsm.eemeter.models.hourly_caltrack.segmentation import segment_time_series

        """
    static let rest = """
        index = pd.date_range("2025-01-06", periods=len(watts), freq="h", tz="UTC")
        meter = pd.DataFrame({"value": [np.nan if w is None else float(w) for w in watts]}, index=index)
        def warm(values, index):
            return 32 + pd.Series(values, index=index, dtype=float) / 100 * 1.8
        first = create_caltrack_hourly_preliminary_design_matrix(meter, warm(degrees, index))
        segments = segment_time_series(first.index, "single")
        used = estimate_hour_of_week_occupancy(first, segmentation=segments)
        bins = fit_temperature_bins(first, segmentation=segments, occupancy_lookup=used)
        design = create_caltrack_hourly_segmented_design_matrices(first, segments, used, *bins)
        model = fit_caltrack_hourly_model(design, used, *bins, "single").model
        later = pd.date_range("2025-01-06", periods=len(wanted), freq="h", tz="UTC")
        out = model.predict(later, warm(wanted, later)).result
        print(*[int(x) for x in used.iloc[:, 0]])
        for b in bins:
            print(*b.index[b.iloc[:, 0]])
        print(*[f"{x:.4f}" for x in out.predicted_usage])

        """
}
