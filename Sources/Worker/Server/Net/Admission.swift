import Domain
import Foundation
import NIOHTTP1
import OCPP

/// Who gets in: path, authentication, version; decided before a single frame is read.
enum Admission: Equatable {
    /// With no version in common the handshake is finished and the connection closed (OCPP-J section 3.1.2).
    case admitted(StationID, OCPPVersion?)
    case refused(HTTPResponseStatus, String)

    static func decide(_ head: HTTPRequestHead, secrets: StationSecrets) -> Admission {
        guard let station = self.station(inPath: head.uri) else {
            return .refused(.notFound, "connect to /ocpp/{stationId}")
        }
        guard secrets.knows(station) else { return .refused(.notFound, "unknown station") }
        if !secrets.isOpen {
            guard let secret = self.secret(of: station, in: head.headers),
                secrets.accepts(secret, of: station)
            else { return .refused(.unauthorized, "wrong or missing credentials") }
        }
        let offers = head.headers[canonicalForm: "sec-websocket-protocol"].map { String($0) }
        return .admitted(station, OCPPVersion.negotiated(offers: offers))
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
        guard let header = headers.first(name: "authorization"), header.utf8.count <= 512 else {
            return nil
        }
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
