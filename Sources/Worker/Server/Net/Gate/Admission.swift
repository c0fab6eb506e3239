import Domain
import Foundation
import NIOHTTP1
import OCPP

/// Who gets in: request, path, authentication, version; decided before a single frame is read.
enum Admission: Equatable {
    struct Admitted: Equatable {
        var station: StationID
        /// With no version in common the handshake is finished and the connection closed (OCPP-J section 3.1.2).
        var version: OCPPVersion?
        /// permessage-deflate as agreed; OCPP 1.6 does not have it.
        var deflate: DeflateTerms?
        /// Answer to the client's key (RFC 6455, section 4.2.2).
        var accept: String
    }

    struct Refusal: Equatable {
        var status: HTTPResponseStatus
        /// For the client; says nothing that it need not know.
        var reason: String
        /// Whose refusal it is in the log: the station where one is named, else nil.
        var station: StationID?
        /// Seconds after which it makes sense to come again.
        var retryAfter: Int?

        init(
            _ status: HTTPResponseStatus, _ reason: String, station: StationID? = nil, retryAfter: Int? = nil
        ) {
            self.status = status
            self.reason = reason
            self.station = station
            self.retryAfter = retryAfter
        }
    }

    case admitted(Admitted)
    case refused(Refusal)

    /// What the listener asks for.
    struct Terms {
        var profile = SecurityProfile.basic
        /// Profile 3: whom the client's certificate names; TLS has verified it.
        var names: CertificateNames?
        /// Profile 3: the organization that it has to name, if one is asked for.
        var organization: String?
        /// Profile 3: its issuer took it back.
        var isRevoked = false
        var compresses = true
    }

    static let mostHeaders = 64

    static func decide(_ head: HTTPRequestHead, secrets: StationSecrets, terms: Terms = Terms()) -> Admission {
        if let refusal = WebSocketRequest.objection(to: head) { return .refused(refusal) }
        guard let station = self.station(inPath: head.uri) else {
            return .refused(Refusal(.notFound, "connect to /ocpp/{stationId}"))
        }
        guard secrets.knows(station) else { return .refused(Refusal(.notFound, "unknown station", station: station)) }
        if let reason = self.objection(to: station, head, secrets: secrets, terms: terms) {
            return .refused(Refusal(.unauthorized, reason, station: station))
        }
        let offers = head.headers[canonicalForm: "sec-websocket-protocol"].map { String($0) }
        let version = OCPPVersion.negotiated(offers: offers)
        let compresses = terms.compresses && (version == .v201 || version == .v21)
        return .admitted(
            Admitted(
                station: station, version: version,
                deflate: compresses ? DeflateTerms.negotiated(head.headers["sec-websocket-extensions"]) : nil,
                accept: WebSocketRequest.accept(head)))
    }

    /// Why the client is not the station that it claims to be.
    private static func objection(
        to station: StationID, _ head: HTTPRequestHead, secrets: StationSecrets, terms: Terms
    ) -> String? {
        if terms.profile == .mutualTLS {
            guard let names = terms.names, names.name(station.rawValue) else {
                return "the certificate is not this station's"
            }
            if terms.isRevoked { return "the certificate is revoked" }
            if let organization = terms.organization, !names.organizations.contains(organization) {
                return "the certificate is of another organization"
            }
            return nil
        }
        if secrets.isOpen { return nil }
        guard let secret = self.secret(of: station, in: head.headers), secrets.accepts(secret, of: station) else {
            return "wrong or missing credentials"
        }
        return nil
    }

    /// The identity is the last part of the path, percent-encoded, ≤ 48 characters.
    static func station(inPath uri: String) -> StationID? {
        let path = uri.prefix { $0 != "?" }
        let prefix = "/ocpp/"
        guard path.hasPrefix(prefix), path.utf8.count <= 256 else { return nil }
        let encoded = String(path.dropFirst(prefix.count))
        guard let id = encoded.removingPercentEncoding, (1...48).contains(id.count),
            !id.contains(":"),
            !id.contains("/"),
            id.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else { return nil }
        return StationID(id)
    }

    /// The password of HTTP Basic; it may be raw bytes (1.6). The user must be the station itself.
    static func secret(of station: StationID, in headers: HTTPHeaders) -> [UInt8]? {
        let values = headers["authorization"]
        guard values.count == 1, let header = values.first, header.utf8.count <= 512 else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let data = Data(base64Encoded: String(parts[1]))
        else { return nil }
        let bytes = Array(data)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            bytes[..<colon].elementsEqual(station.rawValue.utf8)
        else { return nil }
        return Array(bytes[(colon + 1)...])
    }
}
