import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// Asks this program to be the stations of a ``Swarm``: port, count, role, `tls` or `plain`, number of
/// the first.
let swarmPeerArgument = "--swarm-peer"

/// The stations' side, in a process of its own. Dials all, dials again at once when a connection ends, and ends with
/// the process that started it.
func runSwarmPeer(_ arguments: [String]) throws {
    guard arguments.count == 5, let port = Int(arguments[0]), let count = Int(arguments[1]),
        let role = SwarmRole(rawValue: arguments[2]), let firstNumber = Int(arguments[4])
    else { throw WrongResult(description: "\(swarmPeerArgument) PORT COUNT ROLE tls|plain FIRST") }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    var tls: NIOSSLContext?
    if arguments[3] == "tls" {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        tls = try NIOSSLContext(configuration: configuration)
    }
    // A few at a time: what a handshake needs is given back and must not be taken for what stays.
    for first in stride(from: 0, to: count, by: 100) {
        let some = (first..<min(count, first + 100)).map { number in
            SwarmDialler(role, number: firstNumber + number, port: port, tls: tls, loop: group.next()).dial()
        }
        for channel in some { _ = try channel.wait() }
    }
    _ = try FileHandle.standardInput.readToEnd()
}

/// One station's connections, one after the other.
private final class SwarmDialler: Sendable {
    private let role: SwarmRole
    private let number: Int
    private let port: Int
    private let tls: NIOSSLContext?
    private let loop: any EventLoop

    init(_ role: SwarmRole, number: Int, port: Int, tls: NIOSSLContext?, loop: any EventLoop) {
        self.role = role
        self.number = number
        self.port = port
        self.tls = tls
        self.loop = loop
    }

    func dial() -> EventLoopFuture<Void> {
        ClientBootstrap(group: self.loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls = self.tls {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
                    }
                    try pipeline.addHandler(
                        SwarmStation(self.role, name: "S\(self.number)") { _ = self.dial() })
                }
            }
            .connect(host: "127.0.0.1", port: self.port)
            .map { _ in }
            .flatMapError { _ in
                // Nobody listens: a moment later again.
                self.loop.flatScheduleTask(in: .milliseconds(20)) { self.dial() }.futureResult
            }
    }
}
