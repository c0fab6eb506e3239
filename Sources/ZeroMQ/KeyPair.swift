import CZeroMQ
import Foundation

/// A CURVE key pair in Z85. The secret never prints.
package struct KeyPair: Hashable, Sendable, CustomStringConvertible {
    package let publicKey: String
    package let secretKey: String

    package init(publicKey: String, secretKey: String) throws {
        guard publicKey.utf8.count == 40, secretKey.utf8.count == 40 else {
            throw ZeroMQError(.invalidKey, "a CURVE key has 40 characters: make keys with `headroom keys`")
        }
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    package var description: String { "\(self.publicKey) (secret ••••)" }

    /// A new pair from the system's randomness.
    package static func generate() throws -> KeyPair {
        var publicKey = [CChar](repeating: 0, count: 41)
        var secretKey = [CChar](repeating: 0, count: 41)
        guard unsafe zmq_curve_keypair(&publicKey, &secretKey) == 0 else { throw ZeroMQError.last("CURVE keys") }
        return try KeyPair(publicKey: text(publicKey), secretKey: text(secretKey))
    }

    /// Writes `public Z85` and `secret Z85`, readable by the owner alone.
    package func write(to path: String) throws {
        let body = "public \(self.publicKey)\nsecret \(self.secretKey)\n"
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(body.utf8), attributes: [.posixPermissions: 0o600])
        else { throw ZeroMQError(.invalidKey, "cannot write \(path): check the folder") }
    }

    package static func read(from path: String) throws -> KeyPair {
        let lines = try keyLines(path)
        guard let publicKey = lines["public"], let secretKey = lines["secret"] else {
            throw ZeroMQError(
                .invalidKey, "\(path): expected lines `public KEY` and `secret KEY`: make keys with `headroom keys`")
        }
        return try KeyPair(publicKey: publicKey, secretKey: secretKey)
    }
}

/// Which client keys a server lets in, and what each is called.
package struct AllowList: Hashable, Sendable {
    /// Public key (Z85) → name.
    package var names: [String: String]

    package init(names: [String: String]) {
        self.names = names
    }

    /// Reads lines `NAME PUBLIC-KEY`; `#` starts a comment.
    package static func read(from path: String) throws -> AllowList {
        var names: [String: String] = [:]
        for (name, key) in try keyLines(path) {
            guard key.utf8.count == 40 else {
                throw ZeroMQError(.invalidKey, "\(path): the key of \(name) has not 40 characters")
            }
            names[key] = name
        }
        return AllowList(names: names)
    }
}

private func keyLines(_ path: String) throws -> [String: String] {
    guard let body = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw ZeroMQError(.invalidKey, "cannot read \(path): make keys with `headroom keys`")
    }
    var lines: [String: String] = [:]
    for line in body.split(separator: "\n") where !line.hasPrefix("#") {
        let parts = line.split(separator: " ")
        if parts.count == 2 { lines[String(parts[0])] = String(parts[1]) }
    }
    return lines
}

private func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// How a socket proves who it is.
package enum Security: Sendable {
    /// Servers: own key pair; clients are let in by the context's allow-list (ZAP).
    case server(KeyPair)
    /// Clients: own key pair and the server's public key.
    case client(KeyPair, server: String)
    /// No CURVE: for ipc:// and inproc:// only.
    case none
}
