import NIOCore
import NIOHTTP1
import OCPP

/// Turns an admitted request into a WebSocket; NIO's own upgrader would bring its frame handlers along, which let
/// too much pass.
final class StationUpgrader: HTTPServerProtocolUpgrader {
    /// The request was refused; the reason is with the ``Handshake``.
    struct Refused: Error {}

    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []

    private let admit: (any Channel, HTTPRequestHead) -> EventLoopFuture<Admission.Admitted>
    private let open: (any Channel) throws -> Void

    /// - Parameters:
    ///   - admit: fails with ``Refused`` where the request is not let in.
    ///   - open: changes the pipeline once the answer is on its way.
    init(
        admit: @escaping (any Channel, HTTPRequestHead) -> EventLoopFuture<Admission.Admitted>,
        open: @escaping (any Channel) throws -> Void
    ) {
        self.admit = admit
        self.open = open
    }

    func buildUpgradeResponse(
        channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        self.admit(channel, upgradeRequest).map { admitted in
            var headers = initialResponseHeaders
            headers.add(name: "sec-websocket-accept", value: admitted.accept)
            if let version = admitted.version {
                headers.add(name: "sec-websocket-protocol", value: version.rawValue)
            }
            if let deflate = admitted.deflate {
                headers.add(name: "sec-websocket-extensions", value: deflate.answer)
            }
            return headers
        }
    }

    func upgrade(context: ChannelHandlerContext, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<Void> {
        let channel = context.channel
        return context.eventLoop.makeCompletedFuture { try self.open(channel) }
    }
}
