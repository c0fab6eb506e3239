import Control
import Domain

/// Whether charging points have to prove that they let go before they are used for V2G.
package enum CommissioningMode: String, Codable, Hashable, Sendable {
    case off
    case required
}

/// What the charging points of a station proved, and of which firmware that is true.
package struct CommissioningRecord: Hashable, Sendable, Codable {
    package struct Identity: Hashable, Sendable, Codable {
        package var vendor: String
        package var model: String
        package var firmware: String?

        package init(vendor: String, model: String, firmware: String?) {
            self.vendor = vendor
            self.model = model
            self.firmware = firmware
        }
    }

    package struct Point: Hashable, Sendable, Codable {
        /// Seconds since 1970.
        package var at: Int
        /// How late the end of an order showed at the meter, s; nil where it never did.
        package var expirySeconds: Int?
        /// nil where no curve was tried.
        package var followsCurve: Bool?
        package var reason: String?
    }

    /// nil where the station never told it.
    package var identity: Identity?
    package var points: [Int: Point] = [:]
}

extension CommissioningRecord.Point {
    init(_ proof: Commissioning.Proof, at now: Instant) {
        self.init(
            at: now.seconds, expirySeconds: proof.expirySeconds, followsCurve: proof.followsCurve,
            reason: proof.curveFault)
    }

    init(failure reason: String, at now: Instant) {
        self.init(at: now.seconds, expirySeconds: nil, followsCurve: nil, reason: reason)
    }
}
