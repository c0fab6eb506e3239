package import Domain
package import Engine
import FleetLink
import Foundation

/// One record of the engine's journal: who leads with which configuration, or what happened at one step.
/// Telemetry and readings, the mass of it, are raw little-endian bytes; rare events are JSON inside.
package struct StepRecord: Hashable, Sendable {
    package enum Body: Hashable, Sendable {
        /// A leader begins: from here on the engine runs under this configuration.
        case lead(EngineConfiguration)
        case step([Event])
        /// What the engine's fingerprint was after the step before: replay compares.
        case mark(UInt64)
    }
    package var at: Instant
    package var body: Body

    package init(at: Instant, body: Body) {
        self.at = at
        self.body = body
    }

    private static let magic: UInt32 = 0x3153_4A48  // "HJS1"
    /// Most events of one record; the inbox never hands over more.
    package static let mostEvents = 100_000

    /// A record stays below this many bytes or so; more events make more steps of the same instant.
    static let mostBytes = 4 << 20

    /// Splits events into steps of bounded size, in their order; at least one, for time passes anyway.
    static func parts(of events: [Event]) -> [[Event]] {
        var parts: [[Event]] = [[]]
        var bytes = 0
        for event in events {
            let size =
                switch event {
                case .telemetry(let batch): 64 + batch.bytes.count
                case .readings(_, let readings): 64 + readings.count * 160
                case .overridden(_, let notes): 64 + notes.count * 512
                case .remembered(let records): 64 + records.count * 3_072
                case .bidsPlanned(let plan): 512 + plan.entries.count * 192
                case .priced(let curve): 128 + curve.steps.count * 64
                case .registered(_, _, let registrations): 64 + registrations.count * 512
                default: 512
                }
            if bytes + size > Self.mostBytes, bytes > 0 {
                parts.append([])
                bytes = 0
            }
            parts[parts.count - 1].append(event)
            bytes += size
        }
        return parts
    }

    package func encoded() throws(AggregatorError) -> [UInt8] {
        var writer = ByteWriter(reserving: 1_024)
        writer.put(Self.magic)
        switch self.body {
        case .lead(let configuration):
            writer.put(UInt8(0))
            writer.put(Int64(self.at.microseconds))
            try writer.put(json: configuration)
        case .step(let events):
            writer.put(UInt8(1))
            writer.put(Int64(self.at.microseconds))
            writer.put(UInt32(events.count))
            for event in events { try writer.put(event: event) }
        case .mark(let fingerprint):
            writer.put(UInt8(2))
            writer.put(Int64(self.at.microseconds))
            writer.put(fingerprint)
        }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(AggregatorError) {
        do {
            var reader = ByteReader(bytes)
            guard try reader.get(UInt32.self) == Self.magic else {
                throw AggregatorError(.badRecord, "this is no record of an engine's journal")
            }
            let kind: UInt8 = try reader.get()
            self.at = Instant(microseconds: Int(try reader.get(Int64.self)))
            switch kind {
            case 0: self.body = .lead(try reader.json(EngineConfiguration.self))
            case 1:
                let count = Int(try reader.get(UInt32.self))
                guard count <= Self.mostEvents else {
                    throw AggregatorError(.badRecord, "a step of \(count) events is over the limit")
                }
                var events: [Event] = []
                for _ in 0..<count { events.append(try reader.event()) }
                self.body = .step(events)
            case 2: self.body = .mark(try reader.get())
            default: throw AggregatorError(.badRecord, "a record of kind \(kind) is not known here")
            }
            try reader.finished()
        } catch let error as AggregatorError {
            throw error
        } catch {
            throw AggregatorError(.badRecord, "\(error)")
        }
    }
}

extension ByteWriter {
    fileprivate mutating func put(json value: some Encodable) throws(AggregatorError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        do {
            let bytes = [UInt8](try encoder.encode(value))
            self.put(UInt32(bytes.count))
            self.put(raw: bytes)
        } catch {
            throw AggregatorError(.badRecord, "an event cannot be written: \(error)")
        }
    }

    fileprivate mutating func put(event: Event) throws(AggregatorError) {
        switch event {
        case .telemetry(let batch):
            self.put(UInt8(1))
            self.put(batch.worker.rawValue)
            self.put(batch.incarnation.value)
            self.put(batch.sequence)
            self.put(Int64(batch.sentAt.microseconds))
            self.put(UInt32(batch.stride))
            self.put(UInt32(batch.count))
            self.put(UInt32(batch.bytes.count))
            self.put(raw: batch.bytes)
        case .readings(let worker, let readings):
            self.put(UInt8(2))
            self.put(worker.rawValue)
            self.put(list: readings) { $0.put(journal: $1) }
        default:
            self.put(UInt8(0))
            try self.put(json: event)
        }
    }

    fileprivate mutating func put(journal reading: MeterReading) {
        self.put(reading.worker.rawValue)
        self.put(reading.sequence)
        self.put(reading.station.rawValue)
        self.put(Int32(reading.evse))
        self.put(reading.token != nil)
        self.put(reading.token?.rawValue ?? "")
        self.put(Int64(reading.at.microseconds))
        self.put(Int64(reading.receivedAt.microseconds))
        self.put(Int64(reading.power.watts))
        self.put(Int64(reading.importRegister.wattSeconds))
        self.put(Int64(reading.exportRegister.wattSeconds))
        self.put(Int32(reading.stateOfCharge?.basisPoints ?? -1))
    }
}

extension ByteReader {
    private static let mostText = 65_535

    fileprivate mutating func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let count = Int(try self.get(UInt32.self))
        return try JSONDecoder().decode(type, from: Data(try self.raw(count)))
    }

    fileprivate mutating func event() throws -> Event {
        let kind: UInt8 = try self.get()
        switch kind {
        case 0: return try self.json(Event.self)
        case 1:
            let worker = WorkerID(try self.text())
            let incarnation = Incarnation(try self.get())
            let sequence: UInt64 = try self.get()
            let sentAt = Instant(microseconds: Int(try self.get(Int64.self)))
            let stride = Int(try self.get(UInt32.self))
            let count = Int(try self.get(UInt32.self))
            let bytes = try self.raw(Int(try self.get(UInt32.self)))
            return .telemetry(
                TelemetryBatch(
                    worker: worker, incarnation: incarnation, sequence: sequence, sentAt: sentAt,
                    stride: stride, count: count, bytes: bytes))
        case 2:
            let worker = WorkerID(try self.text())
            let readings = try self.list(limit: StepRecord.mostEvents) {
                (reader: inout ByteReader) throws(FleetLinkError) in try reader.journalledReading()
            }
            return .readings(worker, readings)
        default: throw AggregatorError(.badRecord, "an event of kind \(kind) is not known here")
        }
    }

    private mutating func journalledReading() throws(FleetLinkError) -> MeterReading {
        let worker = WorkerID(try self.text(limit: Self.mostText))
        let sequence: UInt64 = try self.get()
        let station = StationID(try self.text(limit: Self.mostText))
        let evse = Int(try self.get(Int32.self))
        let hasToken = try self.flag()
        let token = try self.text(limit: Self.mostText)
        let at = Instant(microseconds: Int(try self.get(Int64.self)))
        let receivedAt = Instant(microseconds: Int(try self.get(Int64.self)))
        let power = Power(watts: Int(try self.get(Int64.self)))
        let imported = Energy(wattSeconds: Int(try self.get(Int64.self)))
        let exported = Energy(wattSeconds: Int(try self.get(Int64.self)))
        let charge = Int(try self.get(Int32.self))
        return MeterReading(
            worker: worker, sequence: sequence, station: station, evse: evse,
            token: hasToken ? TokenID(token) : nil, at: at, receivedAt: receivedAt, power: power,
            importRegister: imported, exportRegister: exported,
            stateOfCharge: charge < 0 ? nil : StateOfCharge(basisPoints: charge))
    }
}
