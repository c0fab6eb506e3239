import Foundation
import Planning

// `evaluate [DATA-FOLDER]`: the table of ops/EVALUATION.md from the recordings; without them it says so and ends well.
let arguments = CommandLine.arguments.dropFirst()
let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
let data = arguments.first.map { URL(filePath: $0) } ?? root.deletingLastPathComponent().appending(path: "shared/data")
let folder = data.appending(path: "ev-sessions-norway")

func rows(_ run: ForecastRun, _ title: String, _ days: Range<Int>) -> String {
    let hours = run.hours(days)
    let all = [run.ours[0], run.ours[1], run.oursDown, run.persistence, run.weekday, run.binomial]
    return ["", "**\(title)**", "", Series.header].joined(separator: "\n") + "\n"
        + all.map { $0.slice(hours).row }.joined(separator: "\n")
}

/// Whether the stated figure is met: coverage of the 90 % quantile within 88 to 92 %, judged inside its interval.
func verdict(_ series: Series, _ range: ClosedRange<Int>) -> String {
    let interval = series.interval()
    let coverage = series.score.coverage ?? 0
    let word = range.contains(coverage) ? "met" : interval.overlaps(range) ? "met inside the interval" : "missed"
    return "\(tenths(series.confidence)) % stated: \(tenths(coverage)) % held, wanted "
        + "\(tenths(range.lowerBound))–\(tenths(range.upperBound)) %: \(word)"
}

let clock = ContinuousClock()
let begin = clock.now
if let households = Households(folder: folder) {
    let read = clock.now
    let recorded = ForecastRun(.recorded(households))
    let played = clock.now
    let synthetic = ForecastRun(.synthetic(households))
    let end = clock.now
    let fall = Planning.dayNumber(year: 2020, month: 3, day: 1)
    let all = 0..<Int.max / 48
    print("\(households.sessions) sessions of \(households.users.count) users, \(households.refused) rows refused")
    print(rows(recorded, "Recorded days, all", all))
    print(rows(recorded, "Recorded days, enrolment grows (until February 2020)", 0..<fall))
    print(rows(recorded, "Recorded days, after it fell (from March 2020 on)", fall..<Int.max / 48))
    print(rows(synthetic, "730 synthetic days with drift", all))
    print("")
    print("- recorded: \(verdict(recorded.ours[0], 8_800...9_200)); \(verdict(recorded.ours[1], 9_850...9_950))")
    print("- synthetic: \(verdict(synthetic.ours[0], 8_800...9_200)); \(verdict(synthetic.ours[1], 9_850...9_950))")
    print("- changes of regime noticed: \(recorded.changes.count) recorded, \(synthetic.changes.count) synthetic")
    if let prices = HourlyPrices(caiso: data.appending(path: "prices-caiso-2020")) {
        print(Economics(households, prices).table(recorded, households))
    } else {
        print("skipped: the prices are not at \(data.appending(path: "prices-caiso-2020").path)")
    }
    let counted = clock.now
    func seconds(_ span: Duration) -> String { tenths(Int(span / .milliseconds(1)) / 10) }
    print(
        "- wall time: \(seconds(read - begin)) s reading, \(seconds(played - read)) s recorded, "
            + "\(seconds(end - played)) s synthetic, \(seconds(counted - end)) s money")
} else {
    print("skipped: the recordings are not at \(folder.path)")
}
