package import Domain
package import OCPP

/// How the OCPP server listens and what it asks of stations.
package struct OCPPServerConfiguration: Sendable {
    package var host: String
    /// 0 takes a free one; see ``OCPPServer/port``.
    package var port: Int
    /// PEM files for `wss`; nil = plain `ws`.
    package var certificate: String?
    package var privateKey: String?
    package var dialects: DialectBook
    package var fallback: FallbackPolicy
    /// Seconds between two meter samples of a transaction, set after boot.
    package var meterIntervalSeconds: Int
    package var heartbeatSeconds: Int
    /// A call without an answer is given up after this.
    package var callTimeout: TimeSpan
    /// From the TCP connection to the finished upgrade.
    package var handshakeTimeout: TimeSpan
    /// Silence after which a station is pinged, and how long it may take to answer.
    package var pingInterval: TimeSpan
    package var pingTimeout: TimeSpan
    /// How long the old connection of a station may take to prove that it lives when a second one comes.
    package var duplicateTimeout: TimeSpan
    package var mostConnections: Int
    package var messagesPerSecond: Int
    package var messageBurst: Int

    package init(host: String = "127.0.0.1", port: Int = 9_000) {
        self.host = host
        self.port = port
        self.dialects = DialectBook()
        self.fallback = FallbackPolicy()
        self.meterIntervalSeconds = 1
        self.heartbeatSeconds = 300
        self.callTimeout = .seconds(10)
        self.handshakeTimeout = .seconds(10)
        self.pingInterval = .seconds(30)
        self.pingTimeout = .seconds(10)
        self.duplicateTimeout = .seconds(2)
        self.mostConnections = 10_000
        self.messagesPerSecond = 100
        self.messageBurst = 500
    }

    var isLoopback: Bool {
        self.host == "127.0.0.1" || self.host == "::1" || self.host == "localhost"
    }

    var link: LinkConfiguration {
        var link = LinkConfiguration()
        link.dialects = self.dialects
        link.fallback = self.fallback
        link.meterIntervalSeconds = self.meterIntervalSeconds
        link.heartbeatSeconds = self.heartbeatSeconds
        link.limits.callTimeout = self.callTimeout.microseconds
        return link
    }
}
