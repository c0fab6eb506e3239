package import Domain
package import Twin

/// What `headroom stations` is told.
package struct StationsOptions: Sendable {
    /// Where the stations dial; the station's identity is added to the path. With several, each site's
    /// stations all go to one of them, the sites in turn.
    package var endpoints: [StationsEndpoint]
    package var stations: [StationSpec]
    package var secrets: Secrets
    package var seed: UInt64
    /// The grid's frequency as the stations measure it; level at 50 Hz when nil.
    package var frequency: SignalSeries?
    /// How often physics and timers of each station run.
    package var tick: TimeSpan
    /// Most stations that dial per second at the start.
    package var connectsPerSecond: Int
    /// A certificate authority's PEM file for wss; the machine's own store when nil.
    package var trustRoots: String?
    /// Back-off after a lost connection: minimum + random(0 … range), doubled this many times.
    package var backOff: BackOff

    package init(
        endpoints: [StationsEndpoint], stations: [StationSpec], secrets: Secrets = .none,
        seed: UInt64 = 1, frequency: SignalSeries? = nil, tick: TimeSpan = .milliseconds(50),
        connectsPerSecond: Int = 200, trustRoots: String? = nil, backOff: BackOff = BackOff()
    ) throws(StationsError) {
        guard !endpoints.isEmpty else {
            throw StationsError(.invalidOption, "no endpoint: give --url ws://HOST:PORT/ocpp")
        }
        guard tick >= .milliseconds(5), connectsPerSecond > 0 else {
            throw StationsError(
                .invalidOption, "tick is at least 5 ms, connects per second at least 1")
        }
        self.endpoints = endpoints
        self.stations = stations
        self.secrets = secrets
        self.seed = seed
        self.frequency = frequency
        self.tick = tick
        self.connectsPerSecond = connectsPerSecond
        self.trustRoots = trustRoots
        self.backOff = backOff
    }

    /// The endpoint of each station: sites in the order of their first station, in turn.
    func endpointsByStation() -> [StationsEndpoint] {
        var bySite: [SiteID: Int] = [:]
        return self.stations.map { spec in
            let turn = bySite[spec.site] ?? bySite.count
            bySite[spec.site] = turn
            return self.endpoints[turn % self.endpoints.count]
        }
    }
}

/// Where a station dials.
package struct StationsEndpoint: Hashable, Sendable {
    package var isTLS: Bool
    package var host: String
    package var port: Int
    /// Without a trailing slash.
    package var path: String

    /// Reads `ws://HOST[:PORT][/PATH]` or `wss://…`.
    package init(_ url: String) throws(StationsError) {
        let bad = StationsError(.invalidOption, "--url \(url): give ws://HOST:PORT/ocpp or wss://…")
        guard let scheme = url.firstRange(of: "://") else { throw bad }
        switch url[..<scheme.lowerBound] {
        case "ws": self.isTLS = false
        case "wss": self.isTLS = true
        default: throw bad
        }
        let rest = url[scheme.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        var path = String(rest[slash...])
        while path.hasSuffix("/") { path.removeLast() }
        self.path = path
        guard !authority.contains("@"), !path.contains(" ") else { throw bad }
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let port = Int(authority[authority.index(after: colon)...]), 1...65_535 ~= port
            else { throw bad }
            self.port = port
            self.host = String(authority[..<colon])
        } else {
            self.port = self.isTLS ? 443 : 80
            self.host = String(authority)
        }
        if self.host.hasPrefix("["), self.host.hasSuffix("]") {
            self.host = String(self.host.dropFirst().dropLast())
        }
        guard !self.host.isEmpty else { throw bad }
    }

    /// The path of one station, its identity percent-encoded.
    package func path(of station: StationID) -> String {
        var path = self.path + "/"
        for byte in station.rawValue.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126:
                path.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                path += "%" + (hex.count < 2 ? "0" : "") + hex
            }
        }
        return path
    }
}
