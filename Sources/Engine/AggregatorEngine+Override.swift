import Control
import Domain
import Fleet
import GridCodes
import Ledger

/// A decision of somebody else that is in force at a charging point.
struct Outside: Hashable, Sendable, Codable {
    var kind: OverrideNote.Kind
    var source: String
    var since: Instant
    /// What may still be discharged, W.
    var discharge: Int
}

/// What a session's promise said when it was kept for good last.
struct SaidPromise: Hashable, Sendable, Codable {
    var departure: Instant
    var target: Int
}

extension SaidPromise {
    /// Another wish than before: by a minute, or one percent; less is how stations round.
    private static let leastWait = TimeSpan.minutes(1)
    private static let leastTarget = 100

    func hasOtherDeparture(than before: SaidPromise) -> Bool {
        let wait = self.departure - before.departure
        return wait >= Self.leastWait || wait <= .zero - Self.leastWait
    }

    func hasOtherTarget(than before: SaidPromise) -> Bool { abs(self.target - before.target) >= Self.leastTarget }
}

extension Point {
    /// A note changes what is in force.
    mutating func take(_ note: OverrideNote) {
        let known = self.outside.first { $0.kind == note.kind && $0.source == note.source }
        self.outside.removeAll { $0.kind == note.kind && $0.source == note.source }
        guard !note.isOver else { return }
        self.outside.append(
            Outside(
                kind: note.kind, source: note.source, since: known?.since ?? note.at,
                discharge: note.after.discharge.watts))
    }

    /// Whether departure or target are others than what was said last; what was before, where they are.
    mutating func changedWish() -> SaidPromise? {
        guard self.pluggedAt != nil else { return nil }
        let now = SaidPromise(departure: self.departure, target: self.target.basisPoints)
        guard let said = self.saidPromise else {
            self.saidPromise = now
            return nil
        }
        guard now.hasOtherDeparture(than: said) || now.hasOtherTarget(than: said) else { return nil }
        self.saidPromise = now
        return said
    }
}

// Decisions of drivers, owners, sites and the network: each is kept for good, with who, what and when.
extension AggregatorEngine {
    /// Takes a worker's notes, each once, and says up to where they are taken.
    mutating func take(_ notes: [OverrideNote], from worker: WorkerID) {
        var last = self.overridesTaken[worker] ?? 0
        for note in notes where note.sequence > last {
            last = note.sequence
            self.keep(note)
        }
        self.overridesTaken[worker] = last
        self.emit(.overridesTaken(worker, upTo: last))
    }

    private mutating func keep(_ note: OverrideNote) {
        if let spot = self.place[PlaceKey(station: note.station, evse: note.evse)],
            spot.slot < self.points[spot.worker].count
        {
            self.points[spot.worker][spot.slot].take(note)
            let resource = Int(self.fleet.lines[self.fleet.range(spot.worker).lowerBound + spot.slot].resource)
            // The next plan is due at once.
            if resource < self.resources.count { self.resources[resource].dirty = true }
        }
        let kind: OverrideRecord.Kind =
            switch note.kind {
            case .priority: .priority
            case .limit: .limit
            case .gridAlarm: .gridAlarm
            }
        self.keep(
            kind, at: note.at, isOver: note.isOver, source: note.source,
            vehicle: self.enrolment.vehicle(token: note.token), station: note.station, evse: note.evse,
            before: Self.text(note.before), after: Self.text(note.after))
    }

    private static func text(_ room: OverrideNote.Room) -> String {
        "charge \(room.charge.watts) W, discharge \(room.discharge.watts) W"
    }

    private mutating func keep(
        _ kind: OverrideRecord.Kind, at: Instant, isOver: Bool, source: String, vehicle: Int?, station: StationID?,
        evse: Int?, before: String, after: String
    ) {
        let terms = vehicle.map { self.enrolment.vehicles[$0] }
        self.emit(
            .record(
                .override(
                    OverrideRecord(
                        kind: kind, at: at, isOver: isOver, source: source, vehicle: terms?.id, owner: terms?.owner,
                        station: station, evse: evse, before: before, after: after),
                    tenant: terms?.tenant ?? self.configuration.tenant, region: self.configuration.region.region)))
    }

    /// Another departure or target in a session that goes on.
    mutating func keepWish(_ point: inout Point, _ place: Place) {
        guard let before = point.changedWish(), let registration = self.fleet.registration(place.line) else { return }
        let line = self.fleet.lines[place.line]
        let vehicle = line.vehicle == VehicleLine.none ? nil : Int(line.vehicle)
        let wish = SaidPromise(departure: point.departure, target: point.target.basisPoints)
        if wish.hasOtherDeparture(than: before) {
            self.keep(
                .departure, at: self.now, isOver: false, source: point.departureSource.rawValue, vehicle: vehicle,
                station: registration.station, evse: registration.evse, before: iso(before.departure),
                after: iso(point.departure))
        }
        if wish.hasOtherTarget(than: before) {
            self.keep(
                .target, at: self.now, isOver: false, source: point.targetSource.rawValue, vehicle: vehicle,
                station: registration.station, evse: registration.evse, before: Self.percent(before.target),
                after: Self.percent(point.target.basisPoints))
        }
    }

    private static func percent(_ basisPoints: Int) -> String {
        "\(basisPoints / 100).\(basisPoints / 10 % 10)\(basisPoints % 10) %"
    }

    /// Applies a change of the enrolment; a consent that is given or withdrawn by it is kept.
    mutating func noting(consentOf change: EnrolmentChange, _ apply: (inout Self) -> Void) {
        let id: VehicleID? =
            switch change {
            case .vehicle(let terms): terms.id
            case .consent(let vehicle, _): vehicle
            default: nil
            }
        guard let id, let index = self.enrolment.vehicle(id) else { return apply(&self) }
        let before = self.enrolment.vehicles[index].dischargeConsentAt
        apply(&self)
        let after = self.enrolment.vehicles[index].dischargeConsentAt
        guard (before == nil) != (after == nil) else { return }
        self.consentWithdrawn[id] = after == nil ? self.now : nil
        self.keep(
            .consent, at: self.now, isOver: after == nil, source: "owner", vehicle: index, station: nil, evse: nil,
            before: before == nil ? "no discharge" : "discharge agreed",
            after: after == nil ? "no discharge" : "discharge agreed")
    }

    /// Why a car that is plugged in is kept out of discharge, in words, and since when where that is known.
    func keptOut(_ point: Point, _ vehicle: Int) -> EngineSnapshot.KeptOut? {
        if self.enrolment.vehicles[vehicle].dischargeConsentAt == nil {
            return .init(
                since: self.consentWithdrawn[self.enrolment.vehicles[vehicle].id],
                reason: "the owner does not agree to discharge")
        }
        if let veto = self.wear.dischargeVeto(vehicle) { return .init(since: nil, reason: veto) }
        guard let outside = point.outside.first(where: { $0.discharge == 0 }) else { return nil }
        let reason =
            switch outside.kind {
            case .priority: "priority charging at the station"
            case .limit: "limited at the station by \(outside.source)"
            case .gridAlarm: "grid alarm at the station (\(outside.source))"
            }
        return .init(since: outside.since, reason: reason)
    }
}
