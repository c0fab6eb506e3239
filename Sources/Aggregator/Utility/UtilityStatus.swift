/// What the utility shows of itself at `/utility/status`, as JSON. Power in W, + = up (towards export)
/// for requests and deliveries; prices in millionths of the currency's unit.
package struct UtilityStatus: Codable, Hashable, Sendable {
    /// One block of one product.
    package struct Block: Codable, Hashable, Sendable {
        package var product: String
        package var resource: String
        /// ISO 8601, as all times.
        package var start: String
        package var end: String
        package var gateClosure: String
        package var bids: [Bid]
    }
    /// A bid with what became of it.
    package struct Bid: Codable, Hashable, Sendable {
        package var id: String
        package var direction: String
        package var quantityWatts: Int
        package var pricePerMegawattHour: Int
        /// 1/10,000; nil where the bidder does not say.
        package var confidence: Int?
        package var redeclared: Bool
        /// Nil until the gate has closed; 0 is a refusal.
        package var awardedWatts: Int?
        /// By the echoes of the fast stream, while and after the block.
        package var requestedWattSeconds: Int
        package var deliveredWattSeconds: Int
        package var overDeliveredWattSeconds: Int
        /// Σ min(delivered, requested) ÷ Σ requested in 1/10,000.
        package var performance: Int
        package var samples: Int
        package var explanation: String
    }
    /// A signal as it is sent.
    package struct Signal: Codable, Hashable, Sendable {
        package var product: String
        package var resource: String
        package var kind: String
        /// mHz, or W with + = up.
        package var value: Int
        package var sent: Int
    }
    /// The last echo of a resource.
    package struct Delivery: Codable, Hashable, Sendable {
        package var resource: String
        package var product: String
        package var at: String
        package var requestedWatts: Int
        package var deliveredWatts: Int
        package var baselineWatts: Int
        package var meteredWatts: Int
    }
    package var at: String
    package var currency: String
    /// mHz; nil where no frequency is played.
    package var milliHertz: Int?
    package var alert: Bool
    package var vens: [String]
    package var blocks: [Block]
    package var signals: [Signal]
    package var deliveries: [Delivery]
    package var echoes: Int
    package var notificationsWaiting: Int
}
