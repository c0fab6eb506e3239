import Domain

extension ControlMessage {
    public init(decoding bytes: [UInt8]) throws(FleetLinkError) {
        var reader = ByteReader(bytes)
        guard try reader.get(UInt32.self) == Self.magic else {
            throw FleetLinkError(.badMagic, "not a control message")
        }
        let version = try reader.get(UInt16.self)
        guard Self.versions.contains(version) else {
            throw FleetLinkError(.unsupportedVersion, "control version \(version)")
        }
        let kind: UInt8 = try reader.get()
        self = try kind < 10 ? Self.first(kind, &reader, bytes) : Self.rest(kind, &reader)
        try reader.finished()
        guard self.version == version else {
            throw FleetLinkError(.malformed, "kind \(kind) came with version \(self.version), not \(version)")
        }
    }

    private static func first(
        _ kind: UInt8, _ reader: inout ByteReader, _ bytes: [UInt8]
    ) throws(FleetLinkError) -> ControlMessage {
        switch kind {
        case 1:
            let worker = WorkerID(try reader.text(limit: 128))
            let incarnation = Incarnation(try reader.get())
            let low: UInt16 = try reader.get()
            let high: UInt16 = try reader.get()
            guard low <= high else { throw FleetLinkError(.malformed, "versions \(low) to \(high)") }
            return .hello(worker: worker, incarnation: incarnation, versions: low...high, clock: try reader.instant())
        case 2:
            return .welcome(epoch: Epoch(try reader.get()), version: try reader.get(), clock: try reader.instant())
        case 3: return .refused(reason: try reader.text())
        case 4:
            let incarnation = Incarnation(try reader.get())
            return .register(
                incarnation: incarnation,
                try reader.list(limit: self.mostRegistrations) { reader throws(FleetLinkError) in
                    try reader.registration()
                })
        case 5: return .snapshotRequest
        case 6: return .snapshot(frame: try reader.raw(reader.left))
        case 7:
            let hash: UInt64 = try reader.get()
            return .prepare(try reader.workerPlan(), hash: hash)
        case 8: return .planAcknowledged(try reader.plan(), hash: try reader.get())
        case 9: return .planRefused(try reader.plan(), reason: try reader.text())
        default: throw FleetLinkError(.malformed, "message kind \(kind)")
        }
    }

    private static func rest(_ kind: UInt8, _ reader: inout ByteReader) throws(FleetLinkError) -> ControlMessage {
        switch kind {
        case 10: return .planWanted(try reader.plan())
        case 11: return .renew(try reader.plan(), validUntil: try reader.instant())
        case 12:
            return .readings(
                from: try reader.get(),
                try reader.list(limit: self.mostReadings) { reader throws(FleetLinkError) in try reader.reading() })
        case 13: return .readingsAcknowledged(upTo: try reader.get())
        case 14:
            return .residual(
                ResourceID(try reader.text()), ProductID(try reader.text()), watts: Int(try reader.get(Int64.self)))
        case 15: return .siteLoad(SiteID(try reader.text()), try reader.power())
        case 16: return .stop(try reader.stop())
        case 17: return .release(try reader.stop())
        case 18: return .stopAcknowledged(id: try reader.get())
        case 19: return .heartbeat(clock: try reader.instant())
        case 20: return .fin
        case 21: return .finAcknowledged
        case 22:
            return .stops(try reader.list(limit: self.mostStops) { reader throws(FleetLinkError) in try reader.stop() })
        case 23:
            return .overrides(
                try reader.list(limit: self.mostOverrides) { reader throws(FleetLinkError) in try reader.override() })
        case 24: return .overridesAcknowledged(upTo: try reader.get())
        case 25: return .amend(try reader.planPart())
        default: throw FleetLinkError(.malformed, "message kind \(kind)")
        }
    }
}

extension ByteReader {
    mutating func watts() throws(FleetLinkError) -> Power { Power(watts: Int(try self.get(Int32.self))) }

