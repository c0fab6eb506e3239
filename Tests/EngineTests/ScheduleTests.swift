import Domain
import Engine
import Testing

/// Departure schedules and tokens as the enrolment's book keeps them.
@Suite struct ScheduleTests {
    private func departure(_ second: Int, target: Int = 9_000) -> DepartureTerms {
        DepartureTerms(
            vehicle: "v", departure: Instant(seconds: second), target: StateOfCharge(basisPoints: target))
    }

    @Test func theNextDepartureCountsWhateverTheOrderTheyCameIn() {
        var book = EnrolmentBook()
        for second in [300, 100, 200] { book.apply(.departure(self.departure(second))) }
        #expect(book.departure(of: "v", after: Instant(seconds: 0))?.departure == Instant(seconds: 100))
        #expect(book.departure(of: "v", after: Instant(seconds: 100))?.departure == Instant(seconds: 200))
        #expect(
            book.departure(of: "v", after: Instant(seconds: 300)) == nil
                && book.departure(of: "w", after: .distantPast) == nil)
        book.apply(.departure(self.departure(200, target: 5_000)))
        #expect(book.departure(of: "v", after: Instant(seconds: 150))?.target.basisPoints == 5_000, "said anew")
        book.apply(.cancelled("v", departure: Instant(seconds: 200)))
        book.apply(.cancelled("v", departure: Instant(seconds: 999)))
        #expect(book.scheduled == [self.departure(100), self.departure(300)])
    }

    /// A schedule that came before its car was enrolled is its schedule afterwards.
    @Test func aScheduleWaitsForItsCar() {
        var book = EnrolmentBook()
        var mark = (before: Fingerprint(), after: Fingerprint())
        for second in [300, 100] { book.apply(.departure(self.departure(second))) }
        book.fingerprint(into: &mark.before)
        book.apply(
            .vehicle(
                VehicleTerms(
                    id: "v", owner: "o", contract: "c", tenant: "t", tokens: [], capacity: Energy(wattHours: 1),
                    maxCharge: .zero, maxDischarge: .zero, reserve: StateOfCharge(basisPoints: 0), efficiency: 9_500,
                    dischargeConsentAt: nil)))
        book.apply(.departure(self.departure(200)))
        book.apply(.cancelled("v", departure: Instant(seconds: 300)))
        book.fingerprint(into: &mark.after)
        #expect(book.scheduled == [self.departure(100), self.departure(200)])
        #expect(book.departure(of: "v", after: Instant(seconds: 100))?.departure == Instant(seconds: 200))
        #expect(mark.before.value != mark.after.value)
    }

    @Test func aScheduleIsBounded() {
        var book = EnrolmentBook()
        for second in 1...1_000 { book.apply(.departure(self.departure(second))) }
        #expect(book.scheduled.count == 400 && book.scheduled.first == self.departure(601))
    }

    @Test func aTokenIsTheSameInEachSpelling() {
        var book = EnrolmentBook()
        book.apply(
            .vehicle(
                VehicleTerms(
                    id: "v", owner: "o", contract: "c", tenant: "t", tokens: ["04A2bC", "DE-8AA-C123456"],
                    capacity: Energy(wattHours: 1), maxCharge: .zero, maxDischarge: .zero,
                    reserve: StateOfCharge(basisPoints: 0), efficiency: 9_500, dischargeConsentAt: nil)))
        for token in ["04a2BC", "DE8AAC123456", "de-8aa-c123456"] as [TokenID] {
            #expect(book.vehicle(token: token) == 0, "\(token)")
        }
        #expect(book.vehicle(token: "04A2BD") == nil && book.vehicle(token: nil) == nil)
    }
}
