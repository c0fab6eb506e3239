import Domain

extension ControlMessage {
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.put(Self.magic)
        writer.put(self.version)
        switch self {
        case .hello(let worker, let incarnation, let versions, let clock):
            writer.put(UInt8(1))
            writer.put(worker.rawValue)
            writer.put(incarnation.value)
            writer.put(versions.lowerBound)
            writer.put(versions.upperBound)
            writer.put(instant: clock)
        case .welcome(let epoch, let version, let clock):
            writer.put(UInt8(2))
            writer.put(epoch.value)
            writer.put(version)
            writer.put(instant: clock)
        case .refused(let reason):
            writer.put(UInt8(3))
            writer.put(reason)
        case .register(let incarnation, let registrations):
            writer.put(UInt8(4))
            writer.put(incarnation.value)
            writer.put(list: registrations) { $0.put(registration: $1) }
        case .snapshotRequest: writer.put(UInt8(5))
        case .snapshot(let frame):
            writer.put(UInt8(6))
            writer.put(raw: frame)
        case .prepare(let plan, let hash):
            writer.put(UInt8(7))
            writer.put(hash)
            writer.put(workerPlan: plan)
        case .planAcknowledged(let plan, let hash):
            writer.put(UInt8(8))
            writer.put(plan: plan)
            writer.put(hash)
        case .planRefused(let plan, let reason):
            writer.put(UInt8(9))
            writer.put(plan: plan)
            writer.put(reason)
        default: self.writeRest(to: &writer)
        }
        return writer.bytes
    }

    private func writeRest(to writer: inout ByteWriter) {
        switch self {
        case .planWanted(let plan):
            writer.put(UInt8(10))
            writer.put(plan: plan)
        case .renew(let plan, let until):
            writer.put(UInt8(11))
            writer.put(plan: plan)
            writer.put(instant: until)
        case .readings(let from, let readings):
            writer.put(UInt8(12))
            writer.put(from)
            writer.put(list: readings) { $0.put(reading: $1) }
        case .readingsAcknowledged(let sequence):
            writer.put(UInt8(13))
            writer.put(sequence)
        case .residual(let resource, let product, let watts):
            writer.put(UInt8(14))
            writer.put(resource.rawValue)
            writer.put(product.rawValue)
            writer.put(Int64(watts))
        case .siteLoad(let site, let power):
            writer.put(UInt8(15))
            writer.put(site.rawValue)
            writer.put(Int64(power.watts))
        case .stop(let order):
            writer.put(UInt8(16))
            writer.put(stop: order)
        case .release(let order):
            writer.put(UInt8(17))
            writer.put(stop: order)
        case .stopAcknowledged(let id):
            writer.put(UInt8(18))
            writer.put(id)
        case .heartbeat(let clock):
            writer.put(UInt8(19))
            writer.put(instant: clock)
        case .fin: writer.put(UInt8(20))
        case .finAcknowledged: writer.put(UInt8(21))
        case .stops(let orders):
            writer.put(UInt8(22))
            writer.put(list: orders) { $0.put(stop: $1) }
        case .overrides(let notes):
            writer.put(UInt8(23))
            writer.put(list: notes) { $0.put(override: $1) }
        case .overridesAcknowledged(let sequence):
            writer.put(UInt8(24))
            writer.put(sequence)
        case .amend(let part):
            writer.put(UInt8(25))
            writer.put(planPart: part)
        default: preconditionFailure("written above")
        }
    }
}

extension ByteWriter {
    mutating func put(override note: OverrideNote) {
        self.put(note.sequence)
        self.put(note.kind.rawValue)
        self.put(note.isOver)
        self.put(note.station.rawValue)
        self.put(UInt16(clamping: note.evse))
        self.put(token: note.token)
        self.put(instant: note.at)
        self.put(note.source)
        for power in [note.before.charge, note.before.discharge, note.after.charge, note.after.discharge] {
            self.put(Int32(clamping: power.watts))
        }
    }

