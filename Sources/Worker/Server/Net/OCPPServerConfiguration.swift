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
    /// Ports with their security profiles; when there are any, `port`, `certificate` and `privateKey` are not used.
    package var listeners: [OCPPListener]
    /// How often the certificate files are looked at for changes.
    package var certificateWatch: TimeSpan
    /// Where it is kept which profile each station has come with; nil = until the process ends.
    package var profilesFile: String?
    /// `AllowSecurityProfileDowngrade`: a station that came with profile 3 may come with 2.
    package var allowsDowngradeFrom3To2: Bool
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
    /// Frames of one connection, control frames too.
    package var messagesPerSecond: Int
    package var messageBurst: Int
    package var limits: ConnectionLimits
    /// What a refused handshake costs its address beside the connection itself.
    package var refusalFine: Int
    /// From the first byte of a message to its last.
    package var messageTimeout: TimeSpan
    /// How long a peer may take to say goodbye back.
    package var closeTimeout: TimeSpan
    /// permessage-deflate for 2.0.1 and 2.1.
    package var compresses: Bool
    /// Messages of ours that are shorter go as they are.
    package var compressAbove: Int

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
        self.listeners = []
        self.certificateWatch = .seconds(10)
        self.allowsDowngradeFrom3To2 = false
        self.limits = ConnectionLimits()
        self.refusalFine = 20
        self.messageTimeout = .seconds(60)
        self.closeTimeout = .milliseconds(500)
        self.compresses = true
        self.compressAbove = 1_024
    }

    /// The ports to open.
    var allListeners: [OCPPListener] {
        guard self.listeners.isEmpty else { return self.listeners }
        guard let certificate = self.certificate, let key = self.privateKey else {
            return [OCPPListener(port: self.port, profile: .basic)]
        }
        return [
            OCPPListener(
                port: self.port, profile: .tlsBasic, certificates: [CertificateFiles(chain: certificate, key: key)])
        ]
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

/// How often one may connect. The defaults let 10,000 stations behind one address come back at once, and take
/// guesses from none of them for long: see ``OCPPServerConfiguration/refusalFine``.
package struct ConnectionLimits: Codable, Hashable, Sendable {
    package var connectionsPerAddress: Int
    package var connectionsPerAddressPerSecond: Int
    package var connectionsPerStation: Int
    package var connectionsPerStationPerMinute: Int

    package init(
        connectionsPerAddress: Int = 20_000, connectionsPerAddressPerSecond: Int = 200, connectionsPerStation: Int = 30,
        connectionsPerStationPerMinute: Int = 6
    ) {
        self.connectionsPerAddress = connectionsPerAddress
        self.connectionsPerAddressPerSecond = connectionsPerAddressPerSecond
        self.connectionsPerStation = connectionsPerStation
        self.connectionsPerStationPerMinute = connectionsPerStationPerMinute
    }

    private enum CodingKeys: String, CodingKey {
        case connectionsPerAddress, connectionsPerAddressPerSecond, connectionsPerStation
        case connectionsPerStationPerMinute
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        func read(_ key: CodingKeys, into value: inout Int) throws {
            value = try keys.decodeIfPresent(Int.self, forKey: key) ?? value
        }
        try read(.connectionsPerAddress, into: &self.connectionsPerAddress)
        try read(.connectionsPerAddressPerSecond, into: &self.connectionsPerAddressPerSecond)
        try read(.connectionsPerStation, into: &self.connectionsPerStation)
        try read(.connectionsPerStationPerMinute, into: &self.connectionsPerStationPerMinute)
    }
}
