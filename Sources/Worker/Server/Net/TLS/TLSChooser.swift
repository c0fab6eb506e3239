import NIOCore
import NIOSSL

/// Stands ahead of TLS until the ClientHello is there, then puts TLS with the fitting certificate behind itself and
/// goes.
final class TLSChooser: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let tls: ListenerTLS
    private let isNotTLS: () -> Void
    private var held: ByteBuffer?
    private var isChosen = false

    /// - Parameter isNotTLS: called when something else than TLS arrives; the connection is closed.
    init(_ tls: ListenerTLS, isNotTLS: @escaping () -> Void) {
        self.tls = tls
        self.isNotTLS = isNotTLS
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        guard !self.isChosen else { return context.fireChannelRead(data) }
        if self.held == nil { self.held = bytes } else { self.held?.writeBuffer(&bytes) }
        guard let held = self.held else { return }
        switch ClientHello.read(held.readableBytesView) {
        case .more: break
        case .notTLS:
            self.held = nil
            self.isNotTLS()
            context.close(promise: nil)
        case .hello(let hello):
            self.held = nil
            self.isChosen = true
            guard let chosen = self.tls.context(for: hello) else { return context.close(promise: nil) }
            do {
                try context.pipeline.syncOperations.addHandler(
                    NIOSSLServerHandler(context: chosen), position: .after(self))
            } catch {
                return context.close(promise: nil)
            }
            context.fireChannelRead(self.wrapInboundOut(held))
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
    }
}