    mutating func put(registration: Registration) {
        self.put(registration.slot)
        self.put(registration.generation)
        self.put(registration.station.rawValue)
        self.put(UInt16(clamping: registration.evse))
        self.put(token: registration.token)
        self.put(registration.capability.rawValue)
        for power in [
            registration.maxCharge, registration.maxDischarge, registration.minimumPower, registration.step,
        ] { self.put(Int32(clamping: power.watts)) }
        self.put(Int32(clamping: registration.responseTime.milliseconds))
    }

    /// None where nobody is known, also by an identifier that is too long to be anybody's.
    private mutating func put(token: TokenID?) {
        let text = token?.rawValue ?? ""
        self.put(text.utf8.count <= ControlMessage.mostTokenBytes ? text : "")
    }

    mutating func put(reading: MeterReading) {
        self.put(reading.worker.rawValue)
        self.put(reading.sequence)
        self.put(reading.station.rawValue)
        self.put(UInt16(clamping: reading.evse))
        self.put(token: reading.token)
        self.put(instant: reading.at)
        self.put(instant: reading.receivedAt)
        self.put(Int32(clamping: reading.power.watts))
        self.put(Int64(reading.importRegister.wattSeconds))
        self.put(Int64(reading.exportRegister.wattSeconds))
        self.put(reading.stateOfCharge.map { UInt16(clamping: $0.basisPoints) } ?? UInt16.max)
    }

    mutating func put(stop order: StopOrder) {
        self.put(order.id)
        switch order.scope {
        case .station(let id):
            self.put(UInt8(0))
            self.put(id.rawValue)
        case .site(let id):
            self.put(UInt8(1))
            self.put(id.rawValue)
        case .zone(let id):
            self.put(UInt8(2))
            self.put(id.rawValue)
        }
        self.put(instant: order.at)
        self.put(order.by)
    }

    mutating func put(workerPlan plan: WorkerPlan) {
        self.put(plan: plan.id)
        self.put(plan.worker.rawValue)
        self.put(instant: plan.validUntil)
        self.put(list: plan.products) { $0.put(planProduct: $1) }
        self.put(list: plan.entries) { $0.put(planEntry: $1) }
        self.put(list: plan.segments) { $0.put(planSegment: $1) }
    }

    mutating func put(planPart part: PlanPart) {
        self.put(plan: part.patch.id)
        self.put(part.patch.base)
        self.put(part.hash)
        self.put(part.patch.worker.rawValue)
        self.put(instant: part.patch.validUntil)
        self.put(part.part)
        self.put(part.parts)
        self.put(list: part.patch.products) { $0.put(planProduct: $1) }
        self.put(list: part.patch.gone) { $0.put($1) }
        self.put(list: part.patch.entries) { $0.put(planEntry: $1) }
        self.put(list: part.patch.segments) { $0.put(planSegment: $1) }
    }

    private mutating func put(planEntry entry: PlanEntry) {
        self.put(entry.slot)
        self.put(entry.generation)
        self.put(entry.base)
        self.put(entry.low)
        self.put(entry.high)
        self.put(entry.resident)
    }

    private mutating func put(planSegment segment: PlanSegment) {
        self.put(segment.slot)
        self.put(segment.product)
        self.put(segment.direction == .up)
        self.put(segment.kind.rawValue)
        self.put(segment.bucket)
        self.put(segment.height)
    }

    private mutating func put(planProduct product: PlanProduct) {
        self.put(product.product.rawValue)
        self.put(product.activation == .localCurve)
        for power in [product.awardUp, product.awardDown, product.spareUp, product.spareDown] {
            self.put(Int64(power.watts))
        }
        self.put(list: product.curve) { writer, point in
            writer.put(Int32(clamping: point.milliHertz))
            writer.put(Int32(clamping: point.perMille))
        }
        self.put(Int32(clamping: product.gainPerMille))
        self.put(Int64(product.slewPerSecond.watts))
        self.put(Int64(product.holdTime.microseconds))
        for table in [product.upTable, product.downTable] { self.put(list: table) { $0.put(Int64($1)) } }
    }
}
