import CTelemetry
import Control
import Domain
import Fleet
import GridCodes
import Planning

// When cars charge where prices are known: as cheaply as promises, sites and what is sold allow.
extension AggregatorEngine {
    /// A site whose cars, promises, limit and prices are what they were is planned anew after this time: what was
    /// charged meanwhile is not quite what was planned.
    private static let planLife = TimeSpan.minutes(5)
    /// Cars are planned to be ready so long before they leave, where they can be: a charger that fails is seen in time.
    private static let readyBefore = 900
    /// Spans of time that are planned one by one; what is behind them is one span.
    private static let mostSpans = 192
    /// Sites take up a new price one after the other within this time, s: no zone makes a step of its load.
    private static let edgeSpread = 300

    /// What a site's cars were planned for, and until when that stands.
    struct SiteCharging: Sendable, Codable {
        var mark: UInt64 = 0
        var until = Instant.distantPast
        /// True while its cars have pledges.
        var isPledged: Bool?
    }

    mutating func take(_ curve: PriceCurve) {
        if let known = self.prices.firstIndex(where: { $0.site == curve.site }) {
            self.prices[known] = self.prices[known].replaced(by: curve, at: self.now)
        } else {
            self.prices.append(curve)
        }
        self.markDirty()
    }

    /// The curve that a site is planned by: its own, else the zone's; nil where nothing is known of the time to come.
    func prices(of site: SiteID) -> PriceCurve? {
        let curve = self.prices.first { $0.site == site } ?? self.prices.first { $0.site == nil }
        return curve.flatMap { $0.end > self.now ? $0 : nil }
    }

    /// Plans anew the sites of a resource of which something changed. Without prices nothing is done.
    mutating func planCharging(_ resource: Int) {
        guard !self.prices.isEmpty else { return }
        let blocks = self.promisedBlocks(resource)
        let carriesAll = blocks.isEmpty ? [] : self.sitesThatCarryAll()
        let places = self.places[resource]
        let members = SiteMembers(
            places.map { self.fleet.lines[$0.line].site }, sites: self.enrolment.sites.count)
        while self.charging.count < self.enrolment.sites.count { self.charging.append(SiteCharging()) }
        for site in self.enrolment.sites.indices where !members[site].isEmpty {
            let cars = members[site].map { places[$0] }
            guard let curve = self.prices(of: self.enrolment.sites[site].id) else {
                self.clearCharging(site, cars)
                continue
            }
            guard !blocks.isEmpty else {
                if self.charging[site].isPledged == true { self.clearCharging(site, cars) }
                self.plan(site, cars, curve, until: nil)
                continue
            }
            let end = carriesAll[site] ? self.gapEnd(before: blocks, site: site) : nil
            guard let end else {
                self.standStill(site, cars)
                continue
            }
            for place in cars { self.pledge(place) }
            self.plan(site, cars, curve, until: end)
            self.charging[site].isPledged = true
        }
    }

    private mutating func plan(_ site: Int, _ cars: [Place], _ curve: PriceCurve, until end: Instant?) {
        let mark = self.mark(site, cars, curve, until: end)
        guard mark != self.charging[site].mark || self.now >= self.charging[site].until else { return }
        let spread = TimeSpan.seconds(Int(Self.spread(of: self.enrolment.sites[site].id)))
        let spans = self.spans(curve, site: site, cars, later: spread, until: end)
        self.charging[site].mark = mark
        self.charging[site].until = self.now + min(Self.planLife, .seconds(spans.first?.length ?? 1))
        self.plan(cars, over: spans, until: end)
    }

    private mutating func clearCharging(_ site: Int, _ cars: [Place]) {
        guard self.charging[site].mark != 0 || self.charging[site].isPledged == true else { return }
        self.charging[site] = SiteCharging()
        for place in cars {
            self.points[place.worker][place.slot].planned = nil
            self.points[place.worker][place.slot].pledge = nil
        }
    }

    /// Inside a block, and shortly before it, cars draw what they drew when their headroom was offered.
    private mutating func standStill(_ site: Int, _ cars: [Place]) {
        guard self.charging[site].mark != 0 else { return }
        self.charging[site].mark = 0
        self.charging[site].until = .distantPast
        for place in cars {
            self.points[place.worker][place.slot].planned = self.points[place.worker][place.slot].pledge?.watts
        }
    }

    static func spread(of site: SiteID) -> UInt64 {
        var mark = Fingerprint()
        mark.add(site.rawValue)
        return mark.value % UInt64(Self.edgeSpread)
    }

