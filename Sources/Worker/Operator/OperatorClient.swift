import Foundation
import NIOCore
import NIOPosix

/// Asks a worker that runs on this machine.
package enum OperatorClient {
    /// - Parameter socket: the worker's, see ``socket(of:)``.
    /// - Throws: where nobody listens, or nothing that can be read came back within `seconds`.
    package static func ask(
        _ request: OperatorRequest, socket: String, seconds: Int64 = 60
    ) async throws -> OperatorAnswer {
        let group = MultiThreadedEventLoopGroup.singleton
        let promise = group.next().makePromise(of: [UInt8].self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(LineHandler(promise))
                    }
                }
                .connect(unixDomainSocketPath: socket).get()
        } catch {
            promise.fail(error)
            throw OCPPServerError(
                .notReachable, "no worker listens at \(socket): start it, on this machine and as this user")
        }
        let line = try JSONEncoder().encode(request) + [UInt8(ascii: "\n")]
        channel.writeAndFlush(ByteBuffer(bytes: line), promise: nil)
        let late = channel.eventLoop.scheduleTask(in: .seconds(seconds)) { channel.close(promise: nil) }
        defer { late.cancel() }
        return try JSONDecoder().decode(OperatorAnswer.self, from: Data(try await promise.futureResult.get()))
    }

    /// The socket of a worker with that configuration.
    package static func socket(of configuration: WorkerConfiguration) -> String {
        configuration.operatorSocket ?? OperatorSocket.path(data: configuration.data)
    }
}

/// Gathers all that comes until the other side closes.
private final class LineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let promise: EventLoopPromise<[UInt8]>
    private var bytes: [UInt8] = []

    init(_ promise: EventLoopPromise<[UInt8]>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.bytes += self.unwrapInboundIn(data).readableBytesView
    }

    func channelInactive(context: ChannelHandlerContext) {
        if self.bytes.last == UInt8(ascii: "\n") {
            self.promise.succeed(self.bytes)
        } else {
            self.promise.fail(OCPPServerError(.notReachable, "the worker did not answer: see its log"))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
