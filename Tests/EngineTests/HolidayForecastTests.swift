import Domain
import Foundation
import GridCodes
import Planning
import Testing

@testable import Engine

/// The forecast learns and states a holiday of the pack as a Sunday.
@Suite struct HolidayForecastTests {
    @Test func aHolidayOfThePackIsASunday() throws {
        func group(_ rules: String?) throws -> DayGroup? {
            var configuration = Plant.configuration()
            configuration.region.holidays = try rules.map {
                try JSONDecoder().decode(HolidayRules.self, from: Data($0.utf8))
            }
            var plant = Plant(cars: 2, configuration: configuration)
            for _ in 0..<70 { plant.second() }
            // 10 January 2008 was a Thursday.
            return plant.engine.watch.book?.calendar.group(day: dayNumber(year: 2008, month: 1, day: 10))
        }
        #expect(try group(nil) == .midweek)
        #expect(try group(#"{"fixed":["01-10"]}"#) == .sunday)
        #expect(try group(#"{"fixed":[],"dates":["2008-01-11"]}"#) == .midweek)
    }
}
