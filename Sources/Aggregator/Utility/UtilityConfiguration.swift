/// The stand-in utility: `headroom utility --config FILE`.
package struct UtilityConfiguration: Codable, Hashable, Sendable {
    /// A signal that is played for a product.
    package struct Signal: Codable, Hashable, Sendable {
        package enum Kind: String, Codable, Hashable, Sendable {
            /// Hz, interpolated linearly.
            case frequency
            /// Per unit of the award, −1 … 1, + = up, held.
            case regulation
        }
        /// How the signal reaches the aggregator.
        package enum Path: String, Codable, Hashable, Sendable {
            case fast
            /// As instructions in events, for those who have no fast stream. Regulation only.
            case openadr
        }
        package var kind: Kind
        /// CSV with `time,value`; a relative path is seen from the working folder.
        package var file: String
        package var path = Path.fast
        /// Plays the file as if its first row were so many seconds after the start of the utility; nil:
        /// by the clock, as its times stand.
        package var startAfterSeconds: Double?

        package init(kind: Kind, file: String, startAfterSeconds: Double? = nil) {
            self.kind = kind
            self.file = file
            self.startAfterSeconds = startAfterSeconds
        }

        private enum CodingKeys: String, CodingKey {
            case kind
            case file
            case path
            case startAfterSeconds
        }

        package init(from decoder: any Decoder) throws {
            let keys = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                kind: try keys.decode(Kind.self, forKey: .kind),
                file: try keys.decode(String.self, forKey: .file),
                startAfterSeconds: try keys.decodeIfPresent(Double.self, forKey: .startAfterSeconds)
            )
            self.path = try keys.decodeIfPresent(Path.self, forKey: .path) ?? self.path
        }
    }
    /// A product that is bought from one resource.
    package struct Purchase: Codable, Hashable, Sendable {
        /// Id in the region's `region.yaml`, which says blocks, gate, steps and prices.
        package var product: String
        /// The resource's name: the `resource` of the fast signal.
        package var resource: String
        /// `programName`; the product's id unless set.
        package var program: String
        /// What is bought of each bid, in percent; rounded down to the product's step.
        package var awardShare = 100
        /// How long before a block starts bids are called for.
        package var callAheadSeconds = 120
        /// Targets of programme, calls and awards; empty: for every VEN.
        package var targets: [String] = []
        package var signal: Signal?

        package init(product: String, resource: String) {
            self.product = product
            self.resource = resource
            self.program = product
        }

        private enum CodingKeys: String, CodingKey {
            case product
            case resource
            case program
            case awardShare
            case callAheadSeconds
            case targets
            case signal
        }

        package init(from decoder: any Decoder) throws {
            let keys = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                product: try keys.decode(String.self, forKey: .product),
                resource: try keys.decode(String.self, forKey: .resource))
            self.program = try keys.decodeIfPresent(String.self, forKey: .program) ?? self.product
            self.awardShare =
                try keys.decodeIfPresent(Int.self, forKey: .awardShare) ?? self.awardShare
            self.callAheadSeconds =
                try keys.decodeIfPresent(Int.self, forKey: .callAheadSeconds)
                ?? self.callAheadSeconds
            self.targets = try keys.decodeIfPresent([String].self, forKey: .targets) ?? self.targets
            self.signal = try keys.decodeIfPresent(Signal.self, forKey: .signal)
        }
    }
    /// A VEN that the utility enrols before it comes, with the targets that it grants.
    package struct Enrolment: Codable, Hashable, Sendable {
        package var clientID: String
        package var venName: String
        package var targets: [String]

        package init(clientID: String, venName: String, targets: [String]) {
            self.clientID = clientID
            self.venName = venName
            self.targets = targets
        }
    }
    package var host = "127.0.0.1"
    package var port = 8_090
    package var vtn: VTNConfiguration
    package var vens: [Enrolment] = []
    package var purchases: [Purchase]
    /// Signals a second on the fast stream.
    package var signalHertz = 10
    /// How long a signal holds unheard.
    package var signalExpiryMilliseconds = 1_000
    /// Below this frequency, in mHz, an alert event is published; over it by 300 mHz it ends. 0: none.
    package var alertBelowMilliHertz = 49_500
    /// How long a block's calls, bids and awards are kept after its end.
    package var keepSeconds = 3_600

    package init(vtn: VTNConfiguration, purchases: [Purchase]) {
        self.vtn = vtn
        self.purchases = purchases
    }

    private enum CodingKeys: String, CodingKey {
        case host
        case port
        case vtn
        case vens
        case purchases
        case signalHertz
        case signalExpiryMilliseconds
        case alertBelowMilliHertz
        case keepSeconds
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            vtn: try keys.decode(VTNConfiguration.self, forKey: .vtn),
            purchases: try keys.decode([Purchase].self, forKey: .purchases))
        self.host = try keys.decodeIfPresent(String.self, forKey: .host) ?? self.host
        self.port = try keys.decodeIfPresent(Int.self, forKey: .port) ?? self.port
        self.vens = try keys.decodeIfPresent([Enrolment].self, forKey: .vens) ?? self.vens
        self.signalHertz =
            try keys.decodeIfPresent(Int.self, forKey: .signalHertz) ?? self.signalHertz
        self.signalExpiryMilliseconds =
            try keys.decodeIfPresent(Int.self, forKey: .signalExpiryMilliseconds)
            ?? self.signalExpiryMilliseconds
        self.alertBelowMilliHertz =
            try keys.decodeIfPresent(Int.self, forKey: .alertBelowMilliHertz)
            ?? self.alertBelowMilliHertz
        self.keepSeconds =
            try keys.decodeIfPresent(Int.self, forKey: .keepSeconds) ?? self.keepSeconds
    }

    /// What is wrong with the values, one line each; empty when nothing is.
    package var defects: [String] {
        var defects = self.vtn.defects
        if !(0...65_535).contains(self.port) { defects.append("port: set it to 0 … 65535") }
        if !(1...100).contains(self.signalHertz) {
            defects.append("signalHertz: set it to 1 … 100")
        }
        if self.signalExpiryMilliseconds < 2 * 1_000 / max(1, self.signalHertz) {
            defects.append("signalExpiryMilliseconds: let it outlast two signals")
        }
        if self.purchases.isEmpty { defects.append("purchases: name at least one product") }
        if Set(self.purchases.map(\.program)).count < self.purchases.count {
            defects.append("purchases: give each a `program` name of its own")
        }
        for purchase in self.purchases {
            if !(0...100).contains(purchase.awardShare) {
                defects.append("purchases.\(purchase.product).awardShare: set it to 0 … 100")
            }
            if purchase.signal?.kind == .frequency, purchase.signal?.path == .openadr {
                defects.append("purchases.\(purchase.product).signal.path: a frequency needs fast")
            }
        }
        let clients = Set(self.vtn.clients.map(\.id))
        for ven in self.vens where !clients.contains(ven.clientID) {
            defects.append("vens: \(ven.clientID) is none of vtn.clients")
        }
        return defects
    }
}