    mutating func token() throws(FleetLinkError) -> TokenID? {
        let text = try self.text(limit: ControlMessage.mostTokenBytes)
        return text.isEmpty ? nil : TokenID(text)
    }

    mutating func registration() throws(FleetLinkError) -> Registration {
        let slot: UInt32 = try self.get()
        let generation: UInt32 = try self.get()
        let station = StationID(try self.text(limit: 128))
        let evse = Int(try self.get(UInt16.self))
        let token = try self.token()
        guard let capability = Capability(rawValue: try self.get()) else {
            throw FleetLinkError(.malformed, "an unknown capability")
        }
        let registration = Registration(
            slot: slot, generation: generation, station: station, evse: evse, token: token, capability: capability,
            maxCharge: try self.watts(), maxDischarge: try self.watts(), minimumPower: try self.watts(),
            step: try self.watts(), responseTime: .milliseconds(Int(try self.get(Int32.self))))
        let powers = [
            registration.maxCharge, registration.maxDischarge, registration.minimumPower, registration.step,
        ]
        guard powers.allSatisfy({ $0.watts >= 0 }), registration.responseTime >= .zero else {
            throw FleetLinkError(.malformed, "a charging point with a negative power or response time")
        }
        return registration
    }

    mutating func reading() throws(FleetLinkError) -> MeterReading {
        let worker = WorkerID(try self.text(limit: 128))
        let sequence: UInt64 = try self.get()
        let station = StationID(try self.text(limit: 128))
        let evse = Int(try self.get(UInt16.self))
        let token = try self.token()
        let at = try self.instant()
        let received = try self.instant()
        let power = try self.watts()
        let imported = Energy(wattSeconds: Int(try self.get(Int64.self)))
        let exported = Energy(wattSeconds: Int(try self.get(Int64.self)))
        let charge: UInt16 = try self.get()
        return MeterReading(
            worker: worker, sequence: sequence, station: station, evse: evse, token: token, at: at,
            receivedAt: received,
            power: power, importRegister: imported, exportRegister: exported,
            stateOfCharge: charge == .max ? nil : StateOfCharge(basisPoints: Int(charge)))
    }

    mutating func override() throws(FleetLinkError) -> OverrideNote {
        let sequence: UInt64 = try self.get()
        guard let kind = OverrideNote.Kind(rawValue: try self.get()) else {
            throw FleetLinkError(.malformed, "an unknown kind of override")
        }
        return OverrideNote(
            sequence: sequence, kind: kind, isOver: try self.flag(), station: StationID(try self.text(limit: 128)),
            evse: Int(try self.get(UInt16.self)), token: try self.token(), at: try self.instant(),
            source: try self.text(limit: ControlMessage.mostSourceBytes), before: try self.room(),
            after: try self.room())
    }

    private mutating func room() throws(FleetLinkError) -> OverrideNote.Room {
        OverrideNote.Room(charge: try self.watts(), discharge: try self.watts())
    }

    mutating func stop() throws(FleetLinkError) -> StopOrder {
        let id: UInt64 = try self.get()
        let kind: UInt8 = try self.get()
        let name = try self.text(limit: 128)
        let scope: StopOrder.Scope
        switch kind {
        case 0: scope = .station(StationID(name))
        case 1: scope = .site(SiteID(name))
        case 2: scope = .zone(ZoneID(name))
        default: throw FleetLinkError(.malformed, "stop scope \(kind)")
        }
        return StopOrder(id: id, scope: scope, at: try self.instant(), by: try self.text())
    }

    mutating func workerPlan() throws(FleetLinkError) -> WorkerPlan {
        let id = try self.plan()
        let worker = WorkerID(try self.text(limit: 128))
        let until = try self.instant()
        let products = try self.list(limit: ControlMessage.mostProducts) { reader throws(FleetLinkError) in
            try reader.planProduct()
        }
        let entries = try self.list(limit: ControlMessage.mostEntries) { reader throws(FleetLinkError) in
            try reader.planEntry()
        }
        let segments = try self.list(limit: ControlMessage.mostSegments) { reader throws(FleetLinkError) in
            try reader.segment(products.count)
        }
        return WorkerPlan(
            id: id, worker: worker, validUntil: until, products: products, entries: entries, segments: segments)
    }

