import Domain
import OpenADR

/// A programme under which capacity is bought block by block.
struct CapacityProgram: Hashable {
    var name: String
    var product: ProductID
    /// How long before a block starts its gate closes; nil: the programme does not say.
    var gateClosure: TimeSpan?

    init(name: String, product: ProductID, gateClosure: TimeSpan?) {
        self.name = name
        self.product = product
        self.gateClosure = gateClosure
    }

    /// The gate that a programme states: how long before a block it closes.
    static func gateClosure(of program: ProgramRequest) -> TimeSpan? {
        program.attributes?.first(MarketNames.gateClosure)?.text
            .flatMap { ISODuration($0) }?.end(from: 0).map(TimeSpan.init(microseconds:))
    }

    func request(targets: [String]) -> ProgramRequest {
        var attributes = [
            ValuesMap("BINDING_EVENTS", [.bool(true)]),
            ValuesMap(MarketNames.product, text: self.product.rawValue),
        ]
        if let gate = self.gateClosure {
            let lead = ISODuration(microseconds: gate.microseconds)
            attributes.append(ValuesMap(MarketNames.gateClosure, text: lead.text))
        }
        return ProgramRequest(programName: self.name, attributes: attributes, targets: targets)
    }
}

/// A call for bids: a report-only event whose implied intervals are the blocks (fact sheet 1.12).
enum CallMessage {
    static func name(_ product: ProductID, _ block: MarketInterval) -> String {
        "CALL-\(product)-\(block.start.iso8601)"
    }

    static func request(
        program: ObjectID, product: ProductID, block: MarketInterval, directions: [Direction],
        currency: Currency, targets: [String]
    ) -> EventRequest {
        var descriptors: [ReportDescriptor] = []
        for direction in directions {
            descriptors.append(Self.descriptor(MarketNames.availability(direction), .kilowatt))
            descriptors.append(
                Self.descriptor(
                    MarketNames.price(direction), MarketNames.pricePerMegawattHour(currency)))
        }
        descriptors.append(Self.descriptor(.storageUsableCapacity, .kilowattHour))
        descriptors.append(Self.descriptor(.storageChargeLevel, .percent))
        var baseline = Self.descriptor(.baseline, .kilowatt)
        baseline.reportIntervals = "SUB_INTERVALS"
        descriptors.append(baseline)
        return EventRequest(
            programID: program, eventName: Self.name(product, block), targets: targets,
            reportDescriptors: descriptors,
            intervalPeriod: IntervalPeriod(
                start: DateTime(block.start),
                duration: ISODuration(microseconds: block.duration.microseconds)))
    }

    private static func descriptor(_ type: PayloadType, _ units: Unit) -> ReportDescriptor {
        ReportDescriptor(
            type, readingType: .forecast, units: units, startInterval: 0, numIntervals: 1,
            historical: false, frequency: 0)
    }

    /// Whether an event asks for bids: report-only, for regulation that is available.
    static func isCall(_ event: EventRequest) -> Bool {
        event.intervals == nil
            && event.reportDescriptors?.contains {
                $0.payloadType == .upRegulationAvailable
                    || $0.payloadType == .downRegulationAvailable
            } == true
    }

    /// The calls that an event makes to one resource, one for each implied interval.
    static func calls(
        _ event: OpenADR.Event, product: ProductID, resource: ResourceID, gateClosure: TimeSpan
    ) throws -> [BidCall] {
        guard Self.isCall(event.request) else { return [] }
        let timeline = try Timeline(event.request, anchor: event.modified.microseconds)
        return timeline.pass.compactMap { interval in
            guard let end = interval.end, end > interval.start else { return nil }
            let block = MarketInterval(
                start: Instant(microseconds: interval.start), end: Instant(microseconds: end))
            return BidCall(
                resource: resource, product: product, block: block,
                gateClosure: block.start - gateClosure,
                reference: IntervalReference(event: event.id, interval: interval.id).text)
        }
    }
}
