import HTTPTypes
package import Hummingbird
import NIOCore
import OpenADR
import Synchronization

extension VENService {
    /// Adds the webhook to our own server, where one is configured: it echoes the VTN's challenge, and a
    /// notification with the right token makes us read at once. What it says is a hint and is not used.
    package func addRoutes<Context: RequestContext>(to router: some RouterMethods<Context>) {
        guard let webhook = self.configuration.webhook else { return }
        let path = RouterPath(webhook.path)
        router.on(path, method: .get) { request, _ in
            let pairs = FormText.pairs(request.uri.query ?? "") ?? []
            guard let echo = pairs.first(where: { $0.name == "echo" })?.value,
                echo.utf8.count <= 256
            else {
                return Response(status: .badRequest)
            }
            return Response(
                status: .ok, headers: [.contentType: "text/plain"],
                body: .init(byteBuffer: ByteBuffer(string: echo)))
        }
        router.on(path, method: .post) { request, _ in
            let token = self.state.withLock { $0.callbackToken }
            guard let token, request.headers[.authorization] == "Bearer \(token)" else {
                return Response(status: .unauthorized, headers: [.wwwAuthenticate: "Bearer"])
            }
            guard let body = try? await request.body.collect(upTo: 1 << 20),
                let json = try? JSONParser.parse(Array(body.readableBytesView)),
                (try? Notification(json: json)) != nil
            else { return Response(status: .badRequest) }
            self.wake()
            return Response(status: .ok)
        }
    }
}
