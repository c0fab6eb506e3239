import Domain
import Foundation
import NIOCore
import NIOHTTP1

/// Sends the upgrade request as soon as the connection stands; whatever comes back but 101 ends it.
final class DialHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let seat: Seat

    init(seat: Seat) {
        self.seat = seat
    }

    func channelActive(context: ChannelHandlerContext) {
        self.request(context)
        context.fireChannelActive()
    }

    private func request(_ context: ChannelHandlerContext) {
        let endpoint = self.seat.endpoint
        var headers = HTTPHeaders()
        headers.add(name: "Host", value: "\(endpoint.host):\(endpoint.port)")
        headers.add(name: "Sec-WebSocket-Protocol", value: self.seat.spec.version.subprotocol)
        if let secret = self.seat.secret {
            let pair = Data("\(self.seat.spec.station.rawValue):\(secret)".utf8)
            headers.add(name: "Authorization", value: "Basic \(pair.base64EncodedString())")
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: endpoint.path(of: self.seat.spec.station),
            headers: headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = self.unwrapInboundIn(data) { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
