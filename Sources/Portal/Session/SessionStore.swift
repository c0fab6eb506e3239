import Crypto
package import Domain
import Foundation
import Synchronization

/// Sessions in memory: a random 256-bit token whose hash is the key, ends after a time and with the process.
/// A restart logs everybody out, which costs a log-in and loses nothing.
package final class SessionStore: Sendable {
    private struct Entry {
        var user: SignedIn
        var ends: Instant
    }
    private let entries = Mutex<[String: Entry]>([:])
    private let lifetime: TimeSpan
    private let limit: Int

    /// - Parameter limit: most sessions at a time; the one that ends first goes when it is reached.
    package init(lifetime: TimeSpan = .hours(12), limit: Int = 10_000) {
        self.lifetime = lifetime
        self.limit = limit
    }

    /// Opens a session and returns its token, which only the cookie holds.
    package func open(name: String, role: Role, tenant: String, owner: String?, at now: Instant) -> String {
        let token = randomHex()
        let user = SignedIn(name: name, role: role, tenant: tenant, owner: owner, csrf: randomHex())
        self.entries.withLock { entries in
            entries = entries.filter { $0.value.ends > now }
            if entries.count >= self.limit,
                let first = entries.min(by: { $0.value.ends < $1.value.ends })
            {
                entries[first.key] = nil
            }
            entries[digest(token)] = Entry(user: user, ends: now + self.lifetime)
        }
        return token
    }

    package func user(token: String, at now: Instant) -> SignedIn? {
        self.entries.withLock { entries in
            guard let entry = entries[digest(token)], entry.ends > now else { return nil }
            return entry.user
        }
    }

    package func close(token: String) {
        self.entries.withLock { $0[digest(token)] = nil }
    }
}

/// 256 bits from the system's randomness in hexadecimal.
func randomHex() -> String {
    var generator = SystemRandomNumberGenerator()
    return hex((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
}

private func digest(_ token: String) -> String {
    hex(SHA256.hash(data: Data(token.utf8)))
}

private func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
