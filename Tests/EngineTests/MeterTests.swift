import Domain
import Foundation
import Testing

@testable import Engine

@Suite struct MeterTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func everyNumberIsTakenOnceInWhateverOrder(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var window = SequenceWindow()
        var taken: [UInt64] = []
        for start in stride(from: UInt64(1), to: 400, by: 40) {
            let part = (start..<start + 40).map { $0 }
            for number in (part + part).shuffled(using: &generator) where window.take(number) {
                taken.append(number)
            }
        }
        #expect(taken.sorted() == Array(1...400) && window.holes.isEmpty && window.highest == 400)
        let again = [window.take(0), window.take(7)]
        #expect(again == [false, false])
    }

    @Test func holesAreBounded() {
        var window = SequenceWindow()
        for number in stride(from: UInt64(2), through: 400, by: 2) { _ = window.take(number) }
        #expect(window.holes.count == SequenceWindow.mostHoles)
        let newest = window.take(399)
        let forgotten = window.take(1)
        #expect(
            newest && !forgotten,
            "the newest holes can still be filled, a forgotten one counts as seen")
    }

    private func reading(_ second: Int, _ watts: Int, net: Int = 0) -> MeterReading {
        MeterReading(
            worker: "w", sequence: UInt64(second), station: "s", evse: 1, token: nil,
            at: Instant(seconds: second),
            receivedAt: Instant(seconds: second), power: Power(watts: watts),
            importRegister: Energy(wattSeconds: net),
            exportRegister: .zero, stateOfCharge: nil)
    }

    @Test(arguments: [4, 5, 6] as [UInt64])
    func lateAndDoubledReadingsGiveTheSameMeter(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let readings = (100..<140).map {
            self.reading($0, Int.random(in: -9_000...9_000, using: &generator), net: $0 * 7)
        }
        var inOrder = MeterTrace()
        for reading in readings { inOrder.take(reading) }
        var mixed = MeterTrace()
        mixed.take(readings[0])
        for start in stride(from: 1, to: readings.count, by: 8) {
            let part = Array(readings[start..<min(start + 8, readings.count)])
            for reading in (part + part).shuffled(using: &generator) { mixed.take(reading) }
        }
        for second in 95..<160 {
            #expect(mixed.power(second: second) == inOrder.power(second: second))
        }
        #expect(mixed.samples == inOrder.samples && mixed.integral == inOrder.integral)
        #expect(
            mixed.throughput == inOrder.throughput && mixed.registerChange == inOrder.registerChange
        )
    }

    /// Minutes of readings, some of them late: the same figures as from a plain list of all that was heard, and a trace
    /// that is written down in between goes on alike.
    @Test(arguments: [7, 8, 9] as [UInt64])
    func aLongTraceSaysWhatAPlainListSays(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var trace = MeterTrace()
        var all: [MeterTrace.Sample] = []
        var late: [Int] = []
        for second in stride(from: 100, to: 900, by: 4) {
            if all.count > 1, Int.random(in: 0..<5, using: &generator) == 0 {
                late.append(second)
                continue
            }
            for second in [second] + late {
                let watts = second * 37 % 9_000 - 4_500
                trace.take(self.reading(second, watts))
                all.append(.init(at: Instant(seconds: second), watts: watts, begins: all.isEmpty))
            }
            late = []
            all.sort { $0.at < $1.at }
            trace = try JSONDecoder().decode(MeterTrace.self, from: try JSONEncoder().encode(trace))
            for back in 0..<30 {
                let middle = Instant(microseconds: (second - back) * 1_000_000 + 500_000)
                let index = all.lastIndex { $0.at <= middle }
                let next = index.flatMap { $0 + 1 < all.count ? all[$0 + 1] : nil }
                let power = index.map { all[$0].power(at: middle, until: next) } ?? 0
                #expect(trace.power(second: second - back) == power, "\(back) s before \(second)")
            }
            #expect(trace.samples == Array(all.suffix(trace.samples.count)) && trace.last == all.last)
            #expect(trace.samples.count < 40, "what is not asked for any more goes")
        }
    }

    @Test func nothingIsMeteredBetweenTwoSessions() {
        var trace = MeterTrace()
        trace.take(self.reading(100, 7_000))
        trace.take(self.reading(101, 7_000, net: 7_000))
        trace.cut()
        trace.take(self.reading(4_000, 0, net: 7_000))
        trace.take(self.reading(4_001, 0, net: 7_000))
        #expect(trace.integral.wattSeconds == 7_000 && trace.registerChange.wattSeconds == 7_000)
        #expect(
            trace.power(second: 100) == 7_000 && trace.power(second: 105) == 7_000,
            "the last power holds a while")
        #expect(trace.power(second: 200) == 0 && trace.power(second: 4_000) == 0)
    }

    /// By hand: 0 W at second 10, 1,000 W at second 12: the middle of second 10 is a quarter of the way.
    @Test func aSecondIsOnTheLineBetweenReadings() {
        var trace = MeterTrace()
        trace.take(self.reading(10, 0))
        trace.take(self.reading(12, 1_000))
        #expect(
            trace.power(second: 10) == 250 && trace.power(second: 11) == 750
                && trace.power(second: 9) == 0)
        #expect(trace.power(second: 12) == 1_000 && trace.power(second: 30) == 0)
    }

    /// The sums of a resource are those of its points, whatever came late, twice or after a pause, and however often
    /// seconds were closed in between.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func sumsFollowTheReadings(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var traces = Array(repeating: MeterTrace(), count: 5)
        var bins = MeterBins(seconds: 0)
        bins.clear(from: 90)
        var now = 100_000
        for _ in 0..<400 {
            let car = Int.random(in: 0..<traces.count, using: &generator)
            let late = Int.random(in: 0..<6, using: &generator) == 0
            if !late { now += [0, 100, 300, 1_000, 7_000][Int.random(in: 0..<5, using: &generator)] }
            if Int.random(in: 0..<20, using: &generator) == 0 { traces[car].cut() }
            traces[car].take(
                at: Instant(microseconds: (now - (late ? 700 : 0)) * 1_000),
                watts: Int.random(in: -11_000...11_000, using: &generator), net: .zero, bins: &bins)
            bins.advance(to: now / 1_000 - 12)
            if bins.isStale {
                bins.clear(from: bins.first)
                for trace in traces { trace.add(to: &bins) }
            }
            guard !bins.isStale else { continue }
            for second in bins.first..<bins.first + 40 {
                #expect(bins[second] == traces.reduce(0) { $0 + $1.power(second: second) }, "\(second)")
            }
        }
        #expect(bins.first > 200, "seconds were closed")
    }

    @Test func whatLiesBehindTheRingIsSaid() {
        var bins = MeterBins(seconds: 0)
        bins.clear(from: 0)
        let trace = MeterTrace.Sample(at: Instant(seconds: 500), watts: 7, begins: true)
        bins.add(trace, until: nil, sign: 1)
        #expect(bins.isStale && bins[505] == 0)
        bins.clear(from: 495)
        bins.add(trace, until: nil, sign: 1)
        #expect(!bins.isStale && bins[500] == 7 && bins[509] == 7 && bins[510] == 0 && bins[499] == 0)
    }
}

extension MeterTrace {
    fileprivate mutating func take(_ reading: MeterReading) {
        var bins = MeterBins(seconds: 0)
        self.take(
            at: reading.at, watts: reading.power.watts, net: reading.importRegister - reading.exportRegister,
            bins: &bins)
    }
}