    /// What a site's plan depends on beside the time that passes.
    private func mark(_ site: Int, _ cars: [Place], _ curve: PriceCurve, until end: Instant?) -> UInt64 {
        var mark = Fingerprint()
        if let end { mark.add(end.microseconds) }
        mark.add(self.enrolment.sites[site].importLimit.watts)
        // The building's load to the nearest 5 kW: less is no news.
        mark.add(self.limit(of: site).load / 5_000)
        mark.add(curve.steps.count)
        mark.add(curve.end.microseconds)
        for step in curve.steps where step.at > self.now {
            mark.add(step.at.microseconds)
            mark.add(step.value)
        }
        for place in cars {
            let point = self.points[place.worker][place.slot]
            guard self.isPlanned(point, place) else { continue }
            mark.add(place.line)
            mark.add(point.departure.microseconds)
            mark.add(point.target.basisPoints)
            mark.add(point.pluggedAt?.microseconds ?? 0)
        }
        return max(1, mark.value)
    }

    /// A car that just came waits for the plan of its site.
    @inline(__always)
    func awaitsPlan(_ point: borrowing Point, _ line: VehicleLine) -> Bool {
        point.planned == nil && point.pluggedAt == self.now && line.site != VehicleLine.none
            && line.record.soc_error < Point.unsure && Int(line.site) < self.charging.count
            && self.charging[Int(line.site)].mark != 0
    }

    private func isPlanned(_ point: borrowing Point, _ place: Place) -> Bool {
        let line = self.fleet.lines[place.line]
        return line.isAvailable && line.vehicle != VehicleLine.none && point.pluggedAt != nil
            && line.record.soc_error < Point.unsure && !self.isSettling(place, point)
    }

    /// From now on: each price as far as it is known and somebody is here, then their mean until the last one leaves.
    private func spans(
        _ curve: PriceCurve, site: Int, _ cars: [Place], later: TimeSpan, until end: Instant?
    ) -> [ChargingSpan] {
        let limit = self.limit(of: site)
        let watts = limit.importLimit - max(limit.load, self.enrolment.sites[site].staleLoad.watts)
        var last = self.now + .seconds(1)
        for place in cars {
            let point = self.points[place.worker][place.slot]
            if self.isPlanned(point, place), point.departure < .distantFuture { last = max(last, point.departure) }
        }
        if let end { last = max(self.now + .seconds(1), min(last, end)) }
        var spans: [ChargingSpan] = []
        var from = self.now
        for step in curve.steps.indices where spans.count < Self.mostSpans {
            let end = step + 1 < curve.steps.count ? curve.steps[step + 1].at + later : curve.end
            let until = min(last, end)
            guard until > from, (until - from).seconds > 0 else { continue }
            spans.append(
                ChargingSpan(length: (until - from).seconds, value: curve.steps[step].value, limit: watts))
            from = until
        }
        if (last - from).seconds > 0 {
            spans.append(
                ChargingSpan(length: (last - from).seconds, value: curve.mean(from: self.now), limit: watts))
        }
        return spans
    }

    private mutating func plan(_ places: [Place], over spans: [ChargingSpan], until end: Instant?) {
        for place in places { self.points[place.worker][place.slot].planned = nil }
        let planned = places.filter { self.isPlanned(self.points[$0.worker][$0.slot], $0) }
        let cars = planned.map { self.chargingCar($0, until: end) }
        let plan = ChargingPlan(cars, over: spans)
        let length = spans.first?.length ?? 1
        // Who cannot be served in full charges with all that he gets.
        for (car, place) in planned.enumerated() where plan.missing[car] == 0 {
            let watts = plan.power(car, in: 0, present: min(length, max(1, cars[car].ready)))
            let station = self.fleet.limits[place.line]
            self.points[place.worker][place.slot].planned = quantised(
                watts, minimum: Int(station.minimum), step: Int(station.step), towards: .up)
        }
    }

    /// - Parameter end: of the time before a sold block, to which a car with a pledge only has to be where it would be.
    private func chargingCar(_ place: Place, until end: Instant?) -> ChargingCar {
        let task = self.task(place)
        if let end, let pledge = self.points[place.worker][place.slot].pledge, end < task.departure {
            let missing = max(0, pledge.energy(at: end) - task.sureEnergy.wattSeconds)
            return ChargingCar(
                need: (missing * 10_000 + task.efficiency - 1) / task.efficiency, most: task.provenCharge.watts,
                ready: max(1, (end - self.now).seconds))
        }
        let missing = max(0, task.target.energy(of: task.capacity).wattSeconds - task.sureEnergy.wattSeconds)
        let need = (missing * 10_000 + task.efficiency - 1) / task.efficiency
        let left = max(0, (task.departure - self.configuration.watchdog - self.now).seconds)
        let early = left - Self.readyBefore
        return ChargingCar(
            need: need, most: task.provenCharge.watts,
            ready: early > 0 && task.provenCharge.watts * early >= need ? early : left)
    }
}

extension Point {
    /// Puts the plan's power in the place of steady charging, as far as the promise leaves room.
    @inline(__always)
    func scheduled(_ room: Bounds) -> Bounds {
        guard let planned = self.planned else { return room }
        var kept = room
        kept.base = min(max(planned, max(0, room.low)), max(room.high, room.low))
        return kept
    }
}
