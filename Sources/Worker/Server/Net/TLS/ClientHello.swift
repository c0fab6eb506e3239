/// What a TLS ClientHello says about certificates: read ahead of the TLS library, which lets us choose a
/// certificate by server name only, while OCPP wants an RSA and an ECDSA one behind one port (A00.FR.318). Pure.
struct ClientHello: Equatable {
    enum Reading: Equatable {
        /// Not all of it is there yet.
        case more
        case hello(ClientHello)
        /// No TLS, or a hello that nobody sends.
        case notTLS
    }

    /// Values of the extension signature_algorithms; nil = it was left out (TLS 1.2 and older).
    var signatureSchemes: [UInt16]?
    var cipherSuites: [UInt16] = []
    /// The extension supported_versions names TLS 1.3.
    var offersTLS13 = false

    /// A hello with post-quantum key shares has 2 KiB; nobody needs eight times that.
    static let mostBytes = 16_384

    /// Reads the hello out of the first bytes of a connection.
    static func read(_ bytes: some Collection<UInt8>) -> Reading {
        var rest = Array(bytes)[...]
        var message: [UInt8] = []
        while true {
            guard let kind = rest.first else { return .more }
            guard kind == 22 else { return .notTLS }
            guard rest.count >= 5 else { return rest.count > 1 && rest[rest.startIndex + 1] != 3 ? .notTLS : .more }
            let length = Int(rest[rest.startIndex + 3]) << 8 | Int(rest[rest.startIndex + 4])
            guard rest[rest.startIndex + 1] == 3, length > 0, message.count + length <= self.mostBytes else {
                return .notTLS
            }
            let body = rest.dropFirst(5).prefix(length)
            message += body
            if message.count >= 4 {
                guard message[0] == 1, message[1] == 0 else { return .notTLS }
                let whole = 4 + (Int(message[2]) << 8 | Int(message[3]))
                guard whole <= self.mostBytes else { return .notTLS }
                if message.count >= whole {
                    return ClientHello(message: message[4..<whole]).map { .hello($0) } ?? .notTLS
                }
            }
            guard body.count == length else { return .more }
            rest = rest.dropFirst(5 + length)
        }
    }

    init(signatureSchemes: [UInt16]? = nil, cipherSuites: [UInt16] = [], offersTLS13: Bool = false) {
        self.signatureSchemes = signatureSchemes
        self.cipherSuites = cipherSuites
        self.offersTLS13 = offersTLS13
    }

    private init?(message: ArraySlice<UInt8>) {
        var reader = Reader(bytes: message)
        guard reader.skip(34), reader.vector(lengthBytes: 1) != nil,
            let suites = reader.vector(lengthBytes: 2), reader.vector(lengthBytes: 1) != nil
        else { return nil }
        self.cipherSuites = Self.words(suites)
        guard !reader.isAtEnd else { return }
        guard let extensions = reader.vector(lengthBytes: 2) else { return nil }
        var list = Reader(bytes: extensions)
        while !list.isAtEnd {
            guard let kind = list.word(), let body = list.vector(lengthBytes: 2) else { return nil }
            var inner = Reader(bytes: body)
            switch kind {
            case 13:
                guard let schemes = inner.vector(lengthBytes: 2) else { return nil }
                self.signatureSchemes = Self.words(schemes)
            case 43:
                guard let versions = inner.vector(lengthBytes: 1) else { return nil }
                self.offersTLS13 = Self.words(versions).contains(0x0304)
            default: break
            }
        }
    }

    private static func words(_ bytes: ArraySlice<UInt8>) -> [UInt16] {
        stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map {
            UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
        }
    }

    /// True when the client can verify a certificate with a key of this kind.
    func accepts(_ key: KeyKind) -> Bool {
        if self.offersTLS13 { return self.signatureSchemes.map { !key.schemes.isDisjoint(with: $0) } ?? false }
        let suites = key == .rsa ? KeyKind.suitesOfRSA : KeyKind.suitesOfECDSA
        guard !suites.isDisjoint(with: self.cipherSuites) else { return false }
        // Below TLS 1.3 the schemes of ECDSA name a hash only, and RSA also does without a signature.
        guard key != .rsa, let schemes = self.signatureSchemes else { return true }
        return !KeyKind.schemesOfECDSA.isDisjoint(with: schemes)
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>
        var isAtEnd: Bool { self.bytes.isEmpty }

        mutating func skip(_ count: Int) -> Bool {
            guard self.bytes.count >= count else { return false }
            self.bytes = self.bytes.dropFirst(count)
            return true
        }

        mutating func word() -> Int? {
            guard self.bytes.count >= 2 else { return nil }
            let value = Int(self.bytes[self.bytes.startIndex]) << 8 | Int(self.bytes[self.bytes.startIndex + 1])
            self.bytes = self.bytes.dropFirst(2)
            return value
        }

        mutating func vector(lengthBytes: Int) -> ArraySlice<UInt8>? {
            var length = 0
            guard self.bytes.count >= lengthBytes else { return nil }
            for byte in self.bytes.prefix(lengthBytes) { length = length << 8 | Int(byte) }
            guard self.bytes.count >= lengthBytes + length else { return nil }
            let vector = self.bytes.dropFirst(lengthBytes).prefix(length)
            self.bytes = self.bytes.dropFirst(lengthBytes + length)
            return vector
        }
    }
}

/// The kind of key that a server certificate has.
enum KeyKind: Hashable, Sendable, CaseIterable {
    case ecdsaP256
    case ecdsaP384
    case rsa

    /// Signature schemes of TLS 1.3 that fit (RFC 8446, section 4.2.3).
    var schemes: Set<UInt16> {
        switch self {
        case .ecdsaP256: [0x0403]
        case .ecdsaP384: [0x0503]
        case .rsa: [0x0804, 0x0805, 0x0806]
        }
    }

    static let schemesOfECDSA: Set<UInt16> = [0x0403, 0x0503, 0x0603]
    static let suitesOfECDSA: Set<UInt16> = [0xC02B, 0xC02C, 0xCCA9]
    static let suitesOfRSA: Set<UInt16> = [0xC02F, 0xC030, 0xCCA8, 0x009C, 0x009D]

    /// Told by the key as SubjectPublicKeyInfo in DER; nil for kinds that OCPP does not know.
    init?(publicKeyInfo: [UInt8]) {
        // OBJECT IDENTIFIERs with tag and length: rsaEncryption, prime256v1, secp384r1.
        let kinds: [(KeyKind, [UInt8])] = [
            (.rsa, [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]),
            (.ecdsaP256, [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]),
            (.ecdsaP384, [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22]),
        ]
        let head = publicKeyInfo.prefix(40)
        guard let found = kinds.first(where: { head.firstRange(of: $0.1) != nil }) else { return nil }
        self = found.0
    }
}
