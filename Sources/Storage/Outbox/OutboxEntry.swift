import Domain
import Foundation

/// How a record lies in the outbox's journal: readings as bytes, since they come by the thousand, all else as JSON.
///
/// Readings (kind 2), little-endian: tenant, region, count UInt32; of each reading worker, sequence UInt64, station, evse
/// Int32, token and vehicle (each a flag byte, then the text), at, received at, power, import and export register Int64,
/// state of charge Int32 (−1: not known). A text is its length UInt16 and UTF-8.
enum OutboxEntry {
    private static let json: UInt8 = 1
    private static let readings: UInt8 = 2

    static func encode(_ record: Record) throws -> (kind: UInt8, payload: [UInt8]) {
        guard case .readings(let readings, let vehicles, let tenant, let region) = record else {
            return (Self.json, Array(try JSONEncoder().encode(record)))
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 + readings.count * 128)
        bytes.append(text: tenant.rawValue)
        bytes.append(text: region.rawValue)
        bytes.append(little: UInt32(readings.count))
        for (place, reading) in readings.enumerated() { bytes.append(reading, of: vehicles[place]) }
        return (Self.readings, bytes)
    }

    /// - Returns: the records of an entry: of readings one each. Nil where it is none that this version knows.
    static func decode(_ entry: JournalEntry) -> [Record]? {
        switch entry.kind {
        case Self.json: (try? JSONDecoder().decode(Record.self, from: Data(entry.payload))).map { [$0] }
        case Self.readings: self.readings(in: entry.payload)
        default: nil
        }
    }

    private static func readings(in bytes: [UInt8]) -> [Record]? {
        var cursor = Cursor(bytes: bytes)
        guard let tenant = cursor.text(), let region = cursor.text(), let count = cursor.little(UInt32.self) else {
            return nil
        }
        var records: [Record] = []
        records.reserveCapacity(min(Int(count), bytes.count / 32))
        for _ in 0..<count {
            guard let (reading, vehicle) = cursor.reading() else { return nil }
            records.append(.reading(reading, tenant: TenantID(tenant), region: RegionID(region), vehicle: vehicle))
        }
        return cursor.isAtEnd ? records : nil
    }
}

extension [UInt8] {
    /// A text of at most 65,535 bytes; names are far shorter, by their check at the door.
    fileprivate mutating func append(text: String) {
        let bytes = text.utf8.prefix(Int(UInt16.max))
        self.append(little: UInt16(bytes.count))
        self.append(contentsOf: bytes)
    }

    fileprivate mutating func append(optional text: String?) {
        self.append(text == nil ? 0 : 1)
        self.append(text: text ?? "")
    }

    fileprivate mutating func append(_ reading: MeterReading, of vehicle: VehicleID?) {
        self.append(text: reading.worker.rawValue)
        self.append(little: reading.sequence)
        self.append(text: reading.station.rawValue)
        self.append(little: Int32(clamping: reading.evse))
        self.append(optional: reading.token?.rawValue)
        self.append(optional: vehicle?.rawValue)
        self.append(little: Int64(reading.at.microseconds))
        self.append(little: Int64(reading.receivedAt.microseconds))
        self.append(little: Int64(reading.power.watts))
        self.append(little: Int64(reading.importRegister.wattSeconds))
        self.append(little: Int64(reading.exportRegister.wattSeconds))
        self.append(little: Int32(reading.stateOfCharge?.basisPoints ?? -1))
    }
}

/// Reads what was appended, in its order; nil where the bytes end before.
private struct Cursor {
    let bytes: [UInt8]
    private var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { self.place == self.bytes.count }

    mutating func little<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        let size = Number.bitWidth / 8
        guard self.place + size <= self.bytes.count else { return nil }
        defer { self.place += size }
        return (0..<size).reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: self.bytes[self.place + $1]) }
    }

    mutating func text() -> String? {
        guard let count = self.little(UInt16.self).map(Int.init), self.place + count <= self.bytes.count else {
            return nil
        }
        defer { self.place += count }
        return String(validating: self.bytes[self.place..<self.place + count], as: UTF8.self)
    }

    /// Nil where the bytes end; a name that is not there is an empty one.
    private mutating func optional() -> String?? {
        guard let flag = self.little(UInt8.self), let text = self.text() else { return nil }
        return .some(flag == 0 ? nil : text)
    }

    mutating func reading() -> (MeterReading, VehicleID?)? {
        guard let worker = self.text(), let sequence = self.little(UInt64.self), let station = self.text(),
            let evse = self.little(Int32.self), let token = self.optional(), let vehicle = self.optional(),
            let at = self.little(Int64.self),
            let receivedAt = self.little(Int64.self), let power = self.little(Int64.self),
            let imported = self.little(Int64.self), let exported = self.little(Int64.self),
            let charge = self.little(Int32.self)
        else { return nil }
        let reading = MeterReading(
            worker: WorkerID(worker), sequence: sequence, station: StationID(station), evse: Int(evse),
            token: token.map { TokenID($0) }, at: Instant(microseconds: Int(at)),
            receivedAt: Instant(microseconds: Int(receivedAt)), power: Power(watts: Int(power)),
            importRegister: Energy(wattSeconds: Int(imported)), exportRegister: Energy(wattSeconds: Int(exported)),
            stateOfCharge: charge < 0 ? nil : StateOfCharge(basisPoints: Int(charge)))
        return (reading, vehicle.map { VehicleID($0) })
    }
}
