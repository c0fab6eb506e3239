import Domain
import OpenADR
import Synchronization
import Testing

@testable import Aggregator

/// PRICE events of a VTN become the curve that cars charge by.
@Suite("OpenADR VEN: prices")
struct OpenADRPriceTests {
    private func bench() throws -> VENBench {
        try VENBench { configuration in
            configuration.prices = [.init(program: "TARIFF"), .init(program: "DEPOT-TARIFF", site: "depot")]
            configuration.currency = "EUR"
        }
    }

    private func event(_ program: ObjectID, _ values: [Int], currency: String = "EUR", units: Unit = .kilowattHour)
        -> EventRequest
    {
        EventRequest(
            programID: program, eventName: "day-ahead",
            payloadDescriptors: [PayloadDescriptor(.event, .price, units: units, currency: currency)],
            intervalPeriod: IntervalPeriod(
                start: DateTime(OpenADRSample.origin), duration: ISODuration(microseconds: 3_600_000_000)),
            intervals: values.enumerated().map { index, value in
                Interval(id: index, payloads: [ValuesMap(.price, scaled: value, decimals: 3)])
            })
    }

    private func program(_ bench: VENBench, _ name: String) async throws -> ObjectID {
        try await bench.vtn.vtn.create(ProgramRequest(programName: name)).id
    }

    @Test func aDaysPricesAreToldOnceAndAgainWhenTheyChange() async throws {
        let bench = try self.bench()
        let tariff = try await self.program(bench, "TARIFF")
        let event = try await bench.vtn.vtn.create(self.event(tariff, [210, -30, 95]))
        let heard = await bench.turn()
        guard case .priced(let curve) = heard.first, heard.count == 1 else {
            Issue.record("expected a curve, heard \(heard)")
            return
        }
        #expect(curve.kind == .price && curve.site == nil && curve.end == OpenADRSample.origin + .hours(3))
        #expect(curve.steps.map(\.value) == [210_000_000, -30_000_000, 95_000_000], "per MWh")
        #expect(curve.steps.map(\.at) == (0..<3).map { OpenADRSample.origin + .hours($0) })
        #expect(await bench.turn(60).isEmpty, "it is told once")
        try await bench.vtn.vtn.delete(.event, event.id)
        _ = try await bench.vtn.vtn.create(self.event(tariff, [210, -30, 300]))
        guard case .priced(let other) = await bench.turn(120).first else {
            Issue.record("a change is not told")
            return
        }
        #expect(other.value(at: OpenADRSample.origin + .hours(2)) == 300_000_000)
    }

    @Test func aSiteHasItsOwnAndAnEngineWithoutRoomHearsItAgain() async throws {
        let bench = try self.bench()
        let depot = try await self.program(bench, "DEPOT-TARIFF")
        _ = try await bench.vtn.vtn.create(self.event(depot, [100]))
        bench.ears.isDeaf.withLock { $0 = true }
        #expect(await bench.turn().isEmpty)
        bench.ears.isDeaf.withLock { $0 = false }
        guard case .priced(let curve) = await bench.turn(10).first else {
            Issue.record("what was not heard is not told again")
            return
        }
        #expect(curve.site == "depot")
    }

    /// Foreign money and nobody's programme say nothing; the connection stays.
    @Test func whatCannotBeUsedChangesNothing() async throws {
        let bench = try self.bench()
        let tariff = try await self.program(bench, "TARIFF")
        _ = try await bench.vtn.vtn.create(self.event(tariff, [100], currency: "USD"))
        _ = try await bench.vtn.vtn.create(self.event(try await self.program(bench, "OTHER"), [100]))
        #expect(await bench.turn().isEmpty && bench.ven.status.connected)
    }
}
