import Crypto
package import Domain
import Foundation

/// Who may connect, and the proof that each has to bring. Secrets are kept as HMAC-SHA-256 under a pepper; they
/// are long and drawn by a machine, so that no slow hash is needed at connect. Never printed.
package struct StationSecrets: Sendable, CustomStringConvertible {
    private let pepper: SymmetricKey
    private let proofs: [StationID: [UInt8]]
    /// Anyone may connect: for tests and measurements on loopback only, which the server enforces.
    package let isOpen: Bool

    private init(pepper: SymmetricKey, proofs: [StationID: [UInt8]], isOpen: Bool) {
        self.pepper = pepper
        self.proofs = proofs
        self.isOpen = isOpen
    }

    package static let open = StationSecrets(
        pepper: SymmetricKey(size: .bits256), proofs: [:], isOpen: true)

    package var description: String {
        self.isOpen ? "open to anyone" : "\(self.proofs.count) station secrets ••••"
    }

    package var count: Int { self.proofs.count }

    /// Reads lines of `station_id,secret`. A secret `hex:0011…` stands for raw bytes (1.6's AuthorizationKey), and
    /// `cert:` for none: the station comes with its certificate only (security profile 3). With the header `station_id,secret_hmac` the second column is the
    /// HMAC-SHA-256 of the secret under `pepper` in hexadecimal; otherwise it is the secret itself.
    /// - Throws: ``OCPPServerError`` naming the line, never the secret.
    package static func read(
        _ text: String, pepper: [UInt8]? = nil, name: String = "secrets.csv"
    ) throws(OCPPServerError) -> StationSecrets {
        let key = pepper.map { SymmetricKey(data: $0) } ?? SymmetricKey(size: .bits256)
        var proofs: [StationID: [UInt8]] = [:]
        var areProofs = false
        for (index, line) in text.split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline
        )
        .enumerated() {
            if line.isEmpty || line.first == "#" { continue }
            if line == "station_id,secret" { continue }
            if line == "station_id,secret_hmac" {
                areProofs = true
                continue
            }
            guard let comma = line.firstIndex(of: ",") else {
                throw Self.fault(name, index, "write station_id,secret")
            }
            let station = String(line[..<comma])
            let secret = String(line[line.index(after: comma)...])
            guard (1...48).contains(station.utf8.count), !station.contains(":"), !secret.isEmpty
            else {
                throw Self.fault(
                    name, index, "give a station id of 1 to 48 characters without ':' and a secret")
            }
            let proof = try Self.proof(of: secret, isProof: areProofs, key, place: (name, index))
            guard proofs.updateValue(proof, forKey: StationID(station)) == nil else {
                throw Self.fault(name, index, "remove the second secret of \(station)")
            }
        }
        if areProofs, pepper == nil {
            throw OCPPServerError(
                .invalidSecrets, "\(name): secret_hmac needs the pepper: configure it")
        }
        return StationSecrets(pepper: key, proofs: proofs, isOpen: false)
    }

    private static func fault(_ name: String, _ index: Int, _ advice: String) -> OCPPServerError {
        OCPPServerError(.invalidSecrets, "\(name):\(index + 1): \(advice)")
    }

    /// What is kept of the second column; empty where no secret is right.
    private static func proof(
        of text: String, isProof: Bool, _ key: SymmetricKey, place: (String, Int)
    ) throws(OCPPServerError) -> [UInt8] {
        if text == "cert:" { return [] }
        if isProof {
            guard let bytes = self.bytes(hex: text), bytes.count == 32 else {
                throw self.fault(place.0, place.1, "give 64 hexadecimal digits")
            }
            return bytes
        }
        guard text.hasPrefix("hex:") else { return self.proof(Array(text.utf8), key) }
        guard let bytes = self.bytes(hex: String(text.dropFirst(4))), (1...20).contains(bytes.count) else {
            throw self.fault(place.0, place.1, "give 1 to 20 bytes in hexadecimal after hex:")
        }
        return self.proof(bytes, key)
    }

    private static func proof(_ secret: [UInt8], _ key: SymmetricKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: secret, using: key))
    }

    private static func bytes(hex: String) -> [UInt8]? {
        let digits = hex.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == hex.utf8.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    package func knows(_ station: StationID) -> Bool {
        self.isOpen || self.proofs[station] != nil
    }

    /// True when `secret` is the station's. Takes the same time for each wrong secret.
    package func accepts(_ secret: [UInt8], of station: StationID) -> Bool {
        if self.isOpen { return true }
        guard let proof = self.proofs[station] else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            proof, authenticating: secret, using: self.pepper)
    }
}

/// What stops the OCPP server; its message is one line that names what to do.
package struct OCPPServerError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        case invalidSecrets
        case invalidConfiguration
        case addressInUse
        /// No worker answers an operator.
        case notReachable
    }
    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
