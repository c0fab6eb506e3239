import Crypto
import CryptoExtras
import Foundation

/// scrypt with N = 2^14, r = 8, p = 5 (16 MiB): `scrypt$SALT$HASH`, both Base64.
enum PasswordHash {
    private static let scheme = "scrypt"

    static func make(_ password: String) throws -> String {
        let salt = (0..<16).map { _ in UInt8.random(in: 0...255) }
        let hash = try self.derive(password, salt)
        return [self.scheme, Data(salt).base64EncodedString(), hash.base64EncodedString()]
            .joined(separator: "$")
    }

    static func matches(_ password: String, _ stored: String) throws -> Bool {
        let parts = stored.split(separator: "$").map(String.init)
        guard parts.count == 3, parts[0] == self.scheme, let salt = Data(base64Encoded: parts[1]),
            let wanted = Data(base64Encoded: parts[2])
        else { throw StorageError(.corrupt, "a stored password is unreadable: set it anew") }
        let given = try self.derive(password, Array(salt))
        // Every byte is looked at, so that the time tells nothing.
        return given.count == wanted.count && zip(given, wanted).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func derive(_ password: String, _ salt: [UInt8]) throws -> Data {
        let key = try KDF.Scrypt.deriveKey(
            from: Data(password.utf8), salt: salt, outputByteCount: 32, rounds: 16_384, blockSize: 8,
            parallelism: 5)
        return unsafe key.withUnsafeBytes { unsafe Data($0) }
    }
}
