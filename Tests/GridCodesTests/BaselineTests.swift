import GridCodes
import Testing

/// Days computed by hand: four intervals a day, the event in the last two.
@Suite struct BaselineTests {
    private let event = 2..<4

    /// Wednesday 2025-07-16; the ten weekdays before it have loads of 100, 110, … 190 in the event, the latest first.
    private let day = CivilDate(year: 2025, month: 7, day: 16)

    private func history(_ change: (Int, inout [Int?]) -> Void = { _, _ in }) -> [DayMatching.Day] {
        var days: [DayMatching.Day] = []
        var date = self.day
        while days.count < 14 {
            date = date + -1
            guard !date.isWeekend else { continue }
            let load = 100 + 10 * days.count
            var loads: [Int?] = [50, 50, load, load + 4]
            change(days.count, &loads)
            days.append(.init(date: date, load: loads))
        }
        return days
    }

    private func matching(_ days: Int, _ highest: Int, cap: Int) -> DayMatching {
        DayMatching(days: days, highest: highest, capPerMille: cap, adjustmentIntervals: 1, gapIntervals: 1)
    }

    private func result(_ method: DayMatching, own: [Int?], _ history: [DayMatching.Day]) -> [Int]? {
        try? method.baseline(of: .init(date: self.day, load: own), history: history, event: self.event).get()
    }

    @Test func tenOfTenIsTheMean() {
        // (100 + … + 190) / 10 = 145, and four more in the second interval.
        #expect(self.result(self.matching(10, 10, cap: 0), own: [50, 50, 0, 0], self.history()) == [145, 149])
    }

    @Test func theFiveHighestAreTheOldestHere() {
        // (150 + … + 190) / 5 = 170.
        #expect(self.result(self.matching(10, 5, cap: 0), own: [50, 50, 0, 0], self.history()) == [170, 174])
        #expect(DayMatching.highFiveOfTen.capPerMille == 0 && DayMatching.fiveInTen.capPerMille == 400)
    }

    @Test func theDaysOwnLoadScalesWithinTheCap() {
        let ten = self.matching(10, 10, cap: 200)
        // 55 against 50: 10 % more. 100 against 50: the cap of 20 %. 20 against 50: 20 % less.
        #expect(self.result(ten, own: [55, 0, 0, 0], self.history()) == [159, 163])
        #expect(self.result(ten, own: [100, 0, 0, 0], self.history()) == [174, 178])
        #expect(self.result(ten, own: [20, 0, 0, 0], self.history()) == [116, 119])
        #expect(self.result(ten, own: [nil, 0, 0, 0], self.history()) == [145, 149], "silent: as it is")
    }

    /// Dispatched intervals do not count; a day that was dispatched throughout the event is replaced by an older one.
    @Test func dispatchedIntervalsAreLeftOut() {
        let one = self.history { index, load in if index == 0 { load[2] = nil } }
        // The first interval has (110 + … + 190) / 9 = 150; the second all ten.
        #expect(self.result(self.matching(10, 10, cap: 0), own: [50, 50, 0, 0], one) == [150, 149])
        let whole = self.history { index, load in
            if index == 0 {
                load[2] = nil
                load[3] = nil
            }
        }
        #expect(self.result(self.matching(10, 10, cap: 0), own: [50, 50, 0, 0], whole) == [155, 159])
    }

    @Test func whatCannotBeComputedSaysWhatToDo() {
        let ten = self.matching(10, 10, cap: 0)
        func reason(_ history: [DayMatching.Day], _ event: Range<Int>) -> String {
            let day = DayMatching.Day(date: self.day, load: [50, 50, 0, 0])
            guard case .failure(let refusal) = ten.baseline(of: day, history: history, event: event) else { return "" }
            return refusal.reason
        }
        #expect(reason(Array(self.history().prefix(9)), self.event).hasPrefix("9 like days of 10"))
        #expect(reason(self.history() + [self.history()[0]], self.event).contains("stands twice"))
        #expect(reason(self.history(), 3..<5).contains("outside of its day") && reason(self.history(), 2..<2) != "")
        // Weekends, later days and days of another length are no like days.
        let other = self.history().map { DayMatching.Day(date: $0.date + 14, load: $0.load) }
        #expect(
            reason(other, self.event).hasPrefix("0 like days") || reason(other, self.event).contains("like days of 10"))
        let short = self.history().map { DayMatching.Day(date: $0.date, load: Array($0.load.dropLast())) }
        #expect(reason(short, self.event).hasPrefix("0 like days"))
    }

    @Test func aWeekendNeedsFourDays() {
        let saturday = CivilDate(year: 2025, month: 7, day: 19)
        let past = [6, 7, 13, 14].map { DayMatching.Day(date: saturday + -$0, load: [0, 0, $0 * 10, 40]) }
        let ours = try? self.matching(10, 10, cap: 0).baseline(
            of: .init(date: saturday, load: [0, 0, 0, 0]), history: past, event: self.event
        ).get()
        #expect(ours == [100, 40], "(60 + 70 + 130 + 140) / 4")
    }

    @Test func theOtherMethods() {
        let readings = [(at: 3, watts: 30), (at: 1, watts: 10), (at: 2, watts: 20), (at: 2, watts: 20)]
        #expect(meterBefore(readings, activation: 3) == 20 && meterBefore(readings, activation: 1) == nil)
        #expect(controlGroupBaseline(held: [100, nil, 200], dispatched: 10) == .success(1_500))
        guard case .failure(let refusal) = controlGroupBaseline(held: [nil], dispatched: 3) else {
            Issue.record("a silent group has no baseline")
            return
        }
        #expect(refusal.reason.contains("hold out more"))
    }
}
