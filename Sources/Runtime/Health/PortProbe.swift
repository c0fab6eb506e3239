import NIOCore
import NIOPosix

/// Finds a port that is taken before a start has changed anything.
package enum PortProbe {
    /// A place where a process is going to listen.
    package struct Listener: Hashable, Sendable {
        package var host: String
        package var port: Int
        /// The key of the configuration that says so.
        package var key: String

        package init(host: String, port: Int, key: String) {
            self.host = host
            self.port = port
            self.key = key
        }

        /// - Parameter endpoint: `tcp://HOST:PORT`; nil for other transports and for port 0.
        package init?(endpoint: String, key: String) {
            guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":"),
                let port = Int(endpoint[endpoint.index(after: colon)...]), port > 0
            else { return nil }
            let host = String(endpoint[..<colon].dropFirst(6))
            self.init(host: host == "*" ? "0.0.0.0" : host, port: port, key: key)
        }
    }

    /// Listens at each place for a moment.
    /// - Throws: `addressInUse` naming the first place where that is not possible, and its key.
    package static func check(_ listeners: [Listener]) async throws {
        for listener in listeners where listener.port > 0 {
            do {
                let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: listener.host, port: listener.port).get()
                try await channel.close().get()
            } catch {
                throw RuntimeError(
                    .addressInUse,
                    "cannot listen on \(listener.host):\(listener.port): stop what uses the port or set another \(listener.key)"
                )
            }
        }
    }
}
