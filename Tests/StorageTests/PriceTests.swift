import Domain
import Testing

@testable import Storage

@Suite struct PriceTests {
    @Test func pricesAreReadBySite() throws {
        let curves = try PriceCSV.parse(
            """
            time,price_per_mwh,site
            # day-ahead
            2026-11-26T08:00:00Z,90.5,
            2026-11-26T09:00:00Z,-12.25,
            2026-11-26T08:00:00+01:00,7,s1
            """, file: "p.csv")
        #expect(curves.map(\.site) == [nil, "s1"])
        #expect(curves[0].steps.map(\.value) == [90_500_000, -12_250_000])
        #expect(curves[0].end - curves[0].steps[1].at == .hours(1))
        #expect(curves[0].steps[0].at - curves[1].steps[0].at == .hours(1))
        #expect(try PriceCSV.parse("time,carbon_kg_per_mwh\n2026-11-26T08:00:00Z,210", file: "c")[0].kind == .carbon)
    }

    @Test(arguments: [
        ("", "p.csv: there is no row in it: add some"),
        (
            "time,price\n",
            "p.csv:1: the header must be time,price_per_mwh or time,carbon_kg_per_mwh, and ,site"
        ),
        (
            "time,price_per_mwh\n2026-11-26T08:00:00Z,-inf",
            "p.csv:2: a figure must be a number from -1000000 to 1000000: correct it"
        ),
        (
            "time,price_per_mwh\n2026-11-26T08:00:00Z,nan",
            "p.csv:2: a figure must be a number from -1000000 to 1000000: correct it"
        ),
        ("time,price_per_mwh\n2026-11-26T08:00:00Z", "p.csv:2: 1 fields instead of 2: correct the line"),
        (
            "time,price_per_mwh\nnoon,1",
            "p.csv:2: time must be a time such as 2026-11-26T08:00:00Z: correct it"
        ),
        (
            "time,price_per_mwh\n2026-11-26T08:00:00Z,1\n2026-11-26T08:00:00Z,2",
            "p.csv:3: its time must be later than the one before: sort the rows"
        ),
    ])
    func aWrongLineIsNamed(text: String, message: String) {
        let error = #expect(throws: StorageError.self) { _ = try PriceCSV.parse(text, file: "p.csv") }
        #expect(error?.message == message)
    }
}
