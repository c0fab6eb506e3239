package import Runtime

/// Where the portal listens. Plain HTTP is for this machine only; others come over TLS.
package struct PortalConfiguration: Hashable, Sendable, Codable {
    /// Address of the TLS port, and of the plain one where it is a loopback address.
    package var host = "127.0.0.1"
    /// Plain HTTP, on loopback whatever `host` is; 0 takes a free one.
    package var port = 8080
    /// HTTPS; nil: none. Wants `certificate` and `privateKey`.
    package var tlsPort: Int?
    /// Paths of PEM files: the chain, the server's own certificate first, and its key.
    package var certificate: String?
    package var privateKey: String?
    /// Whether `/api/v1/live` needs no log-in from this machine.
    package var openLive = false
    /// Most pages that listen to server-sent events at a time, and most connections a port.
    package var listeners = 64
    package var connections = 512

    package init() {}

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys, _ usual: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? usual
        }
        self.host = try value(.host, self.host)
        self.port = try value(.port, self.port)
        self.tlsPort = try values.decodeIfPresent(Int.self, forKey: .tlsPort)
        self.certificate = try values.decodeIfPresent(String.self, forKey: .certificate)
        self.privateKey = try values.decodeIfPresent(String.self, forKey: .privateKey)
        self.openLive = try value(.openLive, self.openLive)
        self.listeners = try value(.listeners, self.listeners)
        self.connections = try value(.connections, self.connections)
    }

    /// The address of the plain port.
    var plainHost: String { self.isLoopback ? self.host : "127.0.0.1" }

    private var isLoopback: Bool {
        self.host == "localhost" || self.host == "::1" || self.host.hasPrefix("127.")
    }

    /// - Throws: one line that names the key to change.
    package func check() throws(RuntimeError) {
        func refuse(_ line: String) -> RuntimeError { RuntimeError(.invalidConfiguration, line) }
        for port in [self.port, self.tlsPort ?? 0] where !(0...65_535).contains(port) {
            throw refuse("portal: \(port) is no port: give one from 0 to 65535")
        }
        guard self.isLoopback || self.tlsPort != nil else {
            throw refuse(
                "portal: plain HTTP is for loopback only: set tlsPort for host \(self.host)")
        }
        guard self.tlsPort == nil || (self.certificate != nil && self.privateKey != nil) else {
            throw refuse("portal: tlsPort wants certificate and privateKey: name two PEM files")
        }
        guard self.listeners > 0, self.connections > 0 else {
            throw refuse("portal: listeners and connections must be at least 1: correct them")
        }
    }
}
