import Domain
import Foundation
import Twin

/// The twin with a million cars for an hour at 4 s, a frequency event in its second half: engine, market, plans, edge
/// controller, meters and settlement, and nothing skipped. CPU of the process for 1/24 of a day; beside it what 10,000 and
/// 100,000 cars cost, how cost grows between them, and memory. Each size is a process of its own.
let twinMillion = Benchmark(name: "twin-million", isByNameOnly: true) {
    let hours = try MillionFleet.sizes.map { count in
        try JSONDecoder().decode(TwinHour.self, from: try outputApart([twinMillionArgument, String(count)]))
    }
    let seconds = hours.map(\.seconds)
    return Measurement(
        name: "twin-million", unit: "CPU seconds an hour", value: seconds[2],
        beside: [
            "a day, CPU minutes": seconds[2] * 24 / 60, "with 10,000": seconds[0], "with 100,000": seconds[1],
            "vehicle-steps/s": Double(MillionFleet.sizes[2] * hours[2].steps) / seconds[2],
            "before the first step, CPU seconds": hours[2].setUp, "resident, GB": hours[2].bytes / 1e9,
            "resident, bytes/vehicle": hours[2].bytes / Double(MillionFleet.sizes[2]),
        ].merging(exponents(seconds)) { $1 })
}

let twinMillionArgument = "--twin-million"

private struct TwinHour: Codable {
    var seconds: Double
    var setUp: Double
    var steps: Int
    /// Resident at its most.
    var bytes: Double
}

/// Runs the hour and prints what it took. `HEADROOM_TWIN_STEPS` cuts it short, for whoever looks where time goes.
func printTwinHour(_ cars: Int) throws {
    let most = Int(ProcessInfo.processInfo.environment["HEADROOM_TWIN_STEPS"] ?? "") ?? .max
    let start = Instant(seconds: 1_795_680_000)
    let sites = max(4, cars / 250)
    var config = benchTwin
    config.sites = (1...sites).map { .init(id: "site-\($0)", importKilowatts: 4_000, exportKilowatts: 4_000) }
    let began = processMicroseconds()
    var input = try TwinInput(
        config: config, region: benchDay, product: "BENCH-FR", award: Power(watts: cars * 1_000),
        sessions: benchCars(cars, from: start, hours: 1, sites: sites),
        signal: GridEvent.series(from: start + .seconds(60), lead: 1_740, tail: 1_480, seed: 3))
    input.keepsSetpoints = false
    var run = TwinRun(input)
    let ready = processMicroseconds()
    var steps = 0
    while steps < most, run.advance(steps: 25) { steps += 25 }
    var hour = TwinHour(
        seconds: Double(processMicroseconds() - ready) / 1e6, setUp: Double(ready - began) / 1e6, steps: steps,
        bytes: Double(peakBytes()))
    if most == .max {
        let kpis = run.finish().kpis
        guard kpis.readinessMet == cars, kpis.requested.wattHours > 0, kpis.availabilityMicro > 500_000 else {
            throw WrongResult(description: "the event was not answered: \(kpis)")
        }
        hour.steps = kpis.steps
        hour.seconds = Double(processMicroseconds() - ready) / 1e6
    }
    print(String(decoding: try JSONEncoder().encode(hour), as: UTF8.self))
}

/// The most memory of this process that was in RAM at once.
private func peakBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) * 1_024
}
