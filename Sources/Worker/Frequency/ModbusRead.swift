import NIOCore

/// One question for registers and its answer on Modbus/TCP. Pure.
struct ModbusRead: Hashable {
    enum Answer: Hashable {
        /// The frame is not whole yet.
        case more
        /// As they came, one a register.
        case registers([UInt16])
        /// The meter refuses: exception code of the specification (2 = no such address).
        case exception(UInt8)
        /// The answer to another question, as after a time-out: to be passed over.
        case other
        /// Not Modbus, or not what was asked: the connection is of no use any more.
        case broken(String)
    }

    /// Transaction, protocol, length and unit.
    private static let header = 7

    var transaction: UInt16
    var unit: UInt8
    /// 3 or 4.
    var function: UInt8
    var register: UInt16
    var count: Int

    var bytes: ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger(self.transaction)
        frame.writeInteger(UInt16(0))
        frame.writeInteger(UInt16(6))
        frame.writeInteger(self.unit)
        frame.writeInteger(self.function)
        frame.writeInteger(self.register)
        frame.writeInteger(UInt16(self.count))
        return frame
    }

    /// Takes one whole frame off the front of what came.
    func answer(from buffer: inout ByteBuffer) -> Answer {
        let start = buffer.readerIndex
        guard let length: UInt16 = buffer.getInteger(at: start + 4) else { return .more }
        // Nothing of Modbus is longer than 254 bytes behind the length, nor shorter than unit, function and a byte.
        guard (3...254).contains(length), buffer.getInteger(at: start + 2, as: UInt16.self) == 0 else {
            return .broken("its frames are not Modbus/TCP")
        }
        guard var frame = buffer.readSlice(length: 6 + Int(length)) else { return .more }
        guard frame.readInteger(as: UInt16.self) == self.transaction else { return .other }
        frame.moveReaderIndex(to: Self.header - 1)
        guard frame.readInteger(as: UInt8.self) == self.unit, let function = frame.readInteger(as: UInt8.self) else {
            return .broken("another unit answered")
        }
        if function == self.function | 0x80 { return .exception(frame.readInteger() ?? 0) }
        guard function == self.function, frame.readInteger(as: UInt8.self) == UInt8(2 * self.count),
            frame.readableBytes == 2 * self.count
        else { return .broken("it answered something else than \(self.count) registers") }
        return .registers((0..<self.count).map { _ in frame.readInteger() ?? 0 })
    }
}

extension FrequencyMeterConfiguration {
    func question(_ transaction: UInt16) -> ModbusRead {
        ModbusRead(
            transaction: transaction, unit: UInt8(self.unit), function: self.table == .holding ? 3 : 4,
            register: UInt16(self.register), count: self.format.registers)
    }

    /// mHz, or nil where the registers hold no number.
    func milliHertz(of registers: [UInt16]) -> Int? {
        guard registers.count == self.format.registers else { return nil }
        let words = self.lowWordFirst ? Array(registers.reversed()) : registers
        let bits = words.reduce(UInt32(0)) { $0 << 16 | UInt32($1) }
        let value = self.format == .float32 ? Double(Float(bitPattern: bits)) : Double(bits)
        let scaled = (value * self.milliHertzPerUnit).rounded()
        // What no grid has is still said: the edge controller counts it.
        guard scaled.isFinite, scaled.magnitude < 1e9 else { return nil }
        return Int(scaled)
    }
}
