import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// One HTTP exchange of the VEN, free of the client library so that tests need no socket.
package struct VENExchange: Hashable, Sendable {
    package var method: String
    package var url: String
    package var headers: [String: String]
    package var body: [UInt8]

    package init(method: String, url: String, headers: [String: String], body: [UInt8]) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// Carries the VEN's requests to the VTN. Throws where no answer came.
package protocol VENTransport: Sendable {
    func send(_ exchange: VENExchange) async throws -> (status: Int, body: [UInt8])
    func shutdown() async throws
}

/// Over HTTP/1.1, with connections kept; verifies certificates; follows no redirects, because a request
/// carries a token.
struct HTTPTransport: VENTransport {
    /// Greatest answer that is read: 50 objects of generous size.
    static let bodyLimit = 4 << 20
    private let client: HTTPClient

    init() {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(15))
        self.client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func send(_ exchange: VENExchange) async throws -> (status: Int, body: [UInt8]) {
        var request = HTTPClientRequest(url: exchange.url)
        request.method = HTTPMethod(rawValue: exchange.method)
        for (name, value) in exchange.headers.sorted(by: { $0.key < $1.key }) {
            request.headers.add(name: name, value: value)
        }
        if !exchange.body.isEmpty { request.body = .bytes(ByteBuffer(bytes: exchange.body)) }
        let response = try await self.client.execute(request, timeout: .seconds(20))
        let body = try await response.body.collect(upTo: Self.bodyLimit)
        return (Int(response.status.code), Array(body.readableBytesView))
    }

    func shutdown() async throws { try await self.client.shutdown() }
}
