/// How a VTN is set up; the keys of `vtn:` in a configuration file.
package struct VTNConfiguration: Codable, Hashable, Sendable {
    /// A client that may ask for tokens, with all that it may ask for.
    package struct Client: Codable, Hashable, Sendable {
        package var id: String
        /// Never printed.
        package var secret: String
        /// Names of ``Scope``; `read_all` makes it business logic, anything else a VEN.
        package var scopes: [String]

        package init(id: String, secret: String, scopes: [String]) {
            self.id = id
            self.secret = secret
            self.scopes = scopes
        }
    }
    /// Path under which the API lies.
    package var basePath = "/openadr3/3.1.0"
    /// What `/auth/server` answers in front of the path; nil: as the request was addressed.
    package var publicURL: String?
    package var clients: [Client]
    /// Life of a token in seconds.
    package var tokenSeconds = 3_600
    /// Greatest number of objects of each kind.
    package var objectLimit = 10_000
    /// Greatest request body in bytes.
    package var bodyLimit = 1 << 20
    /// For development only: callbacks over http, to private addresses, and without the echo.
    package var allowInsecureCallbacks = false
    /// Notifications that may wait for delivery; beyond it the oldest are given up and counted.
    package var notificationLimit = 4_096
    /// File that keeps the objects over a restart; nil: memory only.
    package var stateFile: String?

    package init(clients: [Client]) {
        self.clients = clients
    }

    private enum CodingKeys: String, CodingKey {
        case basePath
        case publicURL
        case clients
        case tokenSeconds
        case objectLimit
        case bodyLimit
        case allowInsecureCallbacks
        case notificationLimit
        case stateFile
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init(clients: try keys.decode([Client].self, forKey: .clients))
        self.basePath = try keys.decodeIfPresent(String.self, forKey: .basePath) ?? self.basePath
        self.publicURL = try keys.decodeIfPresent(String.self, forKey: .publicURL)
        self.tokenSeconds =
            try keys.decodeIfPresent(Int.self, forKey: .tokenSeconds) ?? self.tokenSeconds
        self.objectLimit =
            try keys.decodeIfPresent(Int.self, forKey: .objectLimit) ?? self.objectLimit
        self.bodyLimit = try keys.decodeIfPresent(Int.self, forKey: .bodyLimit) ?? self.bodyLimit
        self.allowInsecureCallbacks =
            try keys.decodeIfPresent(Bool.self, forKey: .allowInsecureCallbacks)
            ?? self.allowInsecureCallbacks
        self.notificationLimit =
            try keys.decodeIfPresent(Int.self, forKey: .notificationLimit) ?? self.notificationLimit
        self.stateFile = try keys.decodeIfPresent(String.self, forKey: .stateFile)
    }

    /// What is wrong with the values, one line each; empty when nothing is.
    package var defects: [String] {
        var defects: [String] = []
        if self.clients.isEmpty { defects.append("vtn.clients: name at least one client") }
        if Set(self.clients.map(\.id)).count != self.clients.count {
            defects.append("vtn.clients: give each client an id of its own")
        }
        for client in self.clients {
            if client.id.isEmpty || client.secret.isEmpty {
                defects.append("vtn.clients: give client \(client.id) an id and a secret")
            }
            for scope in client.scopes where Scope(rawValue: scope) == nil {
                let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                defects.append("vtn.clients.\(client.id).scopes: \(scope) is none of \(known)")
            }
        }
        if !self.basePath.hasPrefix("/") || self.basePath.hasSuffix("/") {
            defects.append("vtn.basePath: start it with a slash and end it without one")
        }
        for (name, value) in [
            ("tokenSeconds", self.tokenSeconds), ("objectLimit", self.objectLimit),
            ("bodyLimit", self.bodyLimit), ("notificationLimit", self.notificationLimit),
        ] where value < 1 {
            defects.append("vtn.\(name): set it to 1 or more")
        }
        return defects
    }
}
