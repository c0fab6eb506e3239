import OpenADR
import Testing

/// Times in these tests are whole seconds after 2026-11-26T10:00:00Z.
private let origin = 1_795_687_200_000_000

private func event(
    _ text: String
) throws -> EventRequest {
    try EventRequest(
        object: try #require(try JSONParser.parse(#"{"programID":"p","# + text + "}").object))
}

private func shape(_ intervals: [TimedInterval]) -> [[Int]] {
    intervals.map {
        [$0.id, ($0.start - origin) / 1_000_000, $0.end.map { ($0 - origin) / 1_000_000 } ?? -1]
    }
}

private func expanded(_ text: String, from: Int = -86_400, to: Int = 86_400) throws -> [[Int]] {
    shape(
        try Timeline(event(text), anchor: origin).stretches(
            from: origin + from * 1_000_000, to: origin + to * 1_000_000))
}

private let two =
    #""intervals":[{"id":0,"payloads":[{"type":"PRICE","values":[1]}]},"#
    + #"{"id":1,"payloads":[{"type":"PRICE","values":[2]}]}]"#

@Suite("Event timeline")
struct TimelineTests {
    @Test func intervalsFollowEachOther() throws {
        #expect(
            try expanded(
                #""intervalPeriod":{"start":"2026-11-26T10:01:00Z","duration":"PT1M"},"# + two)
                == [[0, 60, 120], [1, 120, 180]])
    }

    @Test func nowIsTheAnchor() throws {
        #expect(
            try expanded(#""intervalPeriod":{"start":"0001-01-01","duration":"PT1M"},"# + two)
                == [[0, 0, 60], [1, 60, 120]])
    }

    @Test func membersAreInheritedOneByOne() throws {
        let text =
            #""intervalPeriod":{"start":"2026-11-26T10:01:00Z","duration":"PT1M"},"intervals":["#
            + #"{"id":0,"intervalPeriod":{"duration":"PT30S"},"payloads":[]},"#
            + #"{"id":1,"intervalPeriod":{"start":"0001-01-01"},"payloads":[]},"#
            + #"{"id":2,"intervalPeriod":{"start":"2026-11-26T10:10:00Z"},"payloads":[]},"#
            + #"{"id":3,"payloads":[]}]"#
        #expect(
            try expanded(text) == [[0, 60, 90], [1, 90, 150], [2, 600, 660], [3, 660, 720]])
    }

    @Test func anIntervalWithoutAPlaceIsRefused() throws {
        let event = try event(#""intervals":[{"id":0,"payloads":[]}]"#)
        #expect { try Timeline(event, anchor: origin) } throws: {
            ($0 as? OpenADRError)?.code == .unplaceable
        }
    }

    @Test func impliedIntervalsNeverEnd() throws {
        let text =
            #""intervalPeriod":{"start":"2026-11-26T10:05:00Z","duration":"PT5M"},"#
            + #""reportDescriptors":[{"payloadType":"UP_REGULATION_AVAILABLE","numIntervals":3}]"#
        #expect(try expanded(text) == [[0, 300, 600], [1, 600, 900], [2, 900, 1_200]])
        let timeline = try Timeline(event(text), anchor: origin)
        #expect(timeline.end == nil)
        let bounded = try Timeline(event(text + #","duration":"PT10M""#), anchor: origin)
        #expect(bounded.end == origin + 900_000_000)
        #expect(bounded.isTranspired(at: origin + 900_000_000))
        #expect(!bounded.isTranspired(at: origin + 899_000_000))
    }

    @Test func foreverHasNoEnd() throws {
        let text =
            #""intervalPeriod":{"start":"2026-11-26T10:00:00Z","duration":"P9999Y"},"#
            + #""intervals":[{"id":0,"payloads":[{"type":"SIMPLE","values":[1]}]}]"#
        #expect(try expanded(text) == [[0, 0, -1]])
        #expect(try Timeline(event(text), anchor: origin).end == nil)
    }

    @Test func durationLoopsOrCuts() throws {
        let period = #""intervalPeriod":{"start":"2026-11-26T10:00:00Z","duration":"PT1M"},"# + two
        #expect(
            try expanded(period + #","duration":"PT5M""#)
                == [[0, 0, 60], [1, 60, 120], [0, 120, 180], [1, 180, 240], [0, 240, 300]])
        #expect(try expanded(period + #","duration":"PT90S""#) == [[0, 0, 60], [1, 60, 90]])
        #expect(
            try expanded(period + #","duration":"P9999Y""#, from: 100_000_020, to: 100_000_070)
                == [[0, 99_999_960 + 0, 100_000_020], [1, 100_000_020, 100_000_080]].suffix(1))
    }

    @Test func cancelledByZeroDurationNow() throws {
        let text = #""intervalPeriod":{"start":"0001-01-01","duration":"PT0S"},"# + two
        #expect(try Timeline(event(text), anchor: origin).isTranspired(at: origin))
    }

    @Test func severalValuesSplitEvenly() throws {
        let text =
            #""intervalPeriod":{"start":"2026-11-26T10:00:00Z","duration":"PT1M"},"intervals":"#
            + #"[{"id":4,"payloads":[{"type":"PRICE","values":[1,2,3]},{"type":"MINE","values":["a","b"]}]}]"#
        let parts = try Timeline(event(text), anchor: origin).stretches(
            from: origin, to: origin + 60_000_000)
        #expect(shape(parts) == [[4, 0, 20], [4, 20, 40], [4, 40, 60]])
        #expect(parts.map { $0.payloads[0].number?.int } == [1, 2, 3])
        #expect(parts.allSatisfy { $0.payloads[1].values.count == 2 })
    }

    @Test func randomStartIsDrawnOnceAndCarried() throws {
        let text =
            #""intervalPeriod":{"start":"2026-11-26T10:00:00Z","duration":"PT1M","randomizeStart":"PT10S"},"#
            + #""intervals":[{"id":0,"payloads":[]},{"id":1,"payloads":[]},"#
            + #"{"id":2,"intervalPeriod":{"start":"2026-11-26T10:10:00Z","randomizeStart":"PT4S"},"payloads":[]}]"#
        let timeline = try Timeline(event(text), anchor: origin) { $0 == 0 ? -0.5 : 1 }
        #expect(shape(timeline.pass) == [[0, -5, 55], [1, 55, 115], [2, 604, 664]])
        let id = try #require(ObjectID("e1"))
        let draws = (0..<100).map { StartDraw(reader: "ven-\($0)", event: id).fraction(0) }
        #expect(draws.allSatisfy { (-1..<1).contains($0) })
        #expect(draws.contains { $0 < -0.5 } && draws.contains { $0 > 0.5 })
        #expect(draws[3] == StartDraw(reader: "ven-3", event: id).fraction(0))
    }

    @Test func theNumberOfStretchesIsLimited() throws {
        let text =
            #""intervalPeriod":{"start":"2026-11-26T10:00:00Z","duration":"PT1S"},"duration":"P9999Y","#
            + two
        let found = try Timeline(event(text), anchor: origin).stretches(
            from: origin, to: origin + 1_000_000_000_000, limit: 50)
        #expect(found.count == 50)
    }
}

@Suite("Overlap by priority")
struct ScheduleTests {
    private func entry(
        _ source: String, _ priority: Int?, _ start: Int, _ end: Int?, written: Int = 0,
        empty: Bool = false
    ) -> ScheduleEntry<String> {
        ScheduleEntry(
            source: source, priority: priority, written: written,
            interval: TimedInterval(
                id: 0, start: start, end: end,
                payloads: empty ? [] : [ValuesMap(.dispatchSetpoint, text: source)]))
    }

    private func line(_ entries: [ScheduleEntry<String>]) -> String {
        Schedule.merged(entries).map {
            "\($0.source) \($0.interval.start)-\($0.interval.end.map(String.init) ?? "∞")"
        }.joined(separator: ", ")
    }

    @Test func theHigherPriorityCutsAHole() {
        #expect(
            self.line([self.entry("low", nil, 0, 100), self.entry("high", 0, 40, 60)])
                == "low 0-40, high 40-60, low 60-100")
    }

    @Test func equalPrioritiesGoToTheLaterWritten() {
        #expect(
            self.line([
                self.entry("old", 1, 0, 100, written: 1), self.entry("new", 1, 50, 80, written: 2),
            ])
                == "old 0-50, new 50-80, old 80-100")
    }

    @Test func reportOnlyNeverWins() {
        #expect(
            self.line([self.entry("report", 0, 0, 100, empty: true), self.entry("real", 5, 20, 30)])
                == "real 20-30")
    }

    @Test func foreverAndGapsAndEmptyStretches() {
        #expect(
            self.line([
                self.entry("a", 2, 0, 10), self.entry("forever", 3, 20, nil),
                self.entry("b", 1, 30, 40),
                self.entry("nothing", 0, 25, 25),
            ]) == "a 0-10, forever 20-30, b 30-40, forever 40-∞")
        #expect(self.line([]) == "")
    }

    @Test func losersDoNotSplitTheWinner() {
        #expect(
            self.line([self.entry("win", 0, 0, 100), self.entry("lose", 1, 20, 50)]) == "win 0-100")
    }

    /// Against the plain definition: at each instant the best of all stretches that hold there.
    @Test func agreesWithAPointwiseOracle() {
        var state: UInt64 = 42
        func random(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        for _ in 0..<200 {
            let entries = (0..<random(8)).map { index in
                let start = random(50)
                return self.entry(
                    "e\(index)", random(3), start, start + random(20), written: index)
            }
            let merged = Schedule.merged(entries)
            for second in 0..<80 {
                let holds = entries.filter {
                    $0.interval.start <= second && second < ($0.interval.end ?? 0)
                }
                let best = holds.min {
                    ($0.priority ?? 9, -$0.written) < ($1.priority ?? 9, -$1.written)
                }
                let found = merged.filter {
                    $0.interval.start <= second && second < ($0.interval.end ?? 0)
                }
                #expect(found.map(\.source) == (best.map { [$0.source] } ?? []))
            }
        }
    }
}
