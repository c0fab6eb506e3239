package import Domain
import OpenADR

/// What a fleet's batteries hold, for a bid's storage payloads. All of the plugged and consenting cars.
package struct StorageState: Hashable, Sendable {
    package var usableCapacity: Energy
    /// Of the usable capacity, 1/100 %.
    package var chargeLevel: StateOfCharge
    package var maxDischarge: Power
    package var maxCharge: Power

    package init(
        usableCapacity: Energy, chargeLevel: StateOfCharge, maxDischarge: Power,
        maxCharge: Power
    ) {
        self.usableCapacity = usableCapacity
        self.chargeLevel = chargeLevel
        self.maxDischarge = maxDischarge
        self.maxCharge = maxCharge
    }
}

/// A bid as a report on the event that called for it (fact sheet 1.11, 1.12).
struct BidMessage: Hashable {
    var id: BidID
    var resource: ResourceID
    var direction: Direction
    var quantity: Power
    var pricePerMegawattHour: Money
    /// 1/10,000; nil where the bidder does not say.
    var confidence: Int?
    var baseline: [DeclaredBaseline.Point]
    var isRedeclared: Bool
    var explanation: String

    static func name(_ id: BidID) -> String { MarketNames.bidPrefix + id.rawValue }

    /// The report; nil where the bid answers no event of this VTN.
    static func request(
        _ bid: Bid, _ baseline: DeclaredBaseline, storage: StorageState?, clientName: String
    ) -> ReportRequest? {
        guard let reference = IntervalReference(bid.call.reference) else { return nil }
        let available = MarketNames.availability(bid.direction)
        let price = MarketNames.price(bid.direction)
        var payloads = [
            ValuesMap(available, kilowatts: bid.quantity),
            ValuesMap(price, money: bid.pricePerMegawattHour),
        ]
        payloads += Self.payloads(storage)
        payloads.append(
            ValuesMap(
                MarketNames.bidState, text: bid.state == .redeclared ? "REDECLARED" : "SUBMITTED"))
        // Why an award was not taken comes first: it is what has to be acted on.
        let words = (bid.refusal.map { $0 + "; " } ?? "") + bid.explanation
        if !words.isEmpty {
            payloads.append(ValuesMap(MarketNames.explanation, text: String(words.prefix(500))))
        }
        let intervals = [Interval(id: reference.interval, payloads: payloads)]
        return ReportRequest(
            eventID: reference.event, clientName: clientName, reportName: Self.name(bid.id),
            payloadDescriptors: Self.descriptors(bid, storage),
            resources: [
                ReportRequest.ResourceData(
                    resourceName: bid.call.resource.rawValue,
                    intervals: intervals
                        + Self.intervals(baseline, reference.interval, bid.call.block))
            ])
    }

    private static func descriptors(_ bid: Bid, _ storage: StorageState?) -> [PayloadDescriptor] {
        func report(
            _ type: PayloadType, _ units: Unit, confidence: JSONNumber? = nil
        ) -> PayloadDescriptor {
            PayloadDescriptor(
                .report, type, units: units, readingType: .forecast, confidence: confidence)
        }
        var descriptors = [
            report(
                MarketNames.availability(bid.direction), .kilowatt,
                // The schema wants whole percents: what is promised is never rounded up.
                confidence: JSONNumber(bid.confidence / 100)),
            report(
                MarketNames.price(bid.direction),
                MarketNames.pricePerMegawattHour(bid.pricePerMegawattHour.currency)),
            report(.baseline, .kilowatt),
        ]
        if storage != nil {
            descriptors += [
                report(.storageUsableCapacity, .kilowattHour),
                report(.storageChargeLevel, .percent),
                report(.storageMaxDischargePower, .kilowatt),
                report(.storageMaxChargePower, .kilowatt),
            ]
        }
        return descriptors
    }

    private static func payloads(_ storage: StorageState?) -> [ValuesMap] {
        guard let storage else { return [] }
        return [
            ValuesMap(.storageUsableCapacity, kilowattHours: storage.usableCapacity),
            ValuesMap(.storageChargeLevel, scaled: storage.chargeLevel.basisPoints, decimals: 4),
            ValuesMap(.storageMaxDischargePower, kilowatts: storage.maxDischarge),
            ValuesMap(.storageMaxChargePower, kilowatts: storage.maxCharge),
        ]
    }

    /// The declared baseline as sub-intervals of the block: each keeps the block's id (fact sheet 1.5).
    private static func intervals(
        _ baseline: DeclaredBaseline, _ id: Int, _ block: MarketInterval
    ) -> [Interval] {
        baseline.points.enumerated().compactMap { index, point in
            let next = index + 1 < baseline.points.count ? baseline.points[index + 1].at : block.end
            let start = max(point.at, block.start)
            let end = min(next, block.end)
            guard start < end else { return nil }
            return Interval(
                id: id,
                intervalPeriod: IntervalPeriod(
                    start: DateTime(start),
                    duration: ISODuration(microseconds: (end - start).microseconds)),
                payloads: [ValuesMap(.baseline, kilowatts: point.power)])
        }
    }

    /// Reads a bid for one interval of a call; nil where the report is none.
    init?(_ report: ReportRequest, interval: Int, currency: Currency) {
        guard let name = report.reportName, name.hasPrefix(MarketNames.bidPrefix),
            let data = report.resources.first
        else { return nil }
        let intervals = data.intervals.filter { $0.id == interval }
        let payloads = intervals.flatMap(\.payloads)
        let offers = Direction.allCases.compactMap { direction in
            payloads.first(MarketNames.availability(direction))?.power.map { (direction, $0) }
        }
        guard let (direction, quantity) = offers.first, offers.count == 1, quantity >= .zero else {
            return nil
        }
        self.id = BidID(String(name.dropFirst(MarketNames.bidPrefix.count)))
        self.resource = ResourceID(data.resourceName)
        self.direction = direction
        self.quantity = quantity
        let price = payloads.first(MarketNames.price(direction))?.number?.scaled(decimals: 6)
        self.pricePerMegawattHour = Money(microUnits: price ?? 0, currency: currency)
        self.confidence = report.payloadDescriptors?
            .first { $0.payloadType == MarketNames.availability(direction) }?
            .confidence?.scaled(decimals: 2)
        self.baseline = intervals.compactMap { interval in
            guard let start = interval.intervalPeriod?.start,
                let power = interval.payloads.first(.baseline)?.power
            else { return nil }
            return DeclaredBaseline.Point(at: start.instant, power: power)
        }
        self.isRedeclared = payloads.first(MarketNames.bidState)?.text == "REDECLARED"
        self.explanation = payloads.first(MarketNames.explanation)?.text ?? ""
    }
}
