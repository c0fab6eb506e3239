import OCPP

/// An OCSP request (RFC 6960) in DER, made of what OCPP tells of a certificate: its hashes and its number.
enum OCSPRequest {
    /// SHA-2 below 2.16.840.1.101.3.4.2.
    private static let algorithms: [String: UInt8] = ["SHA256": 1, "SHA384": 2, "SHA512": 3]

    /// nil where a hash or the number is not hexadecimal or too long.
    static func der(algorithm: String, nameHash: String, keyHash: String, serial: String) -> [UInt8]? {
        guard let last = self.algorithms[algorithm], let name = self.bytes(nameHash), let key = self.bytes(keyHash),
            let number = self.serial(serial)
        else { return nil }
        let object = self.element(0x06, [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last])
        let id = self.sequence(
            self.sequence(object + [0x05, 0x00]) + self.element(0x04, name) + self.element(0x04, key)
                + self.element(0x02, number))
        return self.sequence(self.sequence(self.sequence(self.sequence(id))))
    }

    /// Hexadecimal digits, two a byte; at most 64 bytes.
    static func bytes(_ hex: String) -> [UInt8]? {
        let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == hex.utf8.count, digits.count.isMultiple(of: 2), (2...128).contains(digits.count) else {
            return nil
        }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// A number in as few bytes as DER wants, positive.
    static func serial(_ hex: String) -> [UInt8]? {
        guard let all = self.bytes(hex.utf8.count.isMultiple(of: 2) ? hex : "0" + hex) else { return nil }
        let short = Array(all.drop { $0 == 0 })
        guard let first = short.first else { return [0] }
        return first >= 0x80 ? [0] + short : short
    }

    private static func sequence(_ content: [UInt8]) -> [UInt8] { self.element(0x30, content) }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            count < 0x80
            ? [UInt8(count)]
            : count < 0x100 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [tag] + length + content
    }
}
