import Foundation
import Logging
import NIOCore
import NIOPosix

/// Where an operator's commands reach a running worker: a socket of the file system in a folder that only the
/// worker's own user may enter, which is all the authentication there is. One line of JSON in, one out, then closed.
struct OperatorSocket: Sendable {
    /// A path of the file system's sockets has 107 bytes.
    static let longestPath = 107
    /// A request carries at most one message of OCPP.
    static let mostBytes = 300_000

    private let channel: any Channel

    /// The socket of a worker with that data folder.
    static func path(data: String) -> String { data + "/operator/socket" }

    /// Listens; nil, with a line in the log, where that is not possible: the worker works without an operator.
    static func open(
        _ path: String, logger: Logger, answer: @escaping @Sendable (OperatorRequest) async -> OperatorAnswer
    ) async -> OperatorSocket? {
        do {
            guard path.utf8.count <= Self.longestPath else {
                throw OCPPServerError(.invalidConfiguration, "its path has more than \(Self.longestPath) bytes")
            }
            let folder = (path as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(OperatorHandler(answer: answer))
                    }
                }
                .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            return OperatorSocket(channel: channel)
        } catch {
            logger.warning(
                "no operator's commands here: set operatorSocket to a short path that can be written",
                metadata: ["path": "\(path)", "reason": "\(error)"])
            return nil
        }
    }

    func close() async { try? await self.channel.close().get() }
}

/// Reads one line, answers it, closes.
private final class OperatorHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: @Sendable (OperatorRequest) async -> OperatorAnswer
    private var bytes: [UInt8] = []
    private var isAnswering = false

    init(answer: @escaping @Sendable (OperatorRequest) async -> OperatorAnswer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isAnswering else { return }
        self.bytes += self.unwrapInboundIn(data).readableBytesView
        if let end = self.bytes.firstIndex(of: UInt8(ascii: "\n")) {
            self.isAnswering = true
            self.take(Array(self.bytes[..<end]), context.channel)
        } else if self.bytes.count > OperatorSocket.mostBytes {
            self.isAnswering = true
            Self.send(OperatorAnswer(.refused, reason: "a request is one line of JSON"), context.channel)
        }
    }

    private func take(_ line: [UInt8], _ channel: any Channel) {
        guard let request = try? JSONDecoder().decode(OperatorRequest.self, from: Data(line)) else {
            return Self.send(OperatorAnswer(.refused, reason: "a request is one line of JSON"), channel)
        }
        let answer = self.answer
        Task { @Sendable in
            let told = await answer(request)
            Self.send(told, channel)
        }
    }

    private static func send(_ answer: OperatorAnswer, _ channel: any Channel) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = (try? encoder.encode(answer)).map(Array.init) ?? []
        channel.writeAndFlush(ByteBuffer(bytes: line + [UInt8(ascii: "\n")])).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
