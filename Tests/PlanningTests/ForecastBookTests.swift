import Domain
import Foundation
import Planning
import Testing

/// Cars that come in the evening and leave in the morning, each by its own habit; on some days many stay away together.
private struct Street {
    var book = ForecastBook(calendar: .utc, clusters: 1, confidences: [9_000])
    var generator: SeededGenerator
    var hour = 480_000
    var cars: Int

    init(cars: Int, seed: UInt64) {
        self.cars = cars
        self.generator = SeededGenerator(seed: seed)
        for row in 0..<cars { self.book.enrol(row, cluster: 0, rated: 20_000) }
    }

    /// - Parameter away: share of cars that stay away on a day, 1/100: drawn for each day from this range.
    mutating func play(days: Int, away: ClosedRange<Int> = 0...30) {
        for _ in 0..<days {
            let share = Int.random(in: away, using: &self.generator)
            let here = (0..<self.cars).map { _ in Int.random(in: 0..<100, using: &self.generator) >= share }
            for clock in 0..<24 {
                let isNight = clock < 7 || clock >= 18
                let up = here.map { $0 && isNight ? 10_000 : 0 }
                self.book.close(
                    hour: self.hour, came: [up.reduce(0, +), 0], at: Instant(seconds: (self.hour + 1) * 3_600)
                ) { row in HabitTable.Hour(plugged: up[row] > 0 ? 10_000 : 0, up: up[row], down: 0) }
                self.hour += 1
            }
        }
    }
}

@Suite struct ForecastBookTests {
    @Test func nightsAndDaysAreTold() throws {
        var street = Street(cars: 40, seed: 1)
        street.play(days: 40)
        let midnight = Instant(seconds: street.hour * 3_600)
        let night = try #require(street.book.vehicle(3, at: midnight + .hours(2)))
        let noon = try #require(street.book.vehicle(3, at: midnight + .hours(12)))
        #expect((7_000...10_000).contains(night.plugged) && (7_000...10_000).contains(night.up))
        #expect(noon.plugged == 0 && noon.up == 0 && noon.days > 20)
        let stranger = street.book.cluster(0, rated: 40_000, at: midnight + .hours(2))
        #expect((14_000...20_000).contains(stranger.up) && stranger.days == 0)
        #expect(street.book.vehicle(99, at: midnight) == nil)
    }

    /// Forty cars that stay away together are less firm than forty that do it one by one, and a binomial cannot tell.
    @Test func carsThatStayAwayTogetherAreLessFirm() throws {
        var together = Street(cars: 40, seed: 2)
        var alone = Street(cars: 40, seed: 2)
        together.play(days: 60, away: 0...60)
        alone.play(days: 60, away: 30...30)
        let night = together.hour + 22
        let firm = try [together, alone].map {
            try #require($0.book.ahead[0].block(night..<night + 1, enrolled: 40)).firm(9_000)
        }
        #expect(firm[0] < firm[1] * 85 / 100, "\(firm)")
        let binomial = try [together, alone].map { street in
            var baseline = BinomialBaseline()
            for row in 0..<40 {
                let car = try #require(street.book.vehicle(row, at: Instant(seconds: night * 3_600)))
                baseline.add(watts: 10_000, probability: car.plugged)
            }
            return baseline.firm(9_000)
        }
        #expect(abs(binomial[0] - binomial[1]) < 40_000 && binomial[0] > firm[0])
    }

    @Test func beliefsKeepTheirTimeAndSource() throws {
        var street = Street(cars: 4, seed: 3)
        street.play(days: 20)
        let stated = try #require(street.book.ahead[0].standing(street.hour + 40))
        #expect(stated.source == .habits && stated.enrolled == 4)
        #expect(stated.madeAt == Instant(seconds: (street.hour + 40 - 47) * 3_600))
        street.book.stateNear(0, hour: street.hour, raw: 30_000, at: Instant(seconds: street.hour * 3_600))
        #expect(street.book.near[0].standing(street.hour)?.source == .plugged)
    }

    /// After a pause what is believed comes back within half a day, a few hours at once.
    @Test func aPauseIsCaughtUpWith() {
        var street = Street(cars: 4, seed: 4)
        street.play(days: 3)
        street.hour += 100
        street.play(days: 1)
        #expect(street.book.ahead[0].lastStated == street.hour - 1 + ForecastBook.horizon)
        #expect((0..<24).allSatisfy { street.book.ahead[0].standing(street.hour + $0) != nil })
    }

    @Test func aCarThatLeavesIsNotCounted() {
        var book = ForecastBook(calendar: .utc, clusters: 2, confidences: [9_000])
        book.enrol(0, cluster: 0, rated: 1_000, weight: 3)
        book.enrol(2, cluster: 1, rated: 1_000)
        #expect(book.enrolled(0) == 3 && book.enrolled(1) == 1 && book.cluster(1) == nil)
        book.enrol(0, cluster: nil, rated: 0)
        book.enrol(-1, cluster: 0, rated: 1_000)
        #expect(book.enrolled(0) == 0 && book.cluster(0) == nil)
    }

    @Test func aBookIsWrittenDownAndGoesOnAlike() throws {
        var street = Street(cars: 10, seed: 5)
        street.play(days: 18)
        var twin = street
        twin.book = try JSONDecoder().decode(ForecastBook.self, from: try JSONEncoder().encode(street.book))
        #expect(twin.book == street.book)
        street.play(days: 3)
        twin.play(days: 3)
        var (a, b) = (Fingerprint(), Fingerprint())
        street.book.fingerprint(into: &a)
        twin.book.fingerprint(into: &b)
        #expect(twin.book == street.book && a.value == b.value)
    }

    @Test func baselinesSeeTwoDaysBackAndNoLess() {
        var generator = SeededGenerator(seed: 6)
        var came = (0..<2_400).map { 1_000 + $0 % 24 * 10 + Int.random(in: 0...50, using: &generator) }
        for kind in SeriesBaseline.Kind.allCases {
            let baseline = SeriesBaseline(kind: kind)
            let firm = baseline.firm(came, hour: 2_300, confidence: 9_000)
            #expect(firm.map { (1_100...1_250).contains($0) } == true, "\(kind)")
            for hour in 2_253..<2_400 { came[hour] = 0 }
            #expect(baseline.firm(came, hour: 2_300, confidence: 9_000) == firm, "\(kind) looks no further")
            #expect(baseline.firm(came, hour: 100, confidence: 9_000) == nil)
            for hour in 2_253..<2_400 { came[hour] = 1_000 + hour % 24 * 10 }
        }
    }
}
