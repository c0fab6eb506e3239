import Domain
import Ledger

/// A block that was sold, metered and settled, with all its rows.
enum SettledBlock {
    /// 100 kW for 300 s, of which the last 30 s brought half, and how they were settled.
    static let award = Award(
        id: "a", bid: "b", resource: "fleet", product: "TEST-AGC",
        block: MarketInterval(start: Instant(seconds: 1_800_000), end: Instant(seconds: 1_800_300)), direction: .up,
        quantity: Power(watts: 100_000), pricePerMegawattHour: Money(microUnits: 45_000_000, currency: .eur),
        energyPricePerMegawattHour: Money(microUnits: 120_000_000, currency: .eur))
    static let samples = (0..<300).map { second in
        DeliverySample(
            resource: "fleet", product: "TEST-AGC", at: Instant(seconds: 1_800_000 + second),
            requested: Power(watts: 90_000), delivered: Power(watts: second < 270 ? 90_000 : 45_000),
            baseline: Power(watts: 20_000), metered: Power(watts: second < 270 ? -70_000 : -25_000))
    }
    static let block = Settlement(
        award: award, tenant: "t", region: "test", settledAt: Instant(seconds: 1_800_320),
        requested: Power(watts: 90_000).over(.seconds(300)), delivered: Power(watts: 90_000).over(.seconds(285)),
        overDelivered: .zero, performance: 9_500,
        vehicles: [
            VehicleDelivery(
                vehicle: "v1",
                contract: ContractTerms(
                    id: "c1", owner: "o1", tenant: "t", currency: .eur, ownerShare: 8_000, wearPerKilowattHour: 40_000),
                headroomHeld: Energy(wattHours: 8_000), delivered: Energy(wattHours: 7_125),
                discharged: Energy(wattHours: 5_000))
        ]
    ).result()
}
