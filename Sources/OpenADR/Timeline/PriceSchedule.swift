/// What energy costs when, by the PRICE events of a programme.
package struct PriceSchedule: Hashable, Sendable {
    /// A price that holds for a time. Times are microseconds since 1970.
    package struct Stretch: Hashable, Sendable {
        package var start: Int
        package var end: Int
        /// Millionths per MWh; may be below 0.
        package var perMegawattHour: Int

        package init(start: Int, end: Int, perMegawattHour: Int) {
            self.start = start
            self.end = end
            self.perMegawattHour = perMegawattHour
        }
    }
    /// Disjoint, in order of time; of events that overlap the one of higher priority counts.
    package private(set) var stretches: [Stretch] = []
    /// A line for each event that could not be used, with what to change.
    package private(set) var refusals: [String] = []

    /// Reads the prices that overlap `from ..< to`.
    /// - Parameters:
    ///   - events: of one programme; those without a PRICE are not looked at.
    ///   - defaults: the programme's own payload descriptors.
    ///   - currency: ISO 4217, what prices have to be in; nil: any, but all the same.
    ///   - reader: the VEN's name, for a random start.
    package init(
        _ events: [Event], defaults: [PayloadDescriptor]? = nil, currency: String? = nil, reader: String = "",
        from: Int, to: Int
    ) {
        var scales: [ObjectID: Int] = [:]
        var entries: [ScheduleEntry<ObjectID>] = []
        var wanted = currency
        for event in events where Self.isPrice(event.request) {
            do {
                let scale = try Self.decimals(event.request, defaults, &wanted)
                let draw = StartDraw(reader: reader, event: event.id)
                let timeline = try Timeline(event.request, anchor: event.modified.microseconds, draw: draw.fraction)
                let found = timeline.stretches(from: from, to: to)
                guard found.allSatisfy({ Self.price($0.payloads, scale) != nil }) else {
                    throw OpenADRError(.invalid, "a PRICE is no finite number: send numbers")
                }
                scales[event.id] = scale
                entries += found.map {
                    ScheduleEntry(
                        source: event.id, priority: event.request.priority, written: event.modified.microseconds,
                        interval: $0)
                }
            } catch {
                self.refusals.append("event \(event.id): \(error)")
            }
        }
        for entry in Schedule.merged(entries) {
            guard let price = Self.price(entry.interval.payloads, scales[entry.source] ?? 6) else { continue }
            self.stretches.append(
                Stretch(
                    start: max(from, entry.interval.start), end: min(to, entry.interval.end ?? to),
                    perMegawattHour: price))
        }
    }

    /// Whether an event says what energy costs.
    package static func isPrice(_ event: EventRequest) -> Bool {
        event.intervals?.contains { $0.payloads.first(.price) != nil } == true
    }

    /// How many decimals make a price millionths per MWh: 6 of one per MWh, 9 of one per kWh.
    private static func decimals(
        _ event: EventRequest, _ defaults: [PayloadDescriptor]?, _ currency: inout String?
    ) throws -> Int {
        let descriptor = event.descriptor(.price, defaults: defaults)
        if let said = descriptor?.currency {
            guard currency == nil || currency == said else {
                throw OpenADRError(.invalid, "PRICE is in \(said): send it in \(currency ?? "")")
            }
            currency = said
        }
        switch descriptor?.units?.rawValue {
        case "KWH": return 9
        case "MWH": return 6
        default:
            throw OpenADRError(.invalid, "PRICE has no units: add a payload descriptor with units KWH or MWH")
        }
    }

    private static func price(_ payloads: [ValuesMap], _ decimals: Int) -> Int? {
        payloads.first(.price)?.number?.scaled(decimals: decimals)
    }
}
