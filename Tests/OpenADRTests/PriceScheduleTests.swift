import OpenADR
import Testing

/// Times in these tests are whole hours after 2026-11-26T10:00:00Z.
private let origin = 1_795_687_200_000_000
private let hour = 3_600_000_000

private func event(_ id: String, _ text: String, modified: String = "2026-11-26T10:00:00Z") throws -> Event {
    Event(
        id: try #require(ObjectID(id)), created: try #require(DateTime(modified)),
        modified: try #require(DateTime(modified)),
        request: try EventRequest(
            object: try #require(try JSONParser.parse(#"{"programID":"p","# + text + "}").object)))
}

private let perKilowattHour =
    #""payloadDescriptors":[{"objectType":"EVENT_PAYLOAD_DESCRIPTOR","payloadType":"PRICE","units":"KWH","currency":"EUR"}],"#

private func hours(_ values: String, _ rest: String = "") -> String {
    perKilowattHour + #""intervalPeriod":{"start":"2026-11-26T10:00:00Z","duration":"PT3H"},"# + rest
        + #""intervals":[{"id":0,"payloads":[{"type":"PRICE","values":[\#(values)]}]}]"#
}

private func read(_ events: [Event], from: Int = -24, to: Int = 48, currency: String? = nil) -> PriceSchedule {
    PriceSchedule(events, currency: currency, from: origin + from * hour, to: origin + to * hour)
}

private func shape(_ schedule: PriceSchedule) -> [[Int]] {
    schedule.stretches.map {
        [($0.start - origin) / hour, ($0.end - origin) / hour, $0.perMegawattHour / 1_000]
    }
}

@Suite("Prices of events") struct PriceScheduleTests {
    /// 0.21 EUR per kWh are 210 EUR, 210,000,000 millionths, per MWh; several values share an interval evenly.
    @Test func pricesOfADay() throws {
        let schedule = read([try event("a", hours("0.21, -0.03, 0.1"))])
        #expect(shape(schedule) == [[0, 1, 210_000], [1, 2, -30_000], [2, 3, 100_000]])
        #expect(schedule.refusals == [])
    }

    @Test func perMegawattHourAndForEver() throws {
        let text = hours("80.5").replacing("KWH", with: "MWH").replacing("PT3H", with: "P9999Y")
        #expect(shape(read([try event("a", text)])) == [[0, 48, 80_500]])
    }

    /// A week of daily prices: the loop is unrolled inside of what is asked for.
    @Test func aLoopGoesOn() throws {
        let text = hours("0.1, 0.2, 0.3", #""duration":"P7D","#)
        #expect(
            shape(read([try event("a", text)], from: 0, to: 5)) == [
                [0, 1, 100_000], [1, 2, 200_000], [2, 3, 300_000], [3, 4, 100_000], [4, 5, 200_000],
            ])
    }

    @Test func theHigherPriorityCounts() throws {
        let low = try event("a", hours("0.1", #""priority":5,"#))
        let peak = try event(
            "b",
            hours("0.9", #""priority":0,"#).replacing("T10:00", with: "T11:00").replacing("PT3H", with: "PT1H"))
        #expect(shape(read([low, peak])) == [[0, 1, 100_000], [1, 2, 900_000], [2, 3, 100_000]])
    }

    /// What cannot be used is named, and takes nothing of the others with it.
    @Test func whatCannotBeUsedIsNamed() throws {
        let good = try event("a", hours("0.1"))
        let unitless = try event("b", hours("0.2").replacing(#""units":"KWH","#, with: ""))
        let foreign = try event("c", hours("0.3").replacing("EUR", with: "USD"))
        let words = try event("d", hours(#""cheap""#))
        let absurd = try event("e", hours("1e300"))
        let schedule = read([good, unitless, foreign, words, absurd], currency: "EUR")
        #expect(shape(schedule) == [[0, 3, 100_000]])
        let expected = ["b: ", "c: ", "d: ", "e: "]
        #expect(schedule.refusals.count == 4)
        for (line, id) in zip(schedule.refusals, expected) { #expect(line.hasPrefix("event \(id)"), "\(line)") }
        #expect(schedule.refusals[0].contains("units KWH or MWH") && schedule.refusals[1].contains("send it in EUR"))
        #expect(shape(read([try event("f", #""intervals":[]"#)])) == [])
    }
}
