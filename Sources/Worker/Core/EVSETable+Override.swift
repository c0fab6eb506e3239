import Domain

// Decisions of others: in the next record of every point that they touch, and noted for those who ask later.
extension EVSETable {
    /// What a charging point may be moved to: by its nameplate, its car, and by what others impose.
    func room(_ slot: Slot) -> OverrideNote.Room {
        let charge = slot.capability?.maxCharge ?? self.nameplate
        let discharge = slot.capability?.maxDischarge ?? self.nameplate
        let imposed = self.overrides[slot.key.station]?.limit(evse: slot.key.evse)
        let ofCar = [slot.needs?.maxDischarge, slot.dischargeByWindow, imposed?.discharge].compactMap(\.self)
        return OverrideNote.Room(
            charge: slot.takesMore ? min(charge, slot.needs?.maxCharge ?? charge, imposed?.charge ?? charge) : .zero,
            discharge: slot.hasPriority || slot.standing == .unproven ? .zero : min(discharge, ofCar.min() ?? discharge)
        )
    }

    /// Somebody else decides.
    mutating func override(_ fact: StationFact, of station: StationID, at now: Instant) {
        var overrides = self.overrides[station] ?? StationOverrides()
        let isNews = overrides.take(fact, at: now)
        let touched = self.slots.indices.filter { fact.touches(self.slots[$0], of: station) }
        let before = touched.map { self.room(self.slots[$0]) }
        self.set(overrides, of: station)
        for place in self.slots.indices where self.slots[place].key.station == station { self.change(place) }
        for (place, room) in zip(touched, before) {
            if case .priority(let transaction, let isActive) = fact {
                self.setPriority(place, isActive)
                self.notePriority(self.slots[place].key, transaction, before: room, at: now)
            }
            if isNews { self.note(fact, place, before: room, at: now) }
        }
        // Of a station whose points are not known yet it is told all the same.
        if isNews, touched.isEmpty { self.note(fact, of: station, at: now) }
    }

    /// A session began, or its driver wants to be charged first from now on: noted once.
    mutating func notePriority(
        _ key: EVSEKey, _ transaction: String, before: OverrideNote.Room? = nil, at now: Instant
    ) {
        guard let place = self.slot(key), self.slots[place].transaction == transaction,
            var overrides = self.overrides[key.station], overrides.notePriority(transaction)
        else { return }
        self.set(overrides, of: key.station)
        var free = self.slots[place]
        free.hasPriority = false
        self.note(
            .priority(transaction: transaction, isActive: true), place, before: before ?? self.room(free), at: now)
    }

    private mutating func note(
        _ fact: StationFact, _ place: Int, before: OverrideNote.Room, at now: Instant
    ) {
        guard let what = fact.noted else { return }
        let slot = self.slots[place]
        self.add(
            OverrideNote(
                sequence: 0, kind: what.kind, isOver: what.isOver, station: slot.key.station, evse: slot.key.evse,
                token: slot.token, at: now, source: what.source, before: before, after: self.room(slot)))
    }

    private mutating func note(_ fact: StationFact, of station: StationID, at now: Instant) {
        guard let what = fact.noted else { return }
        let room = OverrideNote.Room(charge: self.nameplate, discharge: self.nameplate)
        let limit = self.overrides[station]?.limit(evse: what.evse)
        self.add(
            OverrideNote(
                sequence: 0, kind: what.kind, isOver: what.isOver, station: station, evse: what.evse, token: nil,
                at: now, source: what.source, before: room,
                after: OverrideNote.Room(
                    charge: limit?.charge ?? room.charge, discharge: limit?.discharge ?? room.discharge)))
    }
}

extension StationFact {
    /// Whether a decision is about this charging point.
    fileprivate func touches(_ slot: EVSETable.Slot, of station: StationID) -> Bool {
        guard slot.key.station == station else { return false }
        return switch self {
        case .limited(let evse, _, _, _), .limitCleared(let evse, _): evse == 0 || evse == slot.key.evse
        case .gridAlarm: true
        case .priority(let transaction, _): slot.transaction == transaction
        default: false
        }
    }

    /// What a note says of it.
    fileprivate var noted: (kind: OverrideNote.Kind, isOver: Bool, source: String, evse: Int)? {
        func short(_ text: String) -> String { String(decoding: text.utf8.prefix(60), as: UTF8.self) }
        return switch self {
        case .limited(let evse, let source, _, _): (.limit, false, short(source), evse)
        case .limitCleared(let evse, let source): (.limit, true, short(source), evse)
        case .gridAlarm(let control, _, let isOver): (.gridAlarm, isOver, short(control), 0)
        case .priority(_, let isActive): (.priority, !isActive, "driver", 0)
        default: nil
        }
    }
}
