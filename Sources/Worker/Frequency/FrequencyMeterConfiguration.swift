/// Where a meter on Modbus/TCP keeps the grid's frequency (Modbus Application Protocol 1.1b3, TCP guide 1.0b).
package struct FrequencyMeterConfiguration: Codable, Hashable, Sendable {
    /// Which of the two tables of 16-bit registers.
    package enum Table: String, Codable, Sendable {
        /// Function 3.
        case holding
        /// Function 4.
        case input
    }

    /// How the number lies in its registers; big-endian within a register.
    package enum Format: String, Codable, Sendable, CaseIterable {
        case uint16
        case uint32
        case float32

        var registers: Int { self == .uint16 ? 1 : 2 }
    }

    package var host: String
    package var port: Int
    package var unit: Int
    package var table: Table
    /// As it stands in the frame, from 0: one less than the number that many data sheets print.
    package var register: Int
    package var format: Format
    /// mHz for one unit of the register: 1,000 where it is in Hz, 10 where it is in hundredths of a hertz.
    package var milliHertzPerUnit: Double
    /// The register with the low half comes first.
    package var lowWordFirst: Bool
    /// Between two questions, 20 to 1,000.
    package var everyMilliseconds: Int
    /// How long an answer may take before the connection is given up.
    package var timeoutMilliseconds: Int
    /// To the last digit the same for so long: the meter hangs, and what it says is not used; 0 = never looked at.
    package var frozenAfterSeconds: Int

    package init(host: String, port: Int = 502, register: Int, format: Format = .float32) {
        self.host = host
        self.port = port
        self.unit = 1
        self.table = .input
        self.register = register
        self.format = format
        self.milliHertzPerUnit = 1_000
        self.lowWordFirst = false
        self.everyMilliseconds = 50
        self.timeoutMilliseconds = 500
        self.frozenAfterSeconds = 120
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            host: try keys.decode(String.self, forKey: .host),
            port: try keys.decodeIfPresent(Int.self, forKey: .port) ?? 502,
            register: try keys.decode(Int.self, forKey: .register),
            format: try keys.decodeIfPresent(Format.self, forKey: .format) ?? .float32)
        func number(_ key: CodingKeys, _ usual: Int) throws -> Int {
            try keys.decodeIfPresent(Int.self, forKey: key) ?? usual
        }
        self.unit = try number(.unit, self.unit)
        self.table = try keys.decodeIfPresent(Table.self, forKey: .table) ?? self.table
        self.milliHertzPerUnit =
            try keys.decodeIfPresent(Double.self, forKey: .milliHertzPerUnit) ?? self.milliHertzPerUnit
        self.lowWordFirst = try keys.decodeIfPresent(Bool.self, forKey: .lowWordFirst) ?? self.lowWordFirst
        self.everyMilliseconds = try number(.everyMilliseconds, self.everyMilliseconds)
        self.timeoutMilliseconds = try number(.timeoutMilliseconds, self.timeoutMilliseconds)
        self.frozenAfterSeconds = try number(.frozenAfterSeconds, self.frozenAfterSeconds)
        if let finding = self.finding {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: finding))
        }
    }

    /// What cannot work about it, in one line that names what to do.
    var finding: String? {
        if self.host.isEmpty { return "host is empty: give the meter's name or address" }
        if !(1...65_535).contains(self.port) { return "port is \(self.port): give one between 1 and 65535" }
        if !(0...255).contains(self.unit) { return "unit is \(self.unit): give one between 0 and 255" }
        if !(0...(65_536 - self.format.registers)).contains(self.register) {
            return "register is \(self.register): give the address in the frame, from 0"
        }
        if !(self.milliHertzPerUnit > 0 && self.milliHertzPerUnit <= 100_000) {
            return "milliHertzPerUnit is \(self.milliHertzPerUnit): give 1000 for a register in Hz, 10 for hundredths"
        }
        if !(20...1_000).contains(self.everyMilliseconds) {
            return "everyMilliseconds is \(self.everyMilliseconds): give 20 to 1000"
        }
        if !(20...10_000).contains(self.timeoutMilliseconds) {
            return "timeoutMilliseconds is \(self.timeoutMilliseconds): give 20 to 10000"
        }
        return self.frozenAfterSeconds < 0 ? "frozenAfterSeconds is below 0: give 0 to switch it off" : nil
    }
}
