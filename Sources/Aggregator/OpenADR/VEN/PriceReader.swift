import Domain
import OpenADR

/// Turns the PRICE events of price programmes into the curves that cars charge by. Says a curve again only when something
/// of the time to come is another.
struct PriceReader {
    private let configuration: VENConfiguration
    /// By site, the empty name for the whole zone.
    private var told: [String: PriceCurve] = [:]
    private var complained = Set<String>()
    /// So far back and ahead prices are read; what is further off comes with a later reading.
    private static let (back, ahead) = (86_400_000_000, 8 * 86_400_000_000)

    init(_ configuration: VENConfiguration) {
        self.configuration = configuration
    }

    /// What is new in a reading, and what could not be used, each line once.
    mutating func read(
        _ programs: [Program], _ events: [OpenADR.Event], now: Instant
    ) -> (events: [Domain.Event], complaints: [String]) {
        var found: [Domain.Event] = []
        var complaints: [String] = []
        // By whole days, so that prices that never end are said once a day and not with every reading.
        let today = now.microseconds / 86_400_000_000 * 86_400_000_000
        for terms in self.configuration.prices {
            for program in programs where program.request.programName == terms.program {
                let schedule = PriceSchedule(
                    events.filter { $0.request.programID == program.id },
                    defaults: program.request.payloadDescriptors, currency: self.configuration.currency,
                    reader: self.configuration.venName, from: today - Self.back, to: today + Self.ahead)
                complaints += schedule.refusals
                guard let curve = Self.curve(schedule, site: terms.site.map { SiteID($0) }) else { continue }
                if let known = self.told[terms.site ?? ""], Self.isSame(known, curve, from: now) { continue }
                self.told[terms.site ?? ""] = curve
                if curve.end > now { found.append(.priced(curve)) }
            }
        }
        if self.complained.count > 1_000 { self.complained.removeAll() }
        return (found, complaints.filter { self.complained.insert($0).inserted })
    }

    /// Has everything said again at the next reading: the engine did not hear it.
    mutating func forget() { self.told.removeAll() }

    /// A price holds until the next one, as in a file of prices; nil where there are none, or too many.
    private static func curve(_ schedule: PriceSchedule, site: SiteID?) -> PriceCurve? {
        let steps = schedule.stretches.suffix(PriceCurve.mostSteps).map {
            PriceCurve.Step(at: Instant(microseconds: $0.start), value: $0.perMegawattHour)
        }
        return schedule.stretches.last.flatMap {
            PriceCurve(kind: .price, site: site, steps: Array(steps), end: Instant(microseconds: $0.end))
        }
    }

    private static func isSame(_ known: PriceCurve, _ curve: PriceCurve, from now: Instant) -> Bool {
        known.end == curve.end && known.value(at: now) == curve.value(at: now)
            && known.steps.filter { $0.at > now } == curve.steps.filter { $0.at > now }
    }
}