    /// A part of a change. Whether its segments are of products that there are shows when it is whole.
    mutating func planPart() throws(FleetLinkError) -> PlanPart {
        let id = try self.plan()
        let base: UInt64 = try self.get()
        let hash: UInt64 = try self.get()
        let worker = WorkerID(try self.text(limit: 128))
        let until = try self.instant()
        let part: UInt16 = try self.get()
        let parts: UInt16 = try self.get()
        guard part < parts, Int(parts) <= PlanPart.mostParts else {
            throw FleetLinkError(.malformed, "part \(part) of \(parts) of a plan's change")
        }
        let products = try self.list(limit: ControlMessage.mostProducts) { reader throws(FleetLinkError) in
            try reader.planProduct()
        }
        guard part == 0 || products.isEmpty else { throw FleetLinkError(.malformed, "products in a later part") }
        let gone = try self.list(limit: PlanPart.mostGone) { reader throws(FleetLinkError) in
            try reader.get(UInt32.self)
        }
        let entries = try self.list(limit: PlanPart.mostEntries) { reader throws(FleetLinkError) in
            try reader.planEntry()
        }
        let segments = try self.list(limit: PlanPart.mostSegments) { reader throws(FleetLinkError) in
            try reader.segment(ControlMessage.mostProducts)
        }
        let patch = PlanPatch(
            id: id, base: base, worker: worker, validUntil: until, products: products, gone: gone, entries: entries,
            segments: segments)
        return PlanPart(patch: patch, hash: hash, part: part, parts: parts)
    }

    private mutating func planEntry() throws(FleetLinkError) -> PlanEntry {
        PlanEntry(
            slot: try self.get(), generation: try self.get(), base: try self.get(), low: try self.get(),
            high: try self.get(), resident: try self.flag())
    }

    private mutating func segment(_ products: Int) throws(FleetLinkError) -> PlanSegment {
        let slot: UInt32 = try self.get()
        let product: UInt8 = try self.get()
        guard Int(product) < products else { throw FleetLinkError(.malformed, "a segment of product \(product)") }
        let up = try self.flag()
        guard let kind = SegmentKind(rawValue: try self.get()) else {
            throw FleetLinkError(.malformed, "an unknown segment kind")
        }
        return PlanSegment(
            slot: slot, product: product, direction: up ? .up : .down, kind: kind, bucket: try self.get(),
            height: try self.get())
    }

    private mutating func planProduct() throws(FleetLinkError) -> PlanProduct {
        let product = ProductID(try self.text(limit: 128))
        let local = try self.flag()
        let powers = [try self.power(), try self.power(), try self.power(), try self.power()]
        let curve = try self.list(limit: 64) { reader throws(FleetLinkError) in
            CurvePoint(milliHertz: Int(try reader.get(Int32.self)), perMille: Int(try reader.get(Int32.self)))
        }
        let gain = Int(try self.get(Int32.self))
        let slew = try self.power()
        let hold = TimeSpan(microseconds: Int(try self.get(Int64.self)))
        let up = try self.list(limit: 256) { reader throws(FleetLinkError) in Int(try reader.get(Int64.self)) }
        let down = try self.list(limit: 256) { reader throws(FleetLinkError) in Int(try reader.get(Int64.self)) }
        return PlanProduct(
            product: product, activation: local ? .localCurve : .signal, awardUp: powers[0], awardDown: powers[1],
            spareUp: powers[2], spareDown: powers[3], curve: curve, gainPerMille: gain, slewPerSecond: slew,
            holdTime: hold, upTable: up, downTable: down)
    }
}
