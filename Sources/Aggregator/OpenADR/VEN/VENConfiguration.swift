import Domain
package import GridCodes

/// How the aggregator takes part in a utility's OpenADR programmes; the keys of `ven:` in a configuration.
package struct VENConfiguration: Codable, Hashable, Sendable {
    /// How instructions of a programme arrive.
    package enum Dispatch: String, Codable, Hashable, Sendable {
        /// As events: each becomes a signal of ours.
        case openadr
        /// Over the fast signal stream: events are for the record only.
        case fast
    }
    /// A programme that one resource takes part in.
    package struct Participation: Codable, Hashable, Sendable {
        /// `programName` at the utility.
        package var program: String
        package var product: String
        package var resource: String
        package var dispatch = Dispatch.openadr
        /// How long before a block starts its gate closes, where the programme does not say; nil: as the product's pack.
        package var gateClosureSeconds: Int?

        package init(program: String, product: String, resource: String) {
            self.program = program
            self.product = product
            self.resource = resource
        }

        private enum CodingKeys: String, CodingKey {
            case program
            case product
            case resource
            case dispatch
            case gateClosureSeconds
        }

        package init(from decoder: any Decoder) throws {
            let keys = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                program: try keys.decode(String.self, forKey: .program),
                product: try keys.decode(String.self, forKey: .product),
                resource: try keys.decode(String.self, forKey: .resource))
            self.dispatch =
                try keys.decodeIfPresent(Dispatch.self, forKey: .dispatch) ?? self.dispatch
            self.gateClosureSeconds = try keys.decodeIfPresent(Int.self, forKey: .gateClosureSeconds)
        }
    }
    /// A programme whose PRICE events say what energy costs.
    package struct PriceProgram: Codable, Hashable, Sendable {
        /// `programName` at the utility.
        package var program: String
        /// Only for this site; nil: for every site of the zone that has no prices of its own.
        package var site: String?

        package init(program: String, site: String? = nil) {
            self.program = program
            self.site = site
        }
    }
    /// Where the VTN can reach us with notifications.
    package struct Webhook: Codable, Hashable, Sendable {
        /// The whole URL that the VTN is told.
        package var url: String
        /// The path under which our own server answers it.
        package var path = "/openadr3/callback"

        package init(url: String) {
            self.url = url
        }

        private enum CodingKeys: String, CodingKey {
            case url
            case path
        }

        package init(from decoder: any Decoder) throws {
            let keys = try decoder.container(keyedBy: CodingKeys.self)
            self.init(url: try keys.decode(String.self, forKey: .url))
            self.path = try keys.decodeIfPresent(String.self, forKey: .path) ?? self.path
        }
    }
    /// Base URL of the VTN, such as `https://vtn.example/openadr3/3.1.0`.
    package var vtnURL: String
    package var clientID: String
    /// Never printed.
    package var clientSecret: String
    package var venName: String
    package var programs: [Participation]
    /// Programmes that charging is planned by.
    package var prices: [PriceProgram] = []
    /// What prices have to be in, ISO 4217: the region's own; nil: any.
    package var currency: String?
    /// Scopes to ask for; empty: all that the client holds.
    package var scopes: [String] = []
    package var pollSeconds = 10
    /// Period of the telemetry report on a running award, at least 2 (fact sheet 1.12).
    package var telemetrySeconds = 10
    package var webhook: Webhook?
    /// For development: http to other machines than this one.
    package var allowInsecureHTTP = false
    /// Bids and reports that may wait for the VTN.
    package var outboxLimit = 4_096

    package init(
        vtnURL: String, clientID: String, clientSecret: String, venName: String,
        programs: [Participation]
    ) {
        self.vtnURL = vtnURL
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.venName = venName
        self.programs = programs
    }

    /// The same with the gates of the region's products where the configuration states none.
    package func completed(by region: RegionPack) -> VENConfiguration {
        var completed = self
        completed.currency = region.currency.rawValue
        for (index, terms) in self.programs.enumerated() where terms.gateClosureSeconds == nil {
            completed.programs[index].gateClosureSeconds =
                region.product(ProductID(terms.product))?.gateClosureSeconds
        }
        return completed
    }

    private enum CodingKeys: String, CodingKey {
        case vtnURL
        case clientID
        case clientSecret
        case venName
        case programs
        case prices
        case scopes
        case pollSeconds
        case telemetrySeconds
        case webhook
        case allowInsecureHTTP
        case outboxLimit
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            vtnURL: try keys.decode(String.self, forKey: .vtnURL),
            clientID: try keys.decode(String.self, forKey: .clientID),
            clientSecret: try keys.decode(String.self, forKey: .clientSecret),
            venName: try keys.decode(String.self, forKey: .venName),
            programs: try keys.decode([Participation].self, forKey: .programs))
        self.prices = try keys.decodeIfPresent([PriceProgram].self, forKey: .prices) ?? self.prices
        self.scopes = try keys.decodeIfPresent([String].self, forKey: .scopes) ?? self.scopes
        self.pollSeconds =
            try keys.decodeIfPresent(Int.self, forKey: .pollSeconds) ?? self.pollSeconds
        self.telemetrySeconds =
            try keys.decodeIfPresent(Int.self, forKey: .telemetrySeconds) ?? self.telemetrySeconds
        self.webhook = try keys.decodeIfPresent(Webhook.self, forKey: .webhook)
        self.allowInsecureHTTP =
            try keys.decodeIfPresent(Bool.self, forKey: .allowInsecureHTTP)
            ?? self.allowInsecureHTTP
        self.outboxLimit =
            try keys.decodeIfPresent(Int.self, forKey: .outboxLimit) ?? self.outboxLimit
    }

    /// What is wrong with the values, one line each; empty when nothing is.
    package var defects: [String] {
        var defects: [String] = []
        let host = Webhooks.host(of: self.vtnURL)
        if host == nil || !(self.vtnURL.hasPrefix("https://") || self.vtnURL.hasPrefix("http://")) {
            defects.append(
                "ven.vtnURL: send the whole base URL, such as https://vtn.example/openadr3/3.1.0")
        } else if self.vtnURL.hasPrefix("http://"), !self.allowInsecureHTTP,
            !["127.0.0.1", "localhost", "::1"].contains(host)
        {
            defects.append("ven.vtnURL: use https, or set allowInsecureHTTP in development")
        }
        for (name, text) in [
            ("clientID", self.clientID), ("clientSecret", self.clientSecret),
            ("venName", self.venName),
        ] where text.isEmpty {
            defects.append("ven.\(name): fill it in")
        }
        if Set(self.prices.map(\.site)).count < self.prices.count {
            defects.append("ven.prices: name one programme for the zone, and one for each site of its own")
        }
        if self.programs.isEmpty, self.prices.isEmpty { defects.append("ven.programs: name at least one programme") }
        if self.pollSeconds < 1 { defects.append("ven.pollSeconds: set it to 1 or more") }
        if self.telemetrySeconds < 2 { defects.append("ven.telemetrySeconds: set it to 2 or more") }
        if self.outboxLimit < 1 { defects.append("ven.outboxLimit: set it to 1 or more") }
        return defects
    }

    /// The resources that take part, each once.
    var resources: [ResourceID] {
        var seen = Set<String>()
        return self.programs.map(\.resource).filter { seen.insert($0).inserted }.map {
            ResourceID($0)
        }
    }
}
