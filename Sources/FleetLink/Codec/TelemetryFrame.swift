public import Domain

/// A batch of telemetry records with its header (`Protocols/fleetlink/README.md`). Lossy: state, latest wins.
public struct TelemetryFrame: Hashable, Sendable {
    public static let magic: UInt32 = 0x3154_4C46  // "FLT1"
    public static let version: UInt16 = 1
    /// Most records a frame carries; 64 to 256 is where batching pays.
    public static let mostRecords = 256

    public var worker: WorkerID
    public var incarnation: Incarnation
    public var sequence: UInt64
    /// The epoch that the worker has seen.
    public var epoch: Epoch
    public var sentAt: Instant
    public var trace: TraceID
    public var stride: Int
    public var count: Int
    /// `stride * count` bytes as they lie in memory; of a decoded frame, a part of its bytes.
    public var records: ArraySlice<UInt8>

    public init(
        worker: WorkerID, incarnation: Incarnation, sequence: UInt64, epoch: Epoch,
        sentAt: Instant, trace: TraceID, stride: Int, count: Int, records: ArraySlice<UInt8>
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.sequence = sequence
        self.epoch = epoch
        self.sentAt = sentAt
        self.trace = trace
        self.stride = stride
        self.count = count
        self.records = records
    }

    public init(
        worker: WorkerID, incarnation: Incarnation, sequence: UInt64, epoch: Epoch,
        sentAt: Instant, trace: TraceID, stride: Int, count: Int, records: [UInt8]
    ) {
        self.init(
            worker: worker, incarnation: incarnation, sequence: sequence, epoch: epoch, sentAt: sentAt,
            trace: trace, stride: stride, count: count, records: records[...])
    }

    /// The slots that its records are of.
    var slots: [UInt32] {
        (0..<self.count).map { index in
            let start = self.records.startIndex + index * self.stride
            return self.records[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    public func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 80 + self.records.count)
        writer.put(Self.magic)
        writer.put(Self.version)
        writer.put(UInt16(self.stride))
        writer.put(UInt32(self.count))
        writer.put(self.epoch.value)
        writer.put(self.incarnation.value)
        writer.put(self.sequence)
        writer.put(Int64(self.sentAt.microseconds))
        writer.put(self.trace.high)
        writer.put(self.trace.low)
        writer.put(self.worker.rawValue)
        writer.put(raw: self.records)
        return writer.bytes
    }

    public init(decoding bytes: [UInt8]) throws(FleetLinkError) {
        var reader = ByteReader(bytes)
        guard try reader.get(UInt32.self) == Self.magic else {
            throw FleetLinkError(.badMagic, "not a telemetry frame")
        }
        let version = try reader.get(UInt16.self)
        guard version == Self.version else {
            throw FleetLinkError(.unsupportedVersion, "telemetry version \(version)")
        }
        let stride = Int(try reader.get(UInt16.self))
        let count = Int(try reader.get(UInt32.self))
        guard stride >= 40, count <= Self.mostRecords else {
            throw FleetLinkError(.malformed, "\(count) records of \(stride) bytes")
        }
        let epoch = Epoch(try reader.get())
        let incarnation = Incarnation(try reader.get())
        let sequence: UInt64 = try reader.get()
        let sentAt = Instant(microseconds: Int(try reader.get(Int64.self)))
        let trace = TraceID(high: try reader.get(), low: try reader.get())
        let worker = WorkerID(try reader.text(limit: 128))
        let records = try reader.slice(stride * count)
        try reader.finished()
        self.init(
            worker: worker, incarnation: incarnation, sequence: sequence, epoch: epoch, sentAt: sentAt,
            trace: trace, stride: stride, count: count, records: records)
    }

    /// The event that the engine journals.
    public var batch: TelemetryBatch {
        TelemetryBatch(
            worker: self.worker, incarnation: self.incarnation, sequence: self.sequence,
            sentAt: self.sentAt, stride: self.stride, count: self.count, bytes: self.records)
    }
}
