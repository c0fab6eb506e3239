import Domain
import OpenADR

/// An award as an event: capacity that the operator reserved, with what it pays for it.
struct AwardMessage: Hashable {
    var bid: BidID?
    var block: MarketInterval
    var reference: IntervalReference
    var direction: Direction
    /// 0: the bid was refused.
    var quantity: Power
    var pricePerMegawattHour: Money?
    var energyPricePerMegawattHour: Money?

    static func name(_ bid: BidID) -> String { MarketNames.awardPrefix + bid.rawValue }

    /// The event with which business logic answers a bid; `interval` is the id that the call used.
    static func request(
        _ award: Award, program: ObjectID, interval: Int, targets: [String]
    ) -> EventRequest {
        let reservation = MarketNames.reservation(award.direction)
        let fee = MarketNames.fee(award.direction)
        let currency = award.pricePerMegawattHour.currency.rawValue
        return EventRequest(
            programID: program, eventName: Self.name(award.bid), priority: 1, targets: targets,
            reportDescriptors: [
                ReportDescriptor(.reading, readingType: .mean, units: .kilowatt, frequency: 0),
                ReportDescriptor(.deltaUsage, units: .kilowattHour, frequency: -1),
            ],
            payloadDescriptors: [
                PayloadDescriptor(.event, reservation, units: .kilowatt),
                PayloadDescriptor(.event, fee, units: "MW_H", currency: currency),
                PayloadDescriptor(.event, .exportPrice, units: "MWH", currency: currency),
            ],
            intervalPeriod: IntervalPeriod(
                start: DateTime(award.block.start),
                duration: ISODuration(microseconds: award.block.duration.microseconds)),
            intervals: [
                Interval(
                    id: interval,
                    payloads: [
                        ValuesMap(reservation, kilowatts: award.quantity),
                        ValuesMap(fee, money: award.pricePerMegawattHour),
                        ValuesMap(.exportPrice, money: award.energyPricePerMegawattHour),
                    ])
            ])
    }

    /// The awards that an event holds: one for each interval and direction.
    static func messages(_ event: OpenADR.Event, defaults: [PayloadDescriptor]?) throws
        -> [AwardMessage]
    {
        guard let intervals = event.request.intervals,
            intervals.contains(where: { interval in
                Direction.allCases.contains {
                    interval.payloads.first(MarketNames.reservation($0)) != nil
                }
            })
        else { return [] }
        let timeline = try Timeline(event.request, anchor: event.modified.microseconds)
        let name = event.request.eventName ?? ""
        let bid =
            name.hasPrefix(MarketNames.awardPrefix)
            ? BidID(String(name.dropFirst(MarketNames.awardPrefix.count))) : nil
        return timeline.pass.flatMap { interval -> [AwardMessage] in
            guard let end = interval.end, end > interval.start else { return [] }
            let block = MarketInterval(
                start: Instant(microseconds: interval.start), end: Instant(microseconds: end))
            return Direction.allCases.compactMap { direction in
                guard
                    let power = interval.payloads.first(MarketNames.reservation(direction))?.power,
                    power >= .zero
                else { return nil }
                return AwardMessage(
                    bid: bid, block: block,
                    reference: IntervalReference(event: event.id, interval: interval.id),
                    direction: direction, quantity: power,
                    pricePerMegawattHour: Self.price(
                        MarketNames.fee(direction), interval.payloads, event.request, defaults),
                    energyPricePerMegawattHour: Self.price(
                        .exportPrice, interval.payloads, event.request, defaults))
            }
        }
    }

    /// A price per MW and hour, or per MWh; prices per KW and KWH are taken times a thousand.
    private static func price(
        _ type: PayloadType, _ payloads: [ValuesMap], _ event: EventRequest,
        _ defaults: [PayloadDescriptor]?
    ) -> Money? {
        guard let descriptor = event.descriptor(type, defaults: defaults),
            let currency = descriptor.currency, let number = payloads.first(type)?.number
        else { return nil }
        let perKilowatt = ["KW", "KWH", "KW_H"].contains(descriptor.units?.rawValue)
        return number.scaled(decimals: perKilowatt ? 9 : 6)
            .map { Money(microUnits: $0, currency: Currency(rawValue: currency)) }
    }
}
