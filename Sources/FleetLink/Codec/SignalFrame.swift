public import Domain

/// What travels on the two signal sockets: the scalar to workers (5552), and the grid's own signals (5553).
public enum SignalFrame: Hashable, Sendable {
    /// Aggregator → workers.
    case dispatch(DispatchSignal)
    /// Utility → aggregator, and relayed to workers.
    case grid(GridSignal)
    /// Aggregator → utility: what was delivered.
    case delivered(DeliverySample)

    public static let magic: UInt32 = 0x3153_4C46  // "FLS1"
    public static let version: UInt16 = 1

    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.put(Self.magic)
        writer.put(Self.version)
        switch self {
        case .dispatch(let signal):
            writer.put(UInt8(1))
            writer.put(plan: signal.plan)
            writer.put(signal.planHash)
            writer.put(signal.product.rawValue)
            writer.put(signal.sequence)
            for instant in [signal.sentAt, signal.validFrom, signal.expiry] { writer.put(instant: instant) }
            writer.put(Int64(signal.slow))
            writer.put(Int64(signal.fast))
            writer.put(signal.trace.high)
            writer.put(signal.trace.low)
        case .grid(let signal):
            writer.put(UInt8(2))
            writer.put(signal.resource.rawValue)
            writer.put(signal.product.rawValue)
            writer.put(signal.sequence)
            for instant in [signal.sentAt, signal.validFrom, signal.expiry] { writer.put(instant: instant) }
            switch signal.value {
            case .request(let watts):
                writer.put(UInt8(0))
                writer.put(Int64(watts))
            case .frequency(let milliHertz):
                writer.put(UInt8(1))
                writer.put(Int32(clamping: milliHertz))
            }
            writer.put(signal.trace.high)
            writer.put(signal.trace.low)
        case .delivered(let sample):
            writer.put(UInt8(3))
            writer.put(sample.resource.rawValue)
            writer.put(sample.product.rawValue)
            writer.put(instant: sample.at)
            for power in [sample.requested, sample.delivered, sample.baseline, sample.metered] {
                writer.put(Int64(power.watts))
            }
        }
        return writer.bytes
    }

    public init(decoding bytes: [UInt8]) throws(FleetLinkError) {
        var reader = ByteReader(bytes)
        guard try reader.get(UInt32.self) == Self.magic else { throw FleetLinkError(.badMagic, "not a signal frame") }
        let version = try reader.get(UInt16.self)
        guard version == Self.version else { throw FleetLinkError(.unsupportedVersion, "signal version \(version)") }
        switch try reader.get(UInt8.self) {
        case 1: self = .dispatch(try Self.dispatch(&reader))
        case 2: self = .grid(try Self.grid(&reader))
        case 3: self = .delivered(try Self.delivered(&reader))
        case let kind: throw FleetLinkError(.malformed, "signal kind \(kind)")
        }
        try reader.finished()
    }

    private static func dispatch(_ reader: inout ByteReader) throws(FleetLinkError) -> DispatchSignal {
        DispatchSignal(
            plan: try reader.plan(), planHash: try reader.get(), product: ProductID(try reader.text()),
            sequence: try reader.get(), sentAt: try reader.instant(), validFrom: try reader.instant(),
            expiry: try reader.instant(), slow: Int(try reader.get(Int64.self)), fast: Int(try reader.get(Int64.self)),
            trace: TraceID(high: try reader.get(), low: try reader.get()))
    }

    private static func grid(_ reader: inout ByteReader) throws(FleetLinkError) -> GridSignal {
        let resource = ResourceID(try reader.text())
        let product = ProductID(try reader.text())
        let sequence: UInt64 = try reader.get()
        let sent = try reader.instant()
        let from = try reader.instant()
        let expiry = try reader.instant()
        let value: SignalValue
        switch try reader.get(UInt8.self) {
        case 0: value = .request(watts: Int(try reader.get(Int64.self)))
        case 1: value = .frequency(milliHertz: Int(try reader.get(Int32.self)))
        case let kind: throw FleetLinkError(.malformed, "value kind \(kind)")
        }
        return GridSignal(
            resource: resource, product: product, sequence: sequence, sentAt: sent, validFrom: from, expiry: expiry,
            value: value, trace: TraceID(high: try reader.get(), low: try reader.get()))
    }

    private static func delivered(_ reader: inout ByteReader) throws(FleetLinkError) -> DeliverySample {
        DeliverySample(
            resource: ResourceID(try reader.text()), product: ProductID(try reader.text()), at: try reader.instant(),
            requested: try reader.power(), delivered: try reader.power(), baseline: try reader.power(),
            metered: try reader.power())
    }
}

extension ByteWriter {
    mutating func put(instant: Instant) { self.put(Int64(instant.microseconds)) }

    mutating func put(plan: PlanID) {
        self.put(plan.epoch.value)
        self.put(plan.resource.rawValue)
        self.put(plan.version)
    }
}

extension ByteReader {
    mutating func instant() throws(FleetLinkError) -> Instant {
        Instant(microseconds: Int(try self.get(Int64.self)))
    }

    mutating func power() throws(FleetLinkError) -> Power { Power(watts: Int(try self.get(Int64.self))) }

    mutating func plan() throws(FleetLinkError) -> PlanID {
        PlanID(epoch: Epoch(try self.get()), resource: ResourceID(try self.text()), version: try self.get())
    }
}
