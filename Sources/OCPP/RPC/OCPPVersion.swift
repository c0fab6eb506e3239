/// The versions that we speak; the raw value is the WebSocket subprotocol.
package enum OCPPVersion: String, Hashable, Sendable, CaseIterable {
    case v16 = "ocpp1.6"
    case v201 = "ocpp2.0.1"
    case v21 = "ocpp2.1"

    /// `1.6`, `2.0.1` or `2.1`.
    package var number: String { String(self.rawValue.dropFirst(4)) }

    /// From ``number``.
    package init?(number: String) {
        self.init(rawValue: "ocpp" + number)
    }

    /// The first of the client's offers, in its order of preference, that we speak (OCPP-J section 3.1.2).
    package static func negotiated(offers: [String]) -> OCPPVersion? {
        offers.lazy.compactMap { OCPPVersion(rawValue: $0) }.first
    }
}
