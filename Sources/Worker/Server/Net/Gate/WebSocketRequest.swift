import Crypto
import Foundation
import NIOHTTP1

/// The opening handshake as RFC 6455 section 4.2.1 wants it.
enum WebSocketRequest {
    /// What is wrong with the request, nil when it asks for a WebSocket correctly.
    static func objection(to head: HTTPRequestHead) -> Admission.Refusal? {
        let headers = head.headers
        guard headers.count <= Admission.mostHeaders else {
            return Admission.Refusal(.requestHeaderFieldsTooLarge, "at most \(Admission.mostHeaders) headers")
        }
        guard head.method == .GET else { return Admission.Refusal(.methodNotAllowed, "connect by GET") }
        guard head.version == .http1_1 else { return Admission.Refusal(.badRequest, "connect by HTTP/1.1") }
        guard self.tokens(headers, "upgrade").contains("websocket"),
            self.tokens(headers, "connection").contains("upgrade")
        else { return Admission.Refusal(.upgradeRequired, "connect by WebSocket, version 13") }
        guard headers["sec-websocket-version"] == ["13"] else {
            return Admission.Refusal(.upgradeRequired, "connect by WebSocket, version 13")
        }
        let keys = headers["sec-websocket-key"]
        guard keys.count == 1, let key = keys.first, key.utf8.count == 24,
            Data(base64Encoded: key)?.count == 16
        else { return Admission.Refusal(.badRequest, "give one Sec-WebSocket-Key of 16 bytes in base64") }
        let hasBody = headers.contains(name: "transfer-encoding") || headers["content-length"].contains { $0 != "0" }
        if hasBody { return Admission.Refusal(.badRequest, "an upgrade has no body") }
        return nil
    }

    private static func tokens(_ headers: HTTPHeaders, _ name: String) -> [String] {
        headers[canonicalForm: name].map { $0.lowercased() }
    }

    /// The value of `Sec-WebSocket-Accept`; the number is RFC 6455's own.
    static func accept(_ head: HTTPRequestHead) -> String {
        let key = (head.headers.first(name: "sec-websocket-key") ?? "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        return Data(Insecure.SHA1.hash(data: Data(key.utf8))).base64EncodedString()
    }
}
